//! A JSON document in memory.

use alloc::string::String;
use alloc::vec::Vec;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::build::Builder;
use super::write::{integer, natural};
use super::{NUMBER_TOKEN, read_or_null};
use crate::decimal::Decimal;

/// Any JSON value. With its kind in a whole word, moving one is two moves of words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[repr(u32)]
pub enum Value {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as its text.
    Number(Number),
    /// A string.
    String(String),
    /// An array.
    List(Vec<Value>),
    /// An object.
    Map(Map),
}

/// A number as the text it was written with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number(pub(super) String);

/// The members of an object, in the order they were written; the last of two equal names wins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Map(pub(super) Vec<(String, Value)>);

impl Value {
    /// A member of an object.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        if let Self::Map(map) = self { map.get(name) } else { None }
    }

    /// The text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is this text.
    ///
    /// Texts are compared themselves, here and elsewhere: for each kind of reference to them, and of option, the browser would
    /// compile another comparison, and be handed both through memory.
    #[inline(never)]
    pub(crate) fn is_text(&self, text: &str) -> bool {
        matches!(self, Self::String(own) if **own == *text)
    }

    /// A member of an object that is a text; empty when it isn't one.
    #[inline(never)]
    pub(crate) fn text(&self, name: &str) -> &str {
        if let Self::Map(map) = self { map.text(name) } else { "" }
    }

    /// The same again, read from its text: `clone` would cost the browser 0.2 kB.
    #[inline(never)]
    pub(crate) fn copy(&self) -> Self {
        let mut text = Builder::default();
        text.value(self);
        read_or_null(&text.finish())
    }

    /// The text of a number.
    #[must_use]
    pub fn as_number(&self) -> Option<&Number> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The exact number, when there is one and it fits a [`Decimal`].
    #[must_use]
    pub fn as_decimal(&self) -> Option<Decimal> {
        self.as_number().and_then(|number| Decimal::parse(&number.0))
    }

    /// The members of an object; none when it isn't one.
    #[must_use]
    pub fn into_map(self) -> Map {
        match self {
            Self::Map(map) => map,
            _ => Map::new(),
        }
    }

    /// The value as a whole number that isn't negative.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        self.as_number().and_then(|number| natural(&number.0))
    }
}

impl Number {
    /// The number's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Decimal> for Value {
    fn from(decimal: Decimal) -> Self {
        Self::Number(Number(decimal.to_text()))
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(Number(integer(number)))
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        u64::from(number).into()
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl Map {
    /// No members.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The same again, as [`Value::copy`] makes it, by what a start has compiled anyway.
    #[inline(never)]
    pub(crate) fn copy(&self) -> Self {
        let mut text = Builder::default();
        text.members(self);
        read_or_null(&text.finish()).into_map()
    }

    /// How many members there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The member of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(key, _)| **key == *name).map(|(_, value)| value)
    }

    /// A member that is a text; empty when it isn't one.
    #[inline(never)]
    pub(crate) fn text(&self, name: &str) -> &str {
        self.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether a member is this text.
    #[inline(never)]
    pub(crate) fn is_text(&self, name: &str, text: &str) -> bool {
        self.get(name).is_some_and(|value| value.is_text(text))
    }

    /// A member that is `true` or `false`.
    #[inline(never)]
    pub(crate) fn flag(&self, name: &str, default: bool) -> bool {
        if let Some(Value::Bool(flag)) = self.get(name) { *flag } else { default }
    }

    /// A member that is a whole number.
    #[inline(never)]
    pub(crate) fn number(&self, name: &str, default: u64) -> u64 {
        self.get(name).and_then(Value::as_u64).unwrap_or(default)
    }

    /// A member that is an array; an empty one when it isn't one.
    #[inline(never)]
    pub(crate) fn list(&self, name: &str) -> &[Value] {
        if let Some(Value::List(list)) = self.get(name) { list } else { &[] }
    }

    /// Takes a member out that is a text; empty when it isn't one.
    #[inline(never)]
    pub(crate) fn take_text(&mut self, name: &str) -> String {
        match self.take(name) {
            Value::String(text) => text,
            _ => String::new(),
        }
    }

    /// Takes a member out that is an array; empty when it isn't one.
    #[inline(never)]
    pub(crate) fn take_list(&mut self, name: &str) -> Vec<Value> {
        match self.take(name) {
            Value::List(list) => list,
            _ => Vec::new(),
        }
    }

    /// Takes a member out that is an object; empty when it isn't one.
    #[inline(never)]
    pub(crate) fn take_map(&mut self, name: &str) -> Map {
        self.take(name).into_map()
    }

    /// The member of that name, to change it.
    #[inline(never)]
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.0.iter_mut().find(|(key, _)| **key == *name).map(|(_, value)| value)
    }

    /// Sets a member, replacing one of that name.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.put(name.into(), value.into());
    }

    #[inline(never)]
    pub(crate) fn put(&mut self, name: String, value: Value) {
        match self.get_mut(&name) {
            Some(old) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// Takes a member's value out and leaves `null` behind: moving the others up would cost the browser more.
    #[inline(never)]
    pub(crate) fn take(&mut self, name: &str) -> Value {
        self.get_mut(name).map_or(Value::Null, core::mem::take)
    }

    /// Leaves out members that are `null`.
    #[inline(never)]
    pub(crate) fn drop_nulls(&mut self) {
        self.0.retain(|(_, value)| !matches!(value, Value::Null));
    }

    /// Takes a member out.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let value = core::mem::replace(self.get_mut(name)?, Value::Null);
        self.0.retain(|(key, _)| key != name);
        Some(value)
    }

    /// Keeps the members for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &Value) -> bool) {
        self.0.retain(|(name, value)| keep(name, value));
    }

    /// The members in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The members in order, to change their values.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Value)> {
        self.0.iter_mut().map(|(name, value)| (name.as_str(), value))
    }
}

impl IntoIterator for Map {
    type Item = (String, Value);
    type IntoIter = alloc::vec::IntoIter<(String, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

impl From<Vec<Value>> for Value {
    fn from(list: Vec<Value>) -> Self {
        Self::List(list)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => serializer.serialize_newtype_struct(NUMBER_TOKEN, number.as_str()),
            Self::String(text) => serializer.serialize_str(text),
            Self::List(values) => serializer.collect_seq(values),
            Self::Map(map) => map.serialize(serializer),
        }
    }
}

impl Serialize for Map {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(self.len()))?;
        for (name, value) in &self.0 {
            members.serialize_entry(name, value)?;
        }
        members.end()
    }
}
