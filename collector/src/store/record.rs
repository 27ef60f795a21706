//! Rows as they are handed to the store: one delivery, its events, and the events that were refused.
//! Decoding them from the wire is `intake`'s work; SQL is `insert`'s and `stream`'s.

use std::collections::BTreeMap;

/// One delivery, ready to be stored.
#[derive(Debug, Clone, Default)]
pub(crate) struct Delivery {
    /// Name of the data set.
    pub(crate) site: String,
    /// The tracker's stream; with an event's `seq` it is that event's identity.
    pub(crate) stream: String,
    /// The sender's clock when it sent, in ms since the epoch.
    pub(crate) sent_at: i64,
    /// The collector's clock when the body was complete, in ms since the epoch.
    pub(crate) received_at: i64,
    /// Which build of the core ran in the page.
    pub(crate) engine: String,
    /// The sender's browser family.
    pub(crate) browser: &'static str,
    /// The visitor's id; none in cookieless use.
    pub(crate) visitor: Option<String>,
    /// What a visitor without an id is counted by, for a day, and never stored; none for those with one and for bots.
    pub(crate) features: Option<String>,
    /// First ms that the site still keeps, if it doesn't keep all.
    pub(crate) keep_from: Option<i64>,
    /// The id the site gave the visitor, if it named one.
    pub(crate) user: Option<String>,
    /// The session the events belong to.
    pub(crate) session: SessionRow,
    /// Campaign as JSON text.
    pub(crate) campaign: Option<String>,
    /// Device as JSON text.
    pub(crate) device: Option<String>,
    /// Consent record as JSON text.
    pub(crate) consent: Option<String>,
    /// The tracker's own count of what it accepted, delivered and dropped.
    pub(crate) ledger: LedgerRow,
    /// Events that passed the schema.
    pub(crate) events: Vec<EventRow>,
    /// Events that did not.
    pub(crate) rejected: Vec<RejectedRow>,
    /// Events that were given up before they could be sent.
    pub(crate) tombstones: Vec<TombstoneRow>,
    /// What the delivery weighs in the queue, in bytes of decoded body.
    pub(crate) weight: usize,
}

/// A session, as the tracker describes it.
#[derive(Debug, Clone, Default)]
pub(crate) struct SessionRow {
    /// The session's id.
    pub(crate) id: String,
    /// 1 for the visitor's first session.
    pub(crate) number: i64,
    /// Start in ms since the epoch.
    pub(crate) started_at: i64,
    /// Address of the page it began on.
    pub(crate) landing: Option<String>,
    /// Whether a crawler was at work.
    pub(crate) bot: bool,
    /// Whether the browser asked not to be sold or shared (Global Privacy Control).
    pub(crate) gpc: bool,
}

/// The tracker's running count for a stream.
#[derive(Debug, Clone, Default)]
pub(crate) struct LedgerRow {
    /// Events accepted so far.
    pub(crate) accepted: i64,
    /// Events acknowledged so far.
    pub(crate) delivered: i64,
    /// Events that were wrong in the page so far; none of them was accepted.
    pub(crate) invalid: i64,
    /// Events given up so far, by reason.
    pub(crate) dropped: BTreeMap<String, i64>,
}

/// One event.
#[derive(Debug, Clone, Default)]
pub(crate) struct EventRow {
    /// Number in the stream.
    pub(crate) seq: i64,
    /// Event name.
    pub(crate) name: String,
    /// When it happened, in ms since the epoch by the page's clock.
    pub(crate) at: i64,
    /// Address of its page.
    pub(crate) page_url: Option<String>,
    /// Title of its page.
    pub(crate) page_title: Option<String>,
    /// Referrer of its page.
    pub(crate) referrer: Option<String>,
    /// Parameters as JSON text, decimals as they were sent.
    pub(crate) params: String,
    /// What conversion it is, if the site's map names it.
    pub(crate) conversion: Option<ConversionRow>,
    /// `currency` parameter.
    pub(crate) currency: Option<String>,
    /// `value` parameter as decimal text.
    pub(crate) value: Option<String>,
}

/// What the site's conversion map says of an event.
#[derive(Debug, Clone, Default)]
pub(crate) struct ConversionRow {
    /// `micro` or `macro`.
    pub(crate) tier: String,
    /// Process, engagement or lead.
    pub(crate) category: Option<String>,
    /// Stage of the journey.
    pub(crate) stage: Option<String>,
    /// For a micro conversion, the macro it leads to.
    pub(crate) macro_name: Option<String>,
    /// For a macro conversion, whether it is a primary one.
    pub(crate) primary: Option<bool>,
    /// Estimated worth as decimal text; never revenue.
    pub(crate) worth: Option<String>,
}

/// An event that the schema refused.
#[derive(Debug, Clone, Default)]
pub(crate) struct RejectedRow {
    /// Number in the stream, if it could be read.
    pub(crate) seq: Option<i64>,
    /// Event name, if it could be read.
    pub(crate) name: Option<String>,
    /// Why it was refused.
    pub(crate) code: String,
    /// The parameter at fault.
    pub(crate) param: Option<String>,
    /// The event's JSON text, untouched and whole.
    pub(crate) raw: String,
}

/// An event that was given up: it only stands for its number.
#[derive(Debug, Clone, Default)]
pub(crate) struct TombstoneRow {
    /// Number in the stream.
    pub(crate) seq: i64,
    /// Event name.
    pub(crate) name: String,
    /// When it happened, in ms since the epoch by the page's clock.
    pub(crate) at: i64,
    /// Why it was given up.
    pub(crate) reason: String,
}

/// What became of a delivery, once it is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Events and tombstones stored for the first time.
    pub(crate) accepted: u64,
    /// Events that were there already.
    pub(crate) duplicates: u64,
}
