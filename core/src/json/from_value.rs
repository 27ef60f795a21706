//! A [`Value`] to any `Deserialize` type, with the path of what doesn't fit: `batch.maxEvents`, `rules[2].event`.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec;
use core::fmt;

use serde::Deserialize;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use super::NUMBER_TOKEN;
use super::error::DecodeError;
use super::value::Value;
use crate::decimal::Decimal;

impl de::Error for DecodeError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::at("invalid", "")
    }
    fn invalid_type(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self::at("invalid", "")
    }
    fn invalid_value(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self::at("invalid", "")
    }
    fn invalid_length(_: usize, _: &dyn de::Expected) -> Self {
        Self::at("invalid", "")
    }
    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self::at("invalid", "")
    }
    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self::at("unknown", field)
    }
    fn missing_field(field: &'static str) -> Self {
        Self::at("missing", field)
    }
    fn duplicate_field(field: &'static str) -> Self {
        Self::at("invalid", field)
    }
}

/// Decodes a value. A whole number may also stand as a float without fraction only where the type takes text.
///
/// # Errors
/// [`DecodeError`] with the place of the first thing that doesn't fit.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, DecodeError> {
    T::deserialize(value)
}

impl<'de> Deserializer<'de> for Value {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self {
            Self::Null => visitor.visit_unit(),
            Self::Bool(value) => visitor.visit_bool(value),
            Self::Number(ref number) => match self.as_u64() {
                Some(integer) => visitor.visit_u64(integer),
                None => visitor.visit_newtype_struct(number.as_str().into_deserializer()),
            },
            Self::String(text) => visitor.visit_string(text),
            Self::List(list) => visitor.visit_seq(Elements { rest: list.into_iter(), at: 0 }),
            Self::Map(map) => visitor.visit_map(Members { rest: map.into_iter(), value: None }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self {
            Self::Null => visitor.visit_none(),
            value => visitor.visit_some(value),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, DecodeError> {
        match self {
            Self::Number(number) if name == NUMBER_TOKEN => visitor.visit_string(number.0),
            value => visitor.visit_newtype_struct(value),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Result<V::Value, DecodeError> {
        match self {
            Self::String(text) => visitor.visit_enum(text.into_deserializer()),
            _ => Err(DecodeError::at("invalid", "")),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Elements {
    rest: vec::IntoIter<Value>,
    at: u32,
}

impl<'de> SeqAccess<'de> for Elements {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DecodeError> {
        let Some(value) = self.rest.next() else {
            return Ok(None);
        };
        let at = self.at;
        self.at += 1;
        seed.deserialize(value).map(Some).map_err(|error| {
            let mut place = "[".to_owned();
            place.push_str(&super::write::integer(at.into()));
            place.push(']');
            error.under(&place)
        })
    }
}

struct Members {
    rest: vec::IntoIter<(String, Value)>,
    value: Option<(String, Value)>,
}

impl<'de> MapAccess<'de> for Members {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        let Some((name, value)) = self.rest.next() else {
            return Ok(None);
        };
        let key = seed.deserialize(name.as_str().into_deserializer())?;
        self.value = Some((name, value));
        Ok(Some(key))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, DecodeError> {
        let (name, value) = self.value.take().ok_or_else(|| DecodeError::custom(""))?;
        seed.deserialize(value).map_err(|error| error.under(&name))
    }
}

impl<'de> IntoDeserializer<'de, DecodeError> for Value {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> de::Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

impl<'de> de::Deserialize<'de> for super::Map {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Map(map) => Ok(map),
            _ => Err(D::Error::custom("an object is needed")),
        }
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(super::Number(super::write::integer(value))))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(super::Number(alloc::format!("{value}"))))
    }
    /// The shortest text that gives the same double again; what isn't finite has none in JSON.
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(if value.is_finite() { Value::Number(super::Number(alloc::format!("{value}"))) } else { Value::Null })
    }
    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }
    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        String::deserialize(deserializer).map(|text| Value::Number(super::Number(text)))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = alloc::vec::Vec::new();
        while let Some(element) = elements.next_element()? {
            list.push(element);
        }
        Ok(Value::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = super::Map::new();
        while let Some((name, value)) = members.next_entry::<String, Value>()? {
            map.insert(name, value);
        }
        Ok(Value::Map(map))
    }
}

impl<'de> de::Deserialize<'de> for Decimal {
    /// From a number, or from a string that holds one.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DecimalText;
        impl<'de> Visitor<'de> for DecimalText {
            type Value = Decimal;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a decimal number")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Decimal, E> {
                Decimal::parse(text).ok_or_else(|| E::custom(""))
            }
            fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Decimal, D::Error> {
                deserializer.deserialize_str(self)
            }
        }
        deserializer.deserialize_newtype_struct(NUMBER_TOKEN, DecimalText)
    }
}
