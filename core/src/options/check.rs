//! Checks options against tables of their members; the first thing that is wrong is told with its path.
//! Deliberately not here: reading them, which trusts that they were checked.
//!
//! Not in the wasm: js/options.ts checks the same before it is there, so that `createTracker` can refuse at once.

use alloc::string::String;

use super::MAX_DEPTHS;
use crate::conversion::check_conversions;
use crate::decimal::Decimal;
use crate::json::{DecodeError, Value};
use crate::schema;

/// What a member may be.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// `true` or `false`.
    Flag,
    /// A whole number within bounds.
    Number(u64, u64),
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// A text for which this holds.
    Text(fn(&str) -> bool),
    /// A number, or a text that holds one.
    Decimal,
    /// An object of any members.
    Object,
    /// An object of these members.
    Members(&'static [Member]),
    /// What this finds nothing wrong with.
    With(fn(&Value, &str, &mut Fault)),
}

/// A member: its name, whether it must be there, what it may be.
pub(crate) type Member = (&'static str, bool, Kind);

const OPTIONS: &[Member] = &[
    ("site", true, Kind::Text(is_site)),
    ("collector", true, Kind::Text(is_address)),
    ("consent", false, Kind::Members(CONSENT)),
    ("capture", false, Kind::Members(CAPTURE)),
    ("scroll", false, Kind::Members(&[("depths", false, Kind::With(check_depths)), ("shortPages", false, Kind::Flag)])),
    ("conversions", false, Kind::With(check_conversions)),
    ("rules", false, Kind::With(check_rules)),
    ("currency", false, Kind::Text(schema::is_currency)),
    ("urlParams", false, Kind::With(check_names)),
    ("batch", false, Kind::Members(BATCH)),
    ("cookieless", false, Kind::Flag),
    ("sessionMinutes", false, Kind::Number(1, 1440)),
];
const CONSENT: &[Member] = &[
    ("mode", false, Kind::Choice(&["required", "granted"])),
    ("gpc", false, Kind::With(check_purposes)),
    ("dnt", false, Kind::With(check_purposes)),
];
const CAPTURE: &[Member] = &[
    ("pageViews", false, Kind::Flag),
    ("scroll", false, Kind::Flag),
    ("media", false, Kind::Flag),
    ("forms", false, Kind::Flag),
    ("cart", false, Kind::Flag),
    ("checkout", false, Kind::Flag),
];
const BATCH: &[Member] = &[
    ("maxEvents", false, Kind::Number(1, 500)),
    ("maxBytes", false, Kind::Number(1_000, 60_000)),
    ("maxWaitMs", false, Kind::Number(0, 600_000)),
];
const RULE: &[Member] = &[
    ("on", true, Kind::Choice(&["click", "submit", "view", "load"])),
    ("selector", true, Kind::Text(|text| !text.is_empty())),
    ("event", true, Kind::Text(schema::is_name)),
    ("params", false, Kind::Object),
];

/// The first thing that is wrong.
#[derive(Debug, Default)]
pub(crate) struct Fault(Option<DecodeError>);

impl Fault {
    /// Notes what is wrong, unless something was before.
    pub(crate) fn at(&mut self, code: &'static str, path: &str) {
        if self.0.is_none() {
            self.0 = Some(DecodeError::at(code, path));
        }
    }
}

/// Checks all options.
pub(super) fn check(options: &Value) -> Result<(), DecodeError> {
    let mut fault = Fault::default();
    check_members(OPTIONS, options, "", &mut fault);
    fault.0.map_or(Ok(()), Err)
}

/// Checks an object.
///
/// Faults are `unknown`, `invalid` or `missing`, with the path: members in the order they were written, then those missing.
pub(crate) fn check_members(table: &[Member], value: &Value, path: &str, fault: &mut Fault) {
    let Value::Map(members) = value else { return fault.at("invalid", path) };
    for (name, value) in members.iter() {
        let path = join(path, name);
        match table.iter().find(|(known, ..)| *known == name) {
            None => fault.at("unknown", &path),
            Some((.., kind)) => check_kind(*kind, value, &path, fault),
        }
    }
    for (name, needed, _) in table {
        if *needed && members.get(name).is_none() {
            fault.at("missing", &join(path, name));
        }
    }
}

fn check_kind(kind: Kind, value: &Value, path: &str, fault: &mut Fault) {
    let fits = match kind {
        Kind::Flag => matches!(value, Value::Bool(_)),
        Kind::Number(low, high) => value.as_u64().is_some_and(|number| (low..=high).contains(&number)),
        Kind::Choice(choices) => value.as_str().is_some_and(|text| choices.contains(&text)),
        Kind::Text(fits) => value.as_str().is_some_and(fits),
        Kind::Decimal => Decimal::of(value).is_some(),
        Kind::Object => matches!(value, Value::Map(_)),
        Kind::Members(table) => return check_members(table, value, path, fault),
        Kind::With(check) => return check(value, path, fault),
    };
    if !fits {
        fault.at("invalid", path);
    }
}

fn check_depths(value: &Value, path: &str, fault: &mut Fault) {
    let Value::List(depths) = value else { return fault.at("invalid", path) };
    if depths.len() > MAX_DEPTHS {
        fault.at("invalid", path);
    }
    for (at, depth) in (0..).zip(depths) {
        check_kind(Kind::Number(1, 100), depth, &element(path, at), fault);
    }
}

fn check_purposes(value: &Value, path: &str, fault: &mut Fault) {
    let Value::List(purposes) = value else { return fault.at("invalid", path) };
    for (at, purpose) in (0..).zip(purposes) {
        check_kind(Kind::Choice(&["analytics", "marketing", "functional"]), purpose, &element(path, at), fault);
    }
}

fn check_names(value: &Value, path: &str, fault: &mut Fault) {
    let Value::List(names) = value else { return fault.at("invalid", path) };
    for (at, name) in (0..).zip(names) {
        check_kind(Kind::Text(|name| !name.is_empty()), name, &element(path, at), fault);
    }
}

fn check_rules(value: &Value, path: &str, fault: &mut Fault) {
    let Value::List(rules) = value else { return fault.at("invalid", path) };
    for (at, rule) in (0..).zip(rules) {
        check_members(RULE, rule, &element(path, at), fault);
    }
}

fn is_site(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

fn is_address(text: &str) -> bool {
    ["https://", "http://", "/"].iter().any(|start| text.starts_with(start)) && !text.contains(['?', '#', ' '])
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

fn element(path: &str, at: u64) -> String {
    let mut joined = String::from(path);
    joined.push('[');
    joined.push_str(&crate::json::integer(at));
    joined.push(']');
    joined
}
