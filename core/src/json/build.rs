//! JSON text, piece by piece, from what is there already: what the browser writes.
//!
//! The same names and order as the serde types have, to which tests tie it: deriving cost the browser 3 kB more.

use alloc::string::String;

use super::value::{Map, Value};
use super::write::{push_integer, push_string};

/// JSON text under way.
#[derive(Debug, Default)]
pub(crate) struct Builder(String);

impl Builder {
    /// Begins an object or array.
    #[inline(never)]
    pub(crate) fn open(&mut self, bracket: char) {
        self.comma();
        self.0.push(bracket);
    }

    /// Ends one.
    #[inline(never)]
    pub(crate) fn close(&mut self, bracket: char) {
        self.0.push(bracket);
    }

    /// Begins a member; its value follows.
    #[inline(never)]
    pub(crate) fn name(&mut self, name: &str) {
        self.string(name);
        self.0.push(':');
    }

    /// A member that is an object, which begins here.
    #[inline(never)]
    pub(crate) fn object(&mut self, name: &str) {
        self.name(name);
        self.open('{');
    }

    /// A member that is a text.
    #[inline(never)]
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.name(name);
        self.string(text);
    }

    /// A member that is a text, unless that is empty.
    #[inline(never)]
    pub(crate) fn some(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.text(name, text);
        }
    }

    /// A member that is a whole number.
    #[inline(never)]
    pub(crate) fn number(&mut self, name: &str, number: u64) {
        self.name(name);
        push_integer(&mut self.0, number);
    }

    /// A member that is an object, unless that is empty.
    #[inline(never)]
    pub(crate) fn map(&mut self, name: &str, map: &Map) {
        if !map.is_empty() {
            self.name(name);
            self.members(map);
        }
    }

    /// A text.
    #[inline(never)]
    pub(crate) fn string(&mut self, text: &str) {
        self.comma();
        push_string(&mut self.0, text);
    }

    /// What is JSON already.
    #[inline(never)]
    pub(crate) fn raw(&mut self, json: &str) {
        self.comma();
        self.0.push_str(json);
    }

    /// White space, of which no comma comes: where a text is taken apart again.
    #[inline(never)]
    pub(crate) fn mark(&mut self, mark: &str) {
        self.0.push_str(mark);
    }

    /// Any value.
    pub(crate) fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.raw("null"),
            Value::Bool(value) => self.raw(if *value { "true" } else { "false" }),
            Value::Number(number) => self.raw(number.as_str()),
            Value::String(text) => self.string(text),
            Value::List(values) => {
                self.open('[');
                values.iter().for_each(|value| self.value(value));
                self.close(']');
            }
            Value::Map(map) => self.members(map),
        }
    }

    /// The text.
    pub(crate) fn finish(self) -> String {
        self.0
    }

    /// An object.
    pub(crate) fn members(&mut self, map: &Map) {
        self.open('{');
        for (name, value) in map.iter() {
            self.name(name);
            self.value(value);
        }
        self.close('}');
    }

    /// No value ends with what a value follows at once.
    fn comma(&mut self) {
        if !matches!(self.0.as_bytes().last(), None | Some(b'{' | b'[' | b':' | b'\n')) {
            self.0.push(',');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{read, to_string};
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn built(value: &Value) -> String {
        let mut out = Builder::default();
        out.value(value);
        out.finish()
    }

    #[test]
    fn pieces_are_parted_by_commas() {
        let mut out = Builder::default();
        out.open('{');
        out.text("a", "{");
        out.some("b", "");
        out.object("c");
        out.number("d", 1);
        out.number("e", 2);
        out.close('}');
        out.name("f");
        out.open('[');
        out.raw("{}");
        out.string("[");
        out.close(']');
        out.map("g", &Map::new());
        out.close('}');
        assert_eq!(out.finish(), r#"{"a":"{","c":{"d":1,"e":2},"f":[{},"["]}"#);
    }

    proptest! {
        #[test]
        fn any_value_is_written_as_serde_writes_it(text in "[\\[\\]{}:,\"a0-9.e\\-\\\\ ]{0,40}") {
            if let Ok(value) = read(&text) {
                prop_assert_eq!(built(&value), to_string(&value));
            }
            let list = Value::List([Value::String(text), Value::Null, Value::Bool(true), Value::List(Vec::new())].into());
            prop_assert_eq!(built(&list), to_string(&list));
        }
    }
}
