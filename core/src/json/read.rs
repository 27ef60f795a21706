//! JSON text to a [`Value`], as RFC 8259 has it, with a bound on nesting.

use alloc::string::String;
use alloc::vec::Vec;

use super::value::{Map, Number, Value};

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
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(MAX_DEPTH)?;
    reader.blanks();
    if reader.at == text.len() { Ok(value) } else { Err(ReadError::NotJson) }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: u8) -> Result<Value, ReadError> {
        self.blanks();
        match self.peek() {
            Some(b'{') => self.map(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => self.string().map(Value::String),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            _ => self.number(),
        }
    }

    fn map(&mut self, depth: u8) -> Result<Value, ReadError> {
        let depth = depth.checked_sub(1).ok_or(ReadError::TooDeep)?;
        let mut map = Map::new();
        self.at += 1;
        if self.closes(b'}') {
            return Ok(Value::Map(map));
        }
        loop {
            self.blanks();
            if self.peek() != Some(b'"') {
                return Err(ReadError::NotJson);
            }
            let name = self.string()?;
            self.blanks();
            self.expect(b':')?;
            let value = self.value(depth)?;
            map.insert(name, value);
            if self.closes(b'}') {
                return Ok(Value::Map(map));
            }
            self.expect(b',')?;
        }
    }

    fn list(&mut self, depth: u8) -> Result<Value, ReadError> {
        let depth = depth.checked_sub(1).ok_or(ReadError::TooDeep)?;
        let mut list = Vec::new();
        self.at += 1;
        if self.closes(b']') {
            return Ok(Value::List(list));
        }
        loop {
            list.push(self.value(depth)?);
            if self.closes(b']') {
                return Ok(Value::List(list));
            }
            self.expect(b',')?;
        }
    }

    fn string(&mut self) -> Result<String, ReadError> {
        self.at += 1;
        let mut out = String::new();
        let mut from = self.at;
        loop {
            match self.peek().ok_or(ReadError::NotJson)? {
                b'"' => {
                    out.push_str(self.slice(from));
                    self.at += 1;
                    return Ok(out);
                }
                b'\\' => {
                    out.push_str(self.slice(from));
                    self.at += 1;
                    out.push(self.escape()?);
                    from = self.at;
                }
                0..=31 => return Err(ReadError::NotJson),
                _ => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<char, ReadError> {
        let byte = self.peek().ok_or(ReadError::NotJson)?;
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = self.hex()?;
                if (0xD800..0xDC00).contains(&high) && self.text.get(self.at..self.at + 2) == Some("\\u") {
                    let back = self.at;
                    self.at += 2;
                    let low = self.hex()?;
                    if (0xDC00..0xE000).contains(&low) {
                        let code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                        return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                    self.at = back;
                }
                char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return Err(ReadError::NotJson),
        })
    }

    fn hex(&mut self) -> Result<u32, ReadError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16)).ok_or(ReadError::NotJson)?;
            self.at += 1;
            code = code * 16 + digit;
        }
        Ok(code)
    }

    fn number(&mut self) -> Result<Value, ReadError> {
        let from = self.at;
        self.skip(b'-');
        if !self.skip(b'0') {
            self.digits()?;
        }
        if self.skip(b'.') {
            self.digits()?;
        }
        if self.skip(b'e') || self.skip(b'E') {
            let _ = self.skip(b'+') || self.skip(b'-');
            self.digits()?;
        }
        Ok(Value::Number(Number(self.slice(from).into())))
    }

    fn digits(&mut self) -> Result<(), ReadError> {
        let from = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at > from { Ok(()) } else { Err(ReadError::NotJson) }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, ReadError> {
        if self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            self.at += word.len();
            Ok(value)
        } else {
            Err(ReadError::NotJson)
        }
    }

    fn closes(&mut self, byte: u8) -> bool {
        self.blanks();
        self.skip(byte)
    }

    fn expect(&mut self, byte: u8) -> Result<(), ReadError> {
        if self.skip(byte) { Ok(()) } else { Err(ReadError::NotJson) }
    }

    fn skip(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn slice(&self, from: usize) -> &str {
        self.text.get(from..self.at).unwrap_or_default()
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
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,200}") {
            let _ = read(&text);
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
