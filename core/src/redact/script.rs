//! Texts without their script: percent escapes undone, digits of all scripts as those of ASCII, wide letters as narrow ones.

use super::Letters;
use crate::address::next_char;

/// Any letter that isn't ASCII: of ASCII itself, no text has this.
const LETTER: u8 = 0x7f;

/// Reads at most so many letters of a text, and tells where the next one begins, or one before it that can't be seen. What
/// isn't UTF-8 once it is unescaped is any letter.
#[inline(never)]
pub(super) fn fold(text: &str, most: usize, letters: &mut Letters) -> usize {
    let mut at = 0;
    while at < text.len() && letters.0.len() < most {
        let letter = next_char(text, &mut at, usize::MAX).map_or(LETTER, letter);
        if letter > 0 {
            letters.0.push(letter.into());
        }
    }
    at
}

/// The ASCII letter that a character stands for; 0 for one that can't be seen.
fn letter(char: char) -> u8 {
    let code = u32::from(char);
    // Digits are ten in a row; most scripts begin them with a multiple of 16, Indic ones 128 apart.
    let digit = match code {
        0x0966..=0x0def => (code & 0x7f).wrapping_sub(0x66),
        0x1d7ce..=0x1d7ff => (code - 0x1d7ce) % 10,
        _ if matches!(code >> 4, 0x66 | 0x6f | 0x7c | 0xe5 | 0xed | 0xf2 | 0x104 | 0x17e | 0x181) => code & 15,
        _ => 10,
    };
    match code {
        0..=0x20 | 0xa0 | 0x2000..=0x200a | 0x2028 | 0x2029 | 0x202f | 0x205f | 0x3000 | 0x3001 | 0x060c => b' ',
        0x21..=0x7e => code as u8,
        0xad | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x2069 | 0xfeff => 0,
        0x2010..=0x2015 | 0x2212 => b'-',
        0x3002 | 0xff61 => b'.',
        0xfe6b => b'@',
        0xff01..=0xff5e => (code - 0xfee0) as u8,
        _ if digit < 10 => b'0' + digit as u8,
        _ => LETTER,
    }
}
