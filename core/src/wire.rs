//! The batch: what a browser sends and a collector stores, version 1.
//! Deliberately not here: when a batch is sent, and what becomes of it.
//!
//! Every name here is on the wire: a change to a type changes a vector in `tests/vectors`.
//! Times are milliseconds since the epoch. What is empty is left out.

#[cfg(feature = "decode")]
mod decode;
mod write;

pub(crate) use write::write_device;

use alloc::string::String;
use alloc::vec::Vec;

#[cfg(feature = "decode")]
use serde::Deserialize;
use serde::Serialize;

#[cfg(feature = "decode")]
pub use decode::{Decoded, EnvelopeError, MAX_EVENTS, Rejected, decode, is_code};

pub(crate) use write::Happened;

use crate::consent::Grant;
use crate::conversion::Conversion;
use crate::json::{Map, to_string};

/// The version this crate writes and reads.
pub const VERSION: u32 = 1;

/// What a batch's events share, and the events.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "decode", derive(Deserialize))]
pub struct Batch {
    /// Version of the wire format.
    pub v: u32,
    /// The data set.
    pub site: String,
    /// The tracker instance that numbered the events: with `seq` an event's identity.
    pub stream: String,
    /// When the batch was put together, by the browser's clock.
    pub sent_at: u64,
    /// What ran the core: `wasm` or `js`.
    pub engine: String,
    /// The browser, as long as its storage lives; absent in cookieless use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor: Option<String>,
    /// The site's own id of the person, from `identify`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The visit.
    pub session: Session,
    /// Where the visit came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<Campaign>,
    /// What it was made with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<Device>,
    /// What the visitor had agreed to when the batch was put together.
    pub consent: ConsentRecord,
    /// What became of this stream's events so far.
    #[serde(default)]
    pub ledger: Ledger,
    /// The pages that the events name.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub pages: Vec<Page>,
    /// The events, in order of `seq`; without any, the batch only reports its ledger.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
}

/// A visit: ends after 30 minutes without activity, unless configured otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "decode", derive(Deserialize))]
pub struct Session {
    /// Random, 16 hexadecimal digits.
    pub id: String,
    /// 1 for the visitor's first visit.
    pub number: u32,
    /// When it began.
    pub started_at: u64,
    /// Address of its first page.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub landing: String,
}

/// Where a visit came from, in GA4's terms; what the address didn't say is filled with GA4's placeholders.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "decode", derive(Deserialize))]
pub struct Campaign {
    /// `utm_source`, or derived from the referrer or a click id.
    pub source: String,
    /// `utm_medium`, or derived.
    pub medium: String,
    /// `utm_campaign`.
    pub campaign: String,
    /// `utm_term`.
    pub term: String,
    /// `utm_content`.
    pub content: String,
    /// Which of the five were filled with a placeholder.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub filled: Vec<String>,
    /// Click ids of advertising platforms, by parameter name; only with consent to `marketing`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub click_ids: Map,
}

/// What the page is seen with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "decode", derive(Deserialize))]
pub struct Device {
    /// `mobile`, `tablet` or `desktop`.
    pub class: String,
    /// BCP 47 tag of the browser's language.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub language: String,
    /// Width x height of the screen, CSS pixels.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub screen: String,
    /// Width x height of the window, CSS pixels.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub viewport: String,
}

/// The visitor's choice, and where it came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "decode", derive(Deserialize))]
pub struct ConsentRecord {
    /// Storing and sending events.
    pub analytics: Grant,
    /// Click ids, advertising destinations, audiences.
    pub marketing: Grant,
    /// What the site itself needs.
    pub functional: Grant,
    /// The signals that have answered, with `+` between them: `api` is a call of `setConsent`, `config` the option
    /// `consent.mode: "granted"`, `none` that there is none.
    pub source: String,
    /// What the last signal that says so calls its version.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Whether the browser sends Global Privacy Control.
    #[serde(default, skip_serializing_if = "is_false")]
    pub gpc: bool,
    /// When the signal came.
    pub at: u64,
}

/// What became of a stream's events: `accepted = delivered + waiting + dropped`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "decode", derive(Deserialize))]
pub struct Ledger {
    /// Events that passed validation.
    pub accepted: u64,
    /// Events that a collector's answer settled.
    pub delivered: u64,
    /// Events given up, by reason.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub dropped: Map,
    /// Events refused in the page because they were wrong: never accepted, told by a diagnostic.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub invalid: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A page that events happened on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "decode", derive(Deserialize))]
pub struct Page {
    /// Number of the page view in its stream.
    pub id: u32,
    /// Address without query and fragment.
    pub url: String,
    /// Title of the document.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Address the visitor came from, without query and fragment.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub referrer: String,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "decode", derive(Deserialize))]
pub struct Event {
    /// Number of the event in its stream, from 0 without gaps.
    pub seq: u64,
    /// GA4's name where GA4 has one.
    pub name: String,
    /// When it happened.
    pub at: u64,
    /// Which page view.
    #[serde(default)]
    pub page: u32,
    /// Its parameters.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub params: Map,
    /// What it counts as, when the site's conversion map names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversion: Option<Conversion>,
    /// Why it was given up before it could be sent: such an event accounts for its number and is never counted.
    /// The tag writes this by hand, so its wasm doesn't carry the field.
    #[cfg(feature = "decode")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropped: Option<String>,
}

impl Batch {
    /// The batch as JSON text.
    #[must_use]
    pub fn encode(&self) -> String {
        to_string(self)
    }
}
