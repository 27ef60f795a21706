//! Personal data in texts: found by what it looks like, in any script and under any percent-encoding, and replaced by a marker.
//! Deliberately not here: names of people, which look like any word, and where texts enter an event.
//!
//! No regular expressions: every visitor pays for these bytes.

#[cfg(feature = "decode")]
mod batch;
mod number;
mod script;
mod word;

use alloc::string::String;

#[cfg(feature = "decode")]
pub use batch::{batch, rejected};

use crate::address::{listed, told};
use crate::json::{Map, Value};

/// Parameters that are the site's own ids: only e-mail addresses are looked for there.
pub(crate) const IDS: &str = "transaction_id item_id promotion_id item_list_id";
/// Shorter words are no tokens.
const SHORT: usize = 20;
/// Fewer digits are no number of anybody's.
const FEW_DIGITS: usize = 7;

/// A letter as the rules read it, without its script, and where it begins in the text above that.
type Letter = u32;

/// Replaces personal data by markers: `[email]`, and unless the text is an id `[token]`, `[iban]`, `[card]` and `[phone]`.
/// Returns whether there was any.
#[inline(never)]
pub fn redact(text: &mut String, id: bool) -> bool {
    if is_plain(text) {
        return false;
    }
    let letters = script::fold(text);
    let mut out = String::new();
    let (mut at, mut done) = (0, 0);
    while at < letters.len() {
        let (length, marker) = find(&letters, at, id);
        let start = |at: usize| letters.get(at).map_or(text.len(), |letter| (*letter >> 8) as usize);
        if length > 0 {
            out.push_str(text.get(done..start(at)).unwrap_or_default());
            out.push_str(marker);
            done = start(at + length);
        }
        at += length.max(1);
    }
    if done == 0 {
        return false;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    *text = out;
    true
}

/// Redacts what an event carries. Addresses lose their query but for parameters of these names.
pub(crate) fn params(params: &mut Map, url_params: &[Value]) {
    for (name, value) in params.iter_mut() {
        redact_value(name, value, Some(url_params));
    }
}

/// `url_params` names what addresses may keep of their query; nothing when all of it was chosen before.
#[inline(never)]
fn redact_value(name: &str, value: &mut Value, url_params: Option<&[Value]>) {
    match value {
        Value::String(text) => {
            if let Some(url_params) = url_params
                && (text.starts_with("https://") || text.starts_with("http://"))
            {
                *text = told(text, url_params);
            }
            redact(text, listed(name, IDS));
        }
        Value::Number(number) => {
            let mut text = String::from(number.as_str());
            if redact(&mut text, listed(name, IDS)) {
                *value = Value::String(text);
            }
        }
        Value::List(list) => list.iter_mut().for_each(|value| redact_value(name, value, url_params)),
        Value::Map(map) => map.iter_mut().for_each(|(name, value)| redact_value(name, value, url_params)),
        Value::Null | Value::Bool(_) => {}
    }
}

/// Most texts are: found out without folding them.
fn is_plain(text: &str) -> bool {
    let (mut digits, mut word) = (0, 0);
    for byte in text.bytes() {
        digits += usize::from(byte.is_ascii_digit());
        word = if word::is_token(byte) || byte == b'.' { word + 1 } else { 0 };
        if word == SHORT || digits == FEW_DIGITS || matches!(byte, b'@' | b'%' | 0x80..) {
            return false;
        }
    }
    true
}

/// How long what begins here is, and its marker.
fn find(letters: &[Letter], at: usize, id: bool) -> (usize, &'static str) {
    let last = letter(letters, at.wrapping_sub(1));
    let rest = letters.get(at..).unwrap_or_default();
    let mut length = if word::is_local(last) { 0 } else { word::email(rest) };
    if length > 0 {
        return (length, "[email]");
    }
    if id || is_word(last) && (letter(rest, 0) != b'+' || last.is_ascii_digit()) {
        return (0, "");
    }
    length = word::token(rest);
    if length > 0 {
        return (length, "[token]");
    }
    length = number::iban(rest);
    if length > 0 {
        return (length, "[iban]");
    }
    // What follows a decimal point is a fraction, and no number begins in the midst of another.
    if matches!(last, b'.' | b',' | b'/' | b'-') && letter(letters, at.wrapping_sub(2)).is_ascii_digit() {
        return (0, "");
    }
    length = number::card(rest);
    if length > 0 {
        return (length, "[card]");
    }
    (if matches!(last, b'-' | b'_') { 0 } else { number::phone(rest) }, "[phone]")
}

/// The letter at a place; a space where there is none.
#[inline(never)]
fn letter(letters: &[Letter], at: usize) -> u8 {
    letters.get(at).map_or(b' ', |letter| *letter as u8)
}

#[inline(never)]
fn is_word(letter: u8) -> bool {
    letter.is_ascii_alphanumeric() || letter > 0x7f
}

/// How many of the letters from there on are such.
#[inline(never)]
fn run(letters: &[Letter], from: usize, is: fn(u8) -> bool) -> usize {
    let mut at = from;
    while at < letters.len() && is(letter(letters, at)) {
        at += 1;
    }
    at - from
}
