//! Texts without their script: percent escapes undone, digits of all scripts as those of ASCII, wide letters as narrow ones.

use alloc::vec::Vec;

use super::Letter;
use crate::address::hex;

/// Any letter that isn't ASCII.
const LETTER: u8 = 0x80;
/// The zeros of scripts whose digits stand in no other order than ten in a row; those of Indic scripts are 128 apart.
const ZEROS: [u16; 9] = [0x0660, 0x06f0, 0x07c0, 0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x17e0, 0x1810];

/// The letters of a text and where they begin.
pub(super) fn fold(text: &str) -> Vec<Letter> {
    let mut letters = Vec::new();
    let mut at = 0;
    let bytes = text.as_bytes();
    while at < bytes.len() {
        let from = at as Letter;
        let code = code(bytes, &mut at);
        if let Some(letter) = letter(code) {
            letters.push(from << 8 | Letter::from(letter));
        }
    }
    letters
}

/// The next byte, without the percent escapes that were put on it, however often.
fn unescaped(bytes: &[u8], at: &mut usize) -> u8 {
    let digit = |at: usize| bytes.get(at).copied().and_then(hex);
    let mut byte = bytes.get(*at).copied().unwrap_or_default();
    *at += 1;
    while byte == b'%'
        && let Some((high, low)) = digit(*at).zip(digit(*at + 1))
    {
        byte = high * 16 + low;
        *at += 2;
    }
    byte
}

/// The next character; what isn't UTF-8 once it is unescaped is any letter.
fn code(bytes: &[u8], at: &mut usize) -> u32 {
    let first = unescaped(bytes, at);
    let more = match first {
        0..=0x7f => return first.into(),
        0x80..=0xbf => return LETTER.into(),
        0xc0..=0xdf => 1,
        0xe0..=0xef => 2,
        _ => 3,
    };
    let mut code = u32::from(first) & (0x3f >> more);
    for _ in 0..more {
        let mut ahead = *at;
        let next = unescaped(bytes, &mut ahead) ^ 0x80;
        if next > 0x3f {
            break;
        }
        code = code << 6 | u32::from(next);
        *at = ahead;
    }
    code
}

/// The ASCII letter that a character stands for; nothing for one that can't be seen.
fn letter(code: u32) -> Option<u8> {
    let digit = match code {
        0x0966..=0x0def => (code & 0x7f).wrapping_sub(0x66),
        0x1d7ce..=0x1d7ff => (code - 0x1d7ce) % 10,
        _ => ZEROS.iter().map(|zero| code.wrapping_sub((*zero).into())).find(|digit| *digit < 10).unwrap_or(10),
    };
    Some(match code {
        0..=0x20 | 0xa0 | 0x2000..=0x200a | 0x2028 | 0x2029 | 0x202f | 0x205f | 0x3000 | 0x3001 | 0x060c => b' ',
        0x21..=0x7e => code as u8,
        0xad | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x2069 | 0xfeff => return None,
        0x2010..=0x2015 | 0x2212 => b'-',
        0x3002 | 0xff61 => b'.',
        0xfe6b => b'@',
        0xff01..=0xff5e => (code - 0xfee0) as u8,
        _ if digit < 10 => b'0' + digit as u8,
        _ => LETTER,
    })
}
