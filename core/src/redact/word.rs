//! E-mail addresses and tokens: what is written as one word. Each rule tells how long what begins at a place is, 0 when nothing does.

use super::{Letters, is_word};
use crate::address::{digit, slice};

/// Shortest that is taken for a JSON Web Token, a hexadecimal and any other token.
const JWT: usize = 20;
const HEX: usize = 32;
const TOKEN: usize = 40;

/// Whether the letter may stand before the `@`; those that RFC 5322 allows but addresses of pages use otherwise may not.
pub(super) fn is_local(letter: u32) -> bool {
    !matches!(letter as u8, 0..=b' ' | b'"' | b'#' | b'&' | b'(' | b')' | b',' | b'/' | b':'..=b'@' | b'['..=b']' | b'{'..=b'}')
}

/// An address whose domain has a dot and doesn't end with a number; what stands before the `@` may be in quotes.
pub(super) fn email(text: &Letters, from: usize) -> usize {
    let mut at = from + text.run(from, is_local);
    if text.is(from, b'"') {
        at = from + 2 + text.run(from + 1, |letter| letter != u32::from(b'"'));
    }
    let mut length = 0;
    // `logo@2x.png` is a picture.
    if at == from || !text.is(at, b'@') || text.is(at + 2, b'x') && text.is(at + 3, b'.') && digit(text.at(at + 1)) < 10 {
        return length;
    }
    loop {
        let label = text.run(at + 1, is_label);
        let top = text.is(at, b'.') && digit(text.at(at + 1)) > 9;
        at += 1 + label;
        if top && label > 1 {
            length = at - from;
        }
        if label == 0 || !text.is(at, b'.') {
            return length;
        }
    }
}

/// A JSON Web Token, 32 hexadecimal digits or more, or letters and digits of which the first 40
/// change between cases and digits as no word does.
pub(super) fn token(text: &Letters, from: usize) -> usize {
    let hex = text.run(from, |letter| digit(letter) < 16);
    if hex >= HEX && !is_word(text.at(from + hex)) {
        return hex;
    }
    let (mut length, mut changes, mut kinds, mut last) = (0, 0, 0, 0);
    // No more of it than tells: a row of dashes would be read anew from each of them.
    while length < TOKEN && is_token(text.at(from + length)) {
        let letter = text.at(from + length);
        let kind = match digit(letter) {
            0..=9 => 4,
            // Small letters are 32 above capitals.
            10..=35 => 1 + (letter >> 5 & 1),
            _ => 0,
        };
        changes += usize::from(kind != last && kind > 0 && last > 0);
        kinds |= kind;
        last = kind;
        length += 1;
    }
    // Three parts with dots between, the first of them a JSON object in Base64.
    if slice(&text.0, from, from + 3) == "eyJ" && text.is(from + text.run(from, is_token), b'.') {
        let length = text.run(from, |letter| is_token(letter) || letter == u32::from(b'.'));
        return if length >= JWT { length } else { 0 };
    }
    if length == TOKEN && kinds == 7 && changes * 3 >= TOKEN { text.run(from, is_token) } else { 0 }
}

fn is_label(letter: u32) -> bool {
    is_word(letter) || letter == u32::from(b'-')
}

pub(super) fn is_token(letter: u32) -> bool {
    digit(letter) < 36 || matches!(letter as u8, b'-' | b'_' | b'+')
}
