//! Reads one object of the options by a table of its members; the first thing that is wrong is told with its path.
//!
//! A table and one loop: deriving this cost the browser 14 kB more.

use alloc::string::String;
use alloc::vec::Vec;
use core::mem;

use crate::decimal::Decimal;
use crate::json::{DecodeError, Map, Value};

/// What a member may be.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// `true` or `false`.
    Flag,
    /// A whole number within bounds.
    Number(u32, u32),
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// A text for which this holds.
    Text(fn(&str) -> bool),
    /// A number, or a text that holds one.
    Decimal,
    /// An object.
    Object,
    /// An array.
    List,
    /// Anything; whoever asks looks at it.
    Any,
}

/// A member: its name, whether it must be there, what it may be.
pub(crate) type Member = (&'static str, bool, Kind);

/// A member as it was read: a flag or choice as its number.
#[derive(Clone, Debug, Default)]
pub(crate) enum Read {
    #[default]
    Absent,
    Number(u32),
    Decimal(Decimal),
    Value(Value),
}

impl Read {
    pub(crate) fn number(&self, default: u32) -> u32 {
        if let Self::Number(number) = self { *number } else { default }
    }

    pub(crate) fn flag(&self, default: bool) -> bool {
        self.number(default.into()) != 0
    }

    pub(crate) fn choice(&self) -> Option<u32> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    pub(crate) fn decimal(&self) -> Option<Decimal> {
        if let Self::Decimal(decimal) = self { Some(*decimal) } else { None }
    }

    pub(crate) fn text(&mut self) -> Option<String> {
        if let Some(Value::String(text)) = self.value() { Some(text) } else { None }
    }

    pub(crate) fn map(&mut self) -> Map {
        if let Some(Value::Map(map)) = self.value() { map } else { Map::new() }
    }

    pub(crate) fn list(&mut self) -> Option<Vec<Value>> {
        if let Some(Value::List(list)) = self.value() { Some(list) } else { None }
    }

    pub(crate) fn value(&mut self) -> Option<Value> {
        if let Self::Value(value) = mem::take(self) { Some(value) } else { None }
    }
}

/// The first thing that is wrong. Kept aside instead of returned at once, which would cost the browser the unwinding of
/// what was read so far at every step.
#[derive(Debug, Default)]
pub(crate) struct Fault(pub(crate) Option<DecodeError>);

impl Fault {
    #[inline(never)]
    pub(crate) fn at(&mut self, code: &'static str, path: &str) {
        if self.0.is_none() {
            self.0 = Some(DecodeError::at(code, path));
        }
    }
}

/// Reads an object. Members come back in the order of the table; absent where they are wrong.
///
/// Faults are `unknown`, `invalid` or `missing`, with the path: members in the order they were written, then those missing.
pub(crate) fn members<const N: usize>(table: &[Member; N], value: Value, path: &str, fault: &mut Fault) -> [Read; N] {
    let mut read = [const { Read::Absent }; N];
    fill(table, value, path, &mut read, fault);
    read
}

#[inline(never)]
fn fill(table: &[Member], value: Value, path: &str, read: &mut [Read], fault: &mut Fault) {
    let Value::Map(members) = value else { return fault.at("invalid", path) };
    for (name, value) in members {
        match table.iter().zip(read.iter_mut()).find(|((known, ..), _)| *known == name) {
            None => fault.at("unknown", &join(path, &name)),
            Some(((.., kind), slot)) => match check(*kind, value) {
                Some(value) => *slot = value,
                None => fault.at("invalid", &join(path, &name)),
            },
        }
    }
    for ((name, needed, _), slot) in table.iter().zip(read) {
        if *needed && matches!(slot, Read::Absent) {
            fault.at("missing", &join(path, name));
        }
    }
}

fn check(kind: Kind, value: Value) -> Option<Read> {
    let fits = match kind {
        Kind::Flag => match value {
            Value::Bool(flag) => return Some(Read::Number(flag.into())),
            _ => false,
        },
        Kind::Number(low, high) => {
            let number = u32::try_from(value.as_u64()?).ok()?;
            return (low..=high).contains(&number).then_some(Read::Number(number));
        }
        Kind::Choice(choices) => {
            let found = choices.iter().zip(0..).find(|(choice, _)| value.as_str() == Some(choice));
            return found.map(|(_, at)| Read::Number(at));
        }
        Kind::Decimal => return decimal(&value).map(Read::Decimal),
        Kind::Text(fits) => value.as_str().is_some_and(fits),
        Kind::Object => matches!(value, Value::Map(_)),
        Kind::List => matches!(value, Value::List(_)),
        Kind::Any => true,
    };
    fits.then_some(Read::Value(value))
}

fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => Decimal::parse_double(number.as_str()),
        Value::String(text) => Decimal::parse(text),
        _ => None,
    }
}

/// The path of a member.
pub(crate) fn join(path: &str, name: &str) -> String {
    let mut joined = String::from(path);
    if !path.is_empty() {
        joined.push('.');
    }
    joined.push_str(name);
    joined
}

/// The path of an element.
pub(crate) fn element(path: &str, at: u32) -> String {
    let mut joined = String::from(path);
    joined.push('[');
    joined.push_str(Value::from(at).as_number().map_or("", |number| number.as_str()));
    joined.push(']');
    joined
}
