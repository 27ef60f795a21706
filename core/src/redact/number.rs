//! Account, card and telephone numbers. Each rule tells how long what begins a text is, 0 when nothing does.

use super::{Letter, is_word, letter};

/// An IBAN with its check digits right, in one piece or in groups of four.
pub(super) fn iban(text: &[Letter]) -> usize {
    let (mut at, mut letters, mut rest, mut head, mut found, mut grouped) = (0, 0, 0, 0, 0, false);
    loop {
        let next = value(text, at);
        // Two letters, two digits.
        if next > 35 || letters < 4 && (next > 9) != (letters < 2) || letters == 34 {
            return found;
        }
        at += 1;
        letters += 1;
        // The country and the check digits count last.
        if letters < 5 {
            head = append(head, next, 1_000_000);
        } else {
            rest = append(rest, next, 97);
        }
        let after = letter(text, at);
        if is_word(after) {
            if grouped && letters % 4 == 0 {
                return found;
            }
            continue;
        }
        if letters > 14 && (rest * 1_000_000 + head) % 97 == 1 {
            found = at;
        }
        if !matches!(after, b' ' | b'-') || letters % 4 != 0 || letters > 4 && !grouped {
            return found;
        }
        grouped = true;
        at += 1;
    }
}

fn append(number: u32, value: u32, modulus: u32) -> u32 {
    (number * if value < 10 { 10 } else { 100 } + value) % modulus
}

/// A digit or letter as a number; more than those have when it is neither.
#[inline(never)]
fn value(text: &[Letter], at: usize) -> u32 {
    char::from(letter(text, at)).to_digit(36).unwrap_or(36)
}

/// A payment card's number with its check digit right (ISO/IEC 7812), in one piece or in groups of at least four.
pub(super) fn card(text: &[Letter]) -> usize {
    let (mut at, mut count, mut group, mut issuer, mut found) = (0, 0, 0, 0, 0);
    // Sums of the digits so far: the last of them as it is, and weighted.
    let (mut luhn, mut other_luhn, mut ean, mut other_ean) = (0, 0, 0, 0);
    loop {
        let next = value(text, at);
        if next > 9 {
            return found;
        }
        (luhn, other_luhn) = (other_luhn + next, luhn + next * 2 - if next > 4 { 9 } else { 0 });
        (ean, other_ean) = (other_ean + next, ean + next * 3);
        if count < 2 {
            issuer = issuer * 10 + next;
        }
        count += 1;
        group += 1;
        at += 1;
        let after = letter(text, at);
        if after.is_ascii_digit() {
            continue;
        }
        let issued = match count {
            // So long are the numbers of articles, too.
            13 => issuer / 10 == 4 && ean % 10 > 0,
            14 | 15 => issuer / 10 == 3,
            16 => matches!(issuer, 22..=27 | 30..),
            17..=19 => matches!(issuer, 40..=69),
            _ => false,
        };
        if issued && luhn % 10 == 0 {
            found = at;
        }
        if group < 4 || !matches!(after, b' ' | b'-' | b'.' | b'+' | b'_') {
            return found;
        }
        group = 0;
        at += 1;
    }
}

/// A telephone number: international, or as it is dialled within a country with a leading zero, an area code in
/// parentheses, or three, three and four digits.
pub(super) fn phone(text: &[Letter]) -> usize {
    let (mut at, mut digits, mut group, mut gap, mut gaps, mut dots, mut lead, mut first, mut found) = (0, 0, 0, 0, 0, 0, 0, 10, 0);
    // Lengths of the groups, a hexadecimal digit each.
    let mut shape = 0_u32;
    let (mut plus, mut opened, mut round) = (false, false, false);
    loop {
        let (here, next) = (letter(text, at), letter(text, at + 1));
        at += 1;
        if here.is_ascii_digit() {
            if digits == 0 {
                first = here;
            }
            (digits, group, gap) = (digits + 1, group + 1, 0);
            if next.is_ascii_digit() {
                continue;
            }
            if shape == 0 {
                lead = group;
            }
            shape = shape << 4 | group;
            round |= opened && next == b')';
            let whole = shape < 16;
            let dialled = match first {
                _ if plus => first > b'0' && digits > 8,
                b'0' if whole => matches!(digits, 10 | 11),
                b'0' if matches!(lead, 2..=5) => digits > 8,
                _ if round => matches!(digits, 9..=13),
                _ => shape == 0x334 && first > b'1' || shape == 0x1334 && first == b'1',
            };
            // A date.
            if shape == 0x224 && !plus || digits > 15 {
                return found;
            }
            // Not a decimal, not opening hours.
            if dialled && (dots == 0 || dots == gaps && dots > 1) && (plus || !(is_word(next) || next == b':')) {
                found = at;
            }
            group = 0;
        } else {
            match here {
                b'+' if at == 1 => plus = true,
                b' ' | b'-' | b'.' | b'/' | b'(' | b')' | b'+' if at == 1 && here == b'(' || digits > 0 || plus => {
                    gap += 1;
                    gaps += 1;
                    dots += u32::from(here == b'.');
                }
                _ => return found,
            }
            if gap > 3 {
                return found;
            }
            opened = here == b'(';
        }
    }
}
