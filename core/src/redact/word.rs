//! E-mail addresses and tokens: what is written as one word. Each rule tells how long what begins a text is, 0 when nothing does.

use super::{Letter, is_word, letter, run};

/// Shortest that is taken for a JSON Web Token, a hexadecimal and any other token.
const JWT: usize = 20;
const HEX: usize = 32;
const TOKEN: usize = 40;

/// Whether the letter may stand before the `@`; those that RFC 5322 allows but addresses of pages use otherwise may not.
pub(super) fn is_local(letter: u8) -> bool {
    !matches!(letter, 0..=b' ' | b'"' | b'#' | b'&' | b'(' | b')' | b',' | b'/' | b':'..=b'@' | b'['..=b']' | b'{'..=b'}')
}

/// An address whose domain has a dot and doesn't end with a number.
pub(super) fn email(text: &[Letter]) -> usize {
    let mut at = run(text, 0, is_local);
    let mut length = 0;
    if at == 0 || letter(text, at) != b'@' {
        return length;
    }
    // `logo@2x.png` is a picture.
    if letter(text, at + 2) == b'x' && letter(text, at + 3) == b'.' && letter(text, at + 1).is_ascii_digit() {
        return length;
    }
    loop {
        let label = run(text, at + 1, is_label);
        if label > 1 && letter(text, at) == b'.' && !letter(text, at + 1).is_ascii_digit() {
            length = at + 1 + label;
        }
        at += 1 + label;
        if label == 0 || letter(text, at) != b'.' {
            return length;
        }
    }
}

/// A JSON Web Token, 32 hexadecimal digits or more, or 40 letters and digits that change between cases and digits as no word does.
pub(super) fn token(text: &[Letter]) -> usize {
    let length = run(text, 0, |letter| is_token(letter) || letter == b'.');
    let (mut changes, mut kinds, mut last) = (0, 0, 0);
    let hex = run(text, 0, |letter| letter.is_ascii_hexdigit());
    if hex >= HEX && !is_word(letter(text, hex)) {
        return hex;
    }
    let token = run(text, 0, is_token);
    if token < length && length >= JWT && (letter(text, 0), letter(text, 1), letter(text, 2)) == (b'e', b'y', b'J') {
        return length;
    }
    for at in 0..token {
        let kind = match letter(text, at) {
            b'a'..=b'z' => 1,
            b'A'..=b'Z' => 2,
            b'0'..=b'9' => 4,
            _ => 0,
        };
        changes += usize::from(kind != last && kind > 0 && last > 0);
        kinds |= kind;
        last = kind;
    }
    if token >= TOKEN && kinds == 7 && changes * 3 >= token { token } else { 0 }
}

fn is_label(letter: u8) -> bool {
    is_word(letter) || letter == b'-'
}

pub(super) fn is_token(letter: u8) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, b'-' | b'_' | b'+')
}
