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

use self::script::fold;
use crate::address::{byte, digit, listed, run, slice, told};
use crate::json::{Map, Value};

/// Parameters that are the site's own ids: only e-mail addresses are looked for there.
pub(crate) const IDS: &str = "transaction_id item_id promotion_id item_list_id";
/// Shorter words are no tokens.
const SHORT: usize = 20;
/// Fewer digits are no number of anybody's.
const FEW_DIGITS: usize = 7;

/// A text as the rules read it: letters without their script, and none that can't be seen.
#[derive(Default)]
struct Letters(String);

impl Letters {
    /// The letter at a place; 0 where there is none.
    #[inline(never)]
    fn at(&self, place: usize) -> u32 {
        byte(&self.0, place)
    }

    /// Whether it is this one.
    fn is(&self, place: usize, letter: u8) -> bool {
        self.at(place) == u32::from(letter)
    }

    /// How many of the letters from there on are such.
    fn run(&self, from: usize, is: fn(u32) -> bool) -> usize {
        run(&self.0, from, is)
    }
}

/// Replaces personal data by markers: `[email]`, and unless the text is an id `[token]`, `[iban]`, `[card]` and `[phone]`.
/// Returns whether there was any.
#[inline(never)]
pub fn redact(text: &mut String, id: bool) -> bool {
    if is_plain(text) {
        return false;
    }
    let mut letters = Letters::default();
    fold(text, usize::MAX, &mut letters);
    let mut out = String::new();
    replace(text, &letters, id, &mut out);
    let found = !out.is_empty();
    if found {
        text.clear();
        text.push_str(&out);
    }
    found
}

/// Writes the text with markers, unless it needs none.
#[inline(never)]
fn replace(text: &str, letters: &Letters, id: bool, out: &mut String) {
    let (mut at, mut done, mut read) = (0, 0, 0);
    while at < letters.0.len() {
        let (length, marker) = find(letters, at, id);
        if length > 0 {
            let start = skip(text, done, at - read);
            out.push_str(slice(text, done, start));
            out.push_str(marker);
            done = skip(text, start, length);
            read = at + length;
        }
        at += length.max(1);
    }
    if done > 0 {
        out.push_str(slice(text, done, text.len()));
    }
}

/// Where in the text one is so many letters later: counted anew for what is found, which hardly any text has.
#[inline(never)]
fn skip(text: &str, from: usize, letters: usize) -> usize {
    from + fold(slice(text, from, text.len()), letters, &mut Letters::default())
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
    let id = listed(name, IDS);
    match value {
        Value::String(text) => {
            if let Some(url_params) = url_params
                && (text.starts_with("http://") || text.starts_with("https://"))
            {
                *text = told(text, url_params);
            }
            redact(text, id);
        }
        Value::Number(number) => {
            let mut text = String::from(number.as_str());
            if redact(&mut text, id) {
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
        word = if matches!(byte, b' ' | b'/') { 0 } else { word + 1 };
        if word == SHORT || digits == FEW_DIGITS || matches!(byte, b'@' | b'%' | 0x80..) {
            return false;
        }
    }
    true
}

/// How long what begins here is, and its marker.
fn find(letters: &Letters, at: usize, id: bool) -> (usize, &'static str) {
    let last = letters.at(at.wrapping_sub(1));
    if !word::is_local(last) {
        let length = word::email(letters, at);
        if length > 0 {
            return (length, "[email]");
        }
    }
    if id || is_word(last) && (!letters.is(at, b'+') || digit(last) < 10) {
        return (0, "");
    }
    let length = word::token(letters, at);
    if length > 0 {
        return (length, "[token]");
    }
    let length = number::iban(letters, at);
    if length > 0 {
        return (length, "[iban]");
    }
    // What follows a decimal point is a fraction, and no number begins in the midst of another.
    if matches!(last as u8, b',' | b'-' | b'.' | b'/') && digit(letters.at(at.wrapping_sub(2))) < 10 {
        return (0, "");
    }
    number::card_or_phone(letters, at, last)
}

#[inline(never)]
fn is_word(letter: u32) -> bool {
    digit(letter) < 36 || letter == 0x7f
}
