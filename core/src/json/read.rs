//! JSON text to a [`Value`], as RFC 8259 has it, with a bound on nesting.

use alloc::string::String;
use alloc::vec::Vec;

use super::value::{Map, Number, Value};
use super::write::unescaped;
use crate::address::{digit, slice};

/// Deepest nesting of arrays and objects that is read.
const MAX_DEPTH: u8 = 16;

/// Why a text isn't read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// The text is not JSON.
    NotJson,
    /// Arrays and objects are nested deeper than 16 levels.
    TooDeep,
}

/// Reads one JSON document that fills the whole text.
///
/// A lone surrogate escape becomes U+FFFD; of two members with one name the last wins.
///
/// # Errors
/// [`ReadError`] when the text is not JSON or too deep.
pub fn read(text: &str) -> Result<Value, ReadError> {
    read_any::<{ cfg!(feature = "decode") }>(text)
}

/// The same, but `null` is what can't be read: a result costs the browser functions of its own, compiled at each start.
#[must_use]
#[inline(never)]
pub fn read_or_null(text: &str) -> Value {
    let mut reader = Reader::<{ cfg!(feature = "decode") }> { text, at: 0, fault: None };
    let value = reader.whole();
    if reader.fault.is_some() { Value::Null } else { value }
}

fn read_any<const FOREIGN: bool>(text: &str) -> Result<Value, ReadError> {
    let mut reader = Reader::<FOREIGN> { text, at: 0, fault: None };
    let value = reader.whole();
    reader.fault.map_or(Ok(value), Err)
}

/// The browser reads what `JSON.stringify` and [`Builder`](super::Builder) write, so that its reader is spared what only
/// others do; anything else still makes an error or some value. What is posted to a collector is foreign.
struct Reader<'a, const FOREIGN: bool> {
    text: &'a str,
    at: usize,
    fault: Option<ReadError>,
}

impl<const FOREIGN: bool> Reader<'_, FOREIGN> {
    /// A value that is all there is.
    fn whole(&mut self) -> Value {
        let value = self.value(MAX_DEPTH);
        if self.at != self.text.len() {
            self.fail(ReadError::NotJson);
        }
        value
    }

    /// A value and the blanks around it.
    fn value(&mut self, depth: u8) -> Value {
        self.blanks();
        let value = match self.peek() {
            b'{' => self.members(Value::Map(Map::new()), b'}', depth),
            b'[' => self.members(Value::List(Vec::new()), b']', depth),
            b'"' => Value::String(self.string()),
            first @ (b't' | b'f' | b'n') => self.word(first),
            _ => self.number(),
        };
        self.blanks();
        value
    }

    /// An object or array up to where it closes, into an empty one.
    fn members(&mut self, mut value: Value, close: u8, depth: u8) -> Value {
        self.at += 1;
        self.blanks();
        if depth == 0 {
            self.fail(ReadError::TooDeep);
        } else if self.peek() != close {
            loop {
                match &mut value {
                    Value::Map(map) => {
                        self.blanks();
                        let name = self.string();
                        self.blanks();
                        self.expect(b':');
                        map.put(name, self.value(depth - 1));
                    }
                    Value::List(list) => list.push(self.value(depth - 1)),
                    _ => {}
                }
                if !self.skip(b',') {
                    break;
                }
            }
        }
        self.expect(close);
        value
    }

    fn string(&mut self) -> String {
        let mut out = String::new();
        self.expect(b'"');
        loop {
            let from = self.at;
            while !matches!(self.peek(), 0..=31 | b'"' | b'\\') {
                self.at += 1;
            }
            out.push_str(self.slice(from));
            if !self.skip(b'\\') {
                break;
            }
            out.push(self.escape());
        }
        self.expect(b'"');
        out
    }

    /// What an escape stands for, from after its backslash.
    fn escape(&mut self) -> char {
        let letter = self.next();
        if letter != b'u' {
            return unescaped(letter).unwrap_or_else(|| {
                self.fail(ReadError::NotJson);
                char::REPLACEMENT_CHARACTER
            });
        }
        let mut code = self.hex();
        let high = self.at;
        if FOREIGN && (0xD800..0xDC00).contains(&code) && self.text.get(high..high + 2) == Some("\\u") {
            self.at += 2;
            let low = self.hex();
            if (0xDC00..0xE000).contains(&low) {
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            } else {
                self.at = high;
            }
        }
        char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    fn hex(&mut self) -> u32 {
        let mut code = 0;
        for _ in 0..4 {
            match digit(self.next().into()) {
                digit @ 0..=15 => code = code << 4 | digit,
                _ => self.fail(ReadError::NotJson),
            }
        }
        code
    }

    fn number(&mut self) -> Value {
        let from = self.at;
        if FOREIGN {
            self.skip(b'-');
            if !self.skip(b'0') {
                self.digits();
            }
            if self.skip(b'.') {
                self.digits();
            }
            if self.skip(b'e') || self.skip(b'E') {
                let _ = self.skip(b'+') || self.skip(b'-');
                self.digits();
            }
        } else {
            while matches!(self.peek(), b'0'..=b'9' | b'+' | b'-' | b'.' | b'e') {
                self.at += 1;
            }
        }
        if self.at == from {
            self.fail(ReadError::NotJson);
        }
        Value::Number(Number(self.slice(from).into()))
    }

    fn digits(&mut self) {
        let from = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        if self.at == from {
            self.fail(ReadError::NotJson);
        }
    }

    fn word(&mut self, first: u8) -> Value {
        let word = match first {
            b't' => "true",
            b'f' => "false",
            _ => "null",
        };
        let from = self.at;
        self.at += word.len();
        if FOREIGN && self.slice(from) != word {
            self.fail(ReadError::NotJson);
        }
        if first == b'n' { Value::Null } else { Value::Bool(first == b't') }
    }

    // In few places: see `Options::captures`.
    #[inline(always)]
    fn expect(&mut self, byte: u8) {
        if !self.skip(byte) {
            self.fail(ReadError::NotJson);
        }
    }

    fn skip(&mut self, byte: u8) -> bool {
        let found = self.peek() == byte;
        self.at += usize::from(found);
        found
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    fn next(&mut self) -> u8 {
        let byte = self.peek();
        self.at += 1;
        byte
    }

    /// The byte to be read, 0 at the end: JSON has none of that value.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or_default()
    }

    fn slice(&self, from: usize) -> &str {
        slice(self.text, from, self.at)
    }

    /// Ends the reading here, for the first reason there was.
    #[inline(never)]
    fn fail(&mut self, why: ReadError) {
        self.fault.get_or_insert(why);
        self.at = self.text.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::to_string;
    use alloc::format;
    use alloc::string::ToString;
    use proptest::prelude::*;

    fn check(text: &str, expected: Result<&str, ReadError>) {
        let read = read(text).map(|value| to_string(&value));
        assert_eq!(read, expected.map(ToString::to_string), "{text}");
    }

    #[test]
    fn documents_come_back_as_they_were() {
        for text in ["null", "true", "-0.50", "1e999", "[]", "{}", r#"{"a":[1,2.50,"x"],"b":{"c":null}}"#, r#""\"\\ä😀""#] {
            check(text, Ok(text));
        }
        check(" [ 1 , { \"a\" : false } ]\n", Ok(r#"[1,{"a":false}]"#));
        check(r#"{"a":1,"a":2}"#, Ok(r#"{"a":2}"#));
        check(r#""\u00e4\ud83d\ude00\/\b""#, Ok("\"ä😀/\\b\""));
        check(r#""\ud83d x \ude00""#, Ok("\"\u{fffd} x \u{fffd}\""));
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in [
            "",
            "{",
            "[1,]",
            "{\"a\"}",
            "{a:1}",
            "01",
            "1.",
            ".5",
            "+1",
            "nul",
            "\"",
            "\"\\x\"",
            "\"\n\"",
            "1 2",
            "\"\\u12g4\"",
            "\"\\u+123\"",
            "[1}",
            "-",
            "1e",
            "'a'",
        ] {
            check(text, Err(ReadError::NotJson));
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        check(&nested(16), Ok(&nested(16)));
        check(&nested(17), Err(ReadError::TooDeep));
        check(&"[".repeat(100_000), Err(ReadError::TooDeep));
        assert_eq!(read_any::<false>(&"[".repeat(100_000)), Err(ReadError::TooDeep));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,200}") {
            let _ = read(&text);
            let _ = read_any::<false>(&text);
        }

        #[test]
        fn the_browser_reads_what_is_written_as_anyone_does(text in "[\\[\\]{}:,\"a0-9.eE\\-\\\\u tfn]{0,24}", string in any::<String>()) {
            let list = Value::List([Value::String(string), read(&text).unwrap_or_default(), Value::Bool(true), Value::Null].into());
            let written = to_string(&list);
            prop_assert_eq!(read_any::<false>(&written), read_any::<true>(&written));
            let _ = read_any::<false>(&text);
        }

        #[test]
        fn what_it_reads_is_what_serde_json_reads(text in "[\\[\\]{}:,\"a0-9.eE\\-\\\\u tfn]{0,24}") {
            let ours = read(&text).is_ok();
            let theirs = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            // serde_json refuses lone surrogates and numbers beyond a float, which are kept here.
            if theirs {
                prop_assert!(ours);
            } else if ours {
                prop_assert!(text.contains("\\u") || text.contains(['e', 'E']) );
            }
        }
    }
}
