//! JSON text to a batch: a broken envelope is an error, a broken event is put aside and the rest is kept.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use super::{Batch, Event, VERSION};
use crate::json::{DecodeError, Map, ReadError, Value, from_value, read, to_string};
use crate::schema;

/// Most events a batch may have.
pub const MAX_EVENTS: usize = 1000;

/// A batch that could be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The envelope with its good events.
    pub batch: Batch,
    /// The events that the schema refuses.
    pub rejected: Vec<Rejected>,
}

/// An event that the schema refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Its number, when it has one.
    pub seq: Option<u64>,
    /// Its name, when it has one.
    pub name: Option<String>,
    /// Why: a code of [`schema::Fault`], or `field_missing` or `field_invalid` for a field of the event itself.
    pub code: &'static str,
    /// The parameter or field.
    pub param: Option<String>,
    /// The event as JSON text.
    pub raw: String,
}

/// Why an envelope isn't read: nothing of the batch is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvelopeError {
    code: &'static str,
    path: String,
}

impl EnvelopeError {
    /// `not_utf8`, `not_json`, `too_deep`, `version_unsupported`, `too_many_events`, `field_missing` or `field_invalid`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The field; empty when the batch as a whole is meant.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for EnvelopeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = match self.code {
            "not_utf8" => "the body is not UTF-8",
            "not_json" => "the body is not JSON",
            "too_deep" => "arrays and objects are nested deeper than 16 levels",
            "version_unsupported" => "this version of the wire format is not known",
            "too_many_events" => "a batch holds at most 1000 events",
            "field_missing" => return write!(formatter, "a field is missing: {}", self.path),
            _ if self.path.is_empty() => "a batch is an object",
            _ => return write!(formatter, "a field has the wrong type or value: {}", self.path),
        };
        formatter.write_str(told)
    }
}

impl core::error::Error for EnvelopeError {}

/// Decodes and validates a batch. Unknown fields are ignored, unknown event names kept.
///
/// Events may be left out where there is a ledger: such a batch only reports that.
/// Of an event with `dropped` only number, name, time and reason are kept.
///
/// # Errors
/// [`EnvelopeError`] when the envelope can't be read.
pub fn decode(json: &[u8]) -> Result<Decoded, EnvelopeError> {
    let text = core::str::from_utf8(json).map_err(|_| envelope("not_utf8", ""))?;
    let value = read(text).map_err(|error| match error {
        ReadError::NotJson => envelope("not_json", ""),
        ReadError::TooDeep => envelope("too_deep", ""),
    })?;
    let Value::Map(mut fields) = value else {
        return Err(envelope("field_invalid", ""));
    };
    match fields.get("v").map(Value::as_u64) {
        None => return Err(envelope("field_missing", "v")),
        Some(version) if version != Some(VERSION.into()) => {
            return Err(envelope("version_unsupported", "v"));
        }
        Some(_) => {}
    }
    let events = match fields.remove("events") {
        Some(Value::List(events)) => events,
        Some(_) => return Err(envelope("field_invalid", "events")),
        None if fields.get("ledger").is_some() => Vec::new(),
        None => return Err(envelope("field_missing", "events")),
    };
    if events.len() > MAX_EVENTS {
        return Err(envelope("too_many_events", "events"));
    }
    let mut batch: Batch = from_value(Value::Map(fields)).map_err(|error| envelope(field_code(&error), error.path()))?;
    for (path, text) in [("site", &batch.site), ("stream", &batch.stream), ("session.id", &batch.session.id)] {
        if text.is_empty() || text.len() > 64 {
            return Err(envelope("field_invalid", path));
        }
    }
    let mut rejected = Vec::new();
    for event in events {
        match decode_event(event) {
            Ok(event) => batch.events.push(event),
            Err(event) => rejected.push(event),
        }
    }
    Ok(Decoded { batch, rejected })
}

fn decode_event(value: Value) -> Result<Event, Rejected> {
    let mut fields = value.clone();
    if let Value::Map(fields) = &mut fields
        && fields.get("dropped").is_some_and(|reason| *reason != Value::Null)
    {
        fields.retain(|name, _| !matches!(name, "page" | "params" | "conversion"));
    }
    let mut event: Event = from_value(fields).map_err(|error| rejected(&value, field_code(&error), error.path()))?;
    let checked = match &event.dropped {
        Some(reason) if !is_code(reason) => return Err(rejected(&value, "field_invalid", "dropped")),
        Some(_) => schema::check_event_name(&event.name),
        None => schema::check(&event.name, &mut event.params),
    };
    checked.map_err(|violation| rejected(&value, violation.fault.code(), &violation.param))?;
    Ok(event)
}

/// Whether a text can be a reason in the ledger or of a dropped event: 1 to 40 small letters, digits and underscores.
#[must_use]
pub fn is_code(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn rejected(value: &Value, code: &'static str, param: &str) -> Rejected {
    let none = Map::new();
    let fields = if let Value::Map(fields) = value { fields } else { &none };
    Rejected {
        seq: fields.get("seq").and_then(Value::as_u64),
        name: fields.get("name").and_then(Value::as_str).map(ToString::to_string),
        code,
        param: (!param.is_empty()).then(|| param.into()),
        raw: to_string(value),
    }
}

fn field_code(error: &DecodeError) -> &'static str {
    if error.code() == "missing" { "field_missing" } else { "field_invalid" }
}

fn envelope(code: &'static str, path: &str) -> EnvelopeError {
    EnvelopeError { code, path: path.into() }
}
