//! Anything `Serialize` to JSON text, without `core::fmt` (which costs the browser about 6 kB for floats alone).

use alloc::string::String;
use core::fmt;

use serde::ser::{self, Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct};

use super::NUMBER_TOKEN;
use crate::address::slice;

/// JSON text of a value. What JSON can't say (floats, tuples, enums with data, bytes) is written as `null`:
/// no type of this crate holds such a thing.
pub fn to_string<T: Serialize + ?Sized>(value: &T) -> String {
    let mut out = String::new();
    if value.serialize(Writer { out: &mut out, raw: false }).is_err() {
        out.push_str("null");
    }
    out
}

/// The decimal digits of a whole number.
pub(crate) fn integer(number: u64) -> String {
    let mut out = String::new();
    push_integer(&mut out, number);
    out
}

/// The whole number that a text of digits alone is.
pub(crate) fn natural(text: &str) -> Option<u64> {
    let mut number = 0_u64;
    for byte in text.bytes() {
        let digit = byte.wrapping_sub(b'0');
        // With checked_mul it would be done in 128 bits.
        if digit > 9 || number > u64::MAX / 10 {
            return None;
        }
        number = (number * 10).checked_add(digit.into())?;
    }
    (!text.is_empty()).then_some(number)
}

#[inline(never)]
pub(super) fn push_integer(out: &mut String, number: u64) {
    if number > 9 {
        push_integer(out, number / 10);
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}

/// Bytes that have an escape of two letters, and its second letter.
const ESCAPED: &[u8] = b"\"\\\n\r\t\x08\x0c/";
const ESCAPES: &[u8] = b"\"\\nrtbf/";

/// What stands in one list where the byte stands in the other.
fn counterpart(byte: u8, from: &[u8], to: &[u8]) -> Option<char> {
    from.iter().zip(to).find(|(known, _)| **known == byte).map(|(_, other)| char::from(*other))
}

/// The byte that a backslash before this letter stands for.
pub(super) fn unescaped(letter: u8) -> Option<char> {
    counterpart(letter, ESCAPES, ESCAPED)
}

#[inline(never)]
pub(super) fn push_string(out: &mut String, text: &str) {
    out.push('"');
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 32 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(slice(text, from, at));
        from = at + 1;
        out.push('\\');
        if let Some(letter) = counterpart(byte, ESCAPED, ESCAPES) {
            out.push(letter);
        } else {
            out.push_str(if byte < 16 { "u000" } else { "u001" });
            out.push(char::from_digit((byte & 15).into(), 16).unwrap_or_default());
        }
    }
    out.push_str(slice(text, from, text.len()));
    out.push('"');
}

struct Writer<'a> {
    out: &'a mut String,
    /// The next string is JSON text already.
    raw: bool,
}

/// The value has a shape JSON doesn't have.
#[derive(Debug)]
struct Unsupported;

impl fmt::Display for Unsupported {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("no such shape in JSON")
    }
}

impl ser::StdError for Unsupported {}

impl ser::Error for Unsupported {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

type Written = Result<(), Unsupported>;

impl<'a> ser::Serializer for Writer<'a> {
    type Ok = ();
    type Error = Unsupported;
    type SerializeSeq = Members<'a>;
    type SerializeTuple = Impossible<(), Unsupported>;
    type SerializeTupleStruct = Impossible<(), Unsupported>;
    type SerializeTupleVariant = Impossible<(), Unsupported>;
    type SerializeMap = Members<'a>;
    type SerializeStruct = Members<'a>;
    type SerializeStructVariant = Impossible<(), Unsupported>;

    fn serialize_bool(self, value: bool) -> Written {
        self.out.push_str(if value { "true" } else { "false" });
        Ok(())
    }
    fn serialize_u64(self, value: u64) -> Written {
        push_integer(self.out, value);
        Ok(())
    }
    fn serialize_i64(self, value: i64) -> Written {
        if value < 0 {
            self.out.push('-');
        }
        self.serialize_u64(value.unsigned_abs())
    }
    fn serialize_u8(self, value: u8) -> Written {
        self.serialize_u64(value.into())
    }
    fn serialize_u16(self, value: u16) -> Written {
        self.serialize_u64(value.into())
    }
    fn serialize_u32(self, value: u32) -> Written {
        self.serialize_u64(value.into())
    }
    fn serialize_i8(self, value: i8) -> Written {
        self.serialize_i64(value.into())
    }
    fn serialize_i16(self, value: i16) -> Written {
        self.serialize_i64(value.into())
    }
    fn serialize_i32(self, value: i32) -> Written {
        self.serialize_i64(value.into())
    }
    fn serialize_f32(self, _: f32) -> Written {
        Err(Unsupported)
    }
    fn serialize_f64(self, _: f64) -> Written {
        Err(Unsupported)
    }
    fn serialize_char(self, value: char) -> Written {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }
    fn serialize_str(self, text: &str) -> Written {
        if self.raw {
            self.out.push_str(text);
        } else {
            push_string(self.out, text);
        }
        Ok(())
    }
    fn serialize_bytes(self, _: &[u8]) -> Written {
        Err(Unsupported)
    }
    fn serialize_none(self) -> Written {
        self.serialize_unit()
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Written {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Written {
        self.out.push_str("null");
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Written {
        self.serialize_unit()
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Written {
        self.serialize_str(variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Written {
        let raw = name == NUMBER_TOKEN;
        value.serialize(Writer { out: self.out, raw })
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(self, _: &'static str, _: u32, _: &'static str, _: &T) -> Written {
        Err(Unsupported)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Members<'a>, Unsupported> {
        Ok(Members::open(self.out, '[', ']'))
    }
    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Unsupported> {
        Err(Unsupported)
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Unsupported> {
        Err(Unsupported)
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Unsupported> {
        Err(Unsupported)
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Members<'a>, Unsupported> {
        Ok(Members::open(self.out, '{', '}'))
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members<'a>, Unsupported> {
        Ok(Members::open(self.out, '{', '}'))
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Unsupported> {
        Err(Unsupported)
    }
    fn collect_str<T: fmt::Display + ?Sized>(self, _: &T) -> Written {
        Err(Unsupported)
    }
}

/// The members of an array or object under way.
struct Members<'a> {
    out: &'a mut String,
    close: char,
    first: bool,
}

impl<'a> Members<'a> {
    #[inline(never)]
    fn open(out: &'a mut String, open: char, close: char) -> Self {
        out.push(open);
        Self { out, close, first: true }
    }

    #[inline(never)]
    fn comma(&mut self) -> Writer<'_> {
        if !self.first {
            self.out.push(',');
        }
        self.first = false;
        Writer { out: self.out, raw: false }
    }

    #[inline(never)]
    fn key(&mut self, key: &str) -> Writer<'_> {
        push_string(self.comma().out, key);
        self.out.push(':');
        Writer { out: self.out, raw: false }
    }
}

impl SerializeSeq for Members<'_> {
    type Ok = ();
    type Error = Unsupported;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        value.serialize(self.comma())
    }
    #[inline(never)]
    fn end(self) -> Written {
        self.out.push(self.close);
        Ok(())
    }
}

impl SerializeMap for Members<'_> {
    type Ok = ();
    type Error = Unsupported;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Written {
        key.serialize(self.comma())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        self.out.push(':');
        value.serialize(Writer { out: self.out, raw: false })
    }
    fn end(self) -> Written {
        SerializeSeq::end(self)
    }
}

impl SerializeStruct for Members<'_> {
    type Ok = ();
    type Error = Unsupported;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Written {
        value.serialize(self.key(key))
    }
    fn end(self) -> Written {
        SerializeSeq::end(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    #[derive(serde::Serialize)]
    struct Sample<'a> {
        name: &'a str,
        count: u64,
        below: i32,
        price: crate::Decimal,
        #[serde(skip_serializing_if = "Option::is_none")]
        absent: Option<u8>,
        list: Vec<bool>,
        map: BTreeMap<&'a str, u8>,
    }

    #[test]
    fn a_struct_is_written_in_order_without_what_is_skipped() {
        let sample = Sample {
            name: "a \"b\"\n\u{1}\u{1f}",
            count: u64::MAX,
            below: -7,
            price: "19.90".parse().unwrap(),
            absent: None,
            list: [true, false].into(),
            map: [("x", 1), ("y", 20)].into(),
        };
        assert_eq!(
            to_string(&sample),
            r#"{"name":"a \"b\"\n\u0001\u001f","count":18446744073709551615,"below":-7,"price":19.9,"list":[true,false],"map":{"x":1,"y":20}}"#
        );
    }

    proptest! {
        #[test]
        fn any_text_survives_a_round_trip(text in any::<alloc::string::String>(), number in any::<u64>()) {
            prop_assert_eq!(crate::json::read(&to_string(&text)), Ok(crate::json::Value::String(text)));
            prop_assert_eq!(to_string(&number), alloc::string::ToString::to_string(&number));
        }
    }
}
