//! Account, card and telephone numbers. Each rule tells how long what begins at a place is, 0 when nothing does.

use super::{Letters, is_word};
use crate::address::digit;

/// An IBAN with its check digits right, in one piece or in groups of four.
pub(super) fn iban(text: &Letters, from: usize) -> usize {
    let (mut count, mut gaps, mut sum, mut head, mut found) = (0, 0, 0, 0, 0);
    loop {
        let next = digit(text.at(from + count + gaps));
        // Two letters, two digits.
        if next > 35 || count < 4 && (next > 9) != (count < 2) || count == 34 {
            return found;
        }
        count += 1;
        // A multiple of 97 above all heads.
        sum = (sum * if next < 10 { 10 } else { 100 } + next) % 970_000;
        // The country and the check digits count last.
        if count == 4 {
            (head, sum) = (sum, 0);
        }
        let length = count + gaps;
        let after = text.at(length + from);
        let full = count == 4 * gaps + 4;
        if digit(after) < 36 {
            if full && gaps > 0 {
                return found;
            }
            continue;
        }
        // 1,000,000 is 27 more than a multiple of 97.
        if count > 14 && (sum * 27 + head) % 97 == 1 {
            found = length;
        }
        if !full || !matches!(after as u8, b' ' | b'-') {
            return found;
        }
        gaps += 1;
    }
}

/// What separators between the groups of a number tell of it. A telephone number has dots or others.
const DOT: u32 = 1;
const OTHER: u32 = 2;
const NO_PHONE: u32 = DOT | OTHER;
const NO_CARD: u32 = 4;

/// A payment card's number with its check digit right (ISO/IEC 7812), in one piece or in groups of at least four; or a
/// telephone number: international, or as it is dialled within a country with a leading zero, an area code in parentheses, or
/// three, three and four digits. `last` stands before it.
pub(super) fn card_or_phone(text: &Letters, from: usize, last: u32) -> (usize, &'static str) {
    let plus = text.is(from, b'+');
    if !(plus || text.is(from, b'(') || digit(text.at(from)) < 10) {
        return (0, "");
    }
    let (mut at, mut count, mut group, mut gap, mut lead, mut issuer) = (from, 0, 0, 0, 0, 0);
    // Sums of the digits so far, weighted in turns: for a card in the lower half, for an article above.
    let (mut sum, mut other_sum) = (0, 0);
    // Lengths of the groups, a hexadecimal digit each.
    let mut shape = 0;
    let (mut card, mut phone, mut round, mut seen) = (0, 0, false, 0);
    if plus {
        at += 1;
        seen = NO_CARD;
    } else if matches!(last as u8, b'-' | b'_') {
        seen = NO_PHONE;
    }
    loop {
        let here = text.at(at);
        at += 1;
        let value = digit(here);
        if value > 9 {
            gap += 1;
            seen |= match here as u8 {
                b' ' | b'-' | b'+' => OTHER,
                b'.' => DOT,
                b'/' | b'(' | b')' => OTHER | NO_CARD,
                b'_' => NO_PHONE,
                _ => break,
            };
            if gap > 1 {
                seen |= NO_CARD;
                if gap > 3 {
                    break;
                }
            }
            continue;
        }
        (sum, other_sum) = (other_sum + value * 0x1_0001, sum + value * 0x3_0002 - if value > 4 { 9 } else { 0 });
        if count < 2 {
            issuer = issuer * 10 + value;
        }
        count += 1;
        group += 1;
        gap = 0;
        if count > 19 {
            break;
        }
        let next = text.at(at);
        if digit(next) < 10 {
            continue;
        }
        let first = issuer / 10;
        let issued = match count {
            // So long are the numbers of articles, too.
            13 => first == 4 && (sum >> 16) % 10 > 0,
            14 | 15 => first == 3,
            16 => issuer > 21,
            17.. => matches!(first, 4..=6),
            _ => false,
        };
        if issued && seen & NO_CARD == 0 && (sum & 0xffff) % 10 == 0 {
            card = at - from;
        }
        if group < 4 {
            seen |= NO_CARD;
        }
        if shape == 0 {
            lead = group;
        }
        shape = shape << 4 | group;
        round |= text.is(at, b')') && text.is(at.wrapping_sub(group + 1), b'(');
        // A date.
        if shape == 0x224 && !plus || count > 15 {
            seen |= NO_PHONE;
        }
        let dialled = if plus { first > 0 } else { round || first == 0 && matches!(lead, 2..=5 | 10 | 11) };
        let american = shape == if first == 1 { 0x1334 } else { 0x334 };
        // Not a decimal, but for `+1.5551234567`; not opening hours.
        let whole = seen & NO_PHONE < NO_PHONE && (seen & DOT == 0 || shape > 0xff || plus && shape == 0x1a);
        if whole && (american || dialled && count > 8) && (plus || !(is_word(next) || text.is(at, b':'))) {
            phone = at - from;
        }
        group = 0;
    }
    if card > 0 { (card, "[card]") } else { (phone, "[phone]") }
}
