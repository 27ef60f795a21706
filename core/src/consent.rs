//! The consent gate: what the visitor agreed to, as all signals that govern a purpose come to.
//! Deliberately not here: what the tracker does when the gate opens or closes, and how a signal is heard.

use alloc::string::String;
use core::mem;

#[cfg(feature = "decode")]
use serde::Deserialize;
use serde::Serialize;

use crate::address::{clipped, listed, pieces, slice};
use crate::json::{Builder, Map, Value};
use crate::tracker::set;

/// What a visitor is asked for, in the order of the record.
const PURPOSES: &str = "analytics marketing functional";
const CHOICES: &str = "granted denied unknown";
/// Longest version of a signal, characters.
const MAX_VERSION: usize = 64;

/// The visitor's choice for one purpose, the stricter the greater. Unknown is never granted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "decode", derive(Deserialize))]
#[serde(rename_all = "lowercase")]
pub enum Grant {
    /// Agreed.
    Granted,
    /// Not decided yet.
    #[default]
    Unknown,
    /// Refused, or withdrawn.
    Denied,
}

impl Grant {
    /// As it is on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Granted => "granted",
            Self::Denied => "denied",
        }
    }

    fn parse(text: &str) -> Self {
        match text {
            "granted" => Self::Granted,
            "denied" => Self::Denied,
            _ => Self::Unknown,
        }
    }
}

/// All signals of a page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signals {
    /// What each told last, by its source: `governs`, `choices`.
    pub(crate) heard: Map,
    /// What the visitor chose in another tab, or by asking to be forgotten: a refusal there is one here, a grant there counts
    /// for what is unknown here.
    elsewhere: Map,
    /// The browser says that it sends Global Privacy Control.
    pub(crate) gpc: bool,
    /// Lists of purposes that the browser refuses.
    pub(crate) refused: (Value, Value),
    version: String,
}

impl Signals {
    /// Takes what a signal tells: `source`, `governs` (those it ever named when left out), `choices` (it hasn't answered yet
    /// when left out; purposes that are left out keep their choice), `version`.
    ///
    /// # Errors
    /// The name of a purpose that doesn't exist or whose choice isn't `granted`, `denied` or `unknown`: then nothing is taken.
    pub(crate) fn hear(&mut self, told: &mut Map) -> Result<(), String> {
        if let Some(Value::Map(choices)) = told.get("choices") {
            for (name, choice) in choices.iter() {
                if !listed(name, PURPOSES) || !listed(choice.as_str().unwrap_or_default(), CHOICES) {
                    return Err(name.into());
                }
            }
        }
        let version = told.take_text("version");
        if !version.is_empty() {
            set(&mut self.version, clipped(&version, MAX_VERSION));
        }
        let source = told.take_text("source");
        let mut signal = self.heard.take_map(&source);
        signal.insert("governs", told.take("governs"));
        if let Value::Map(mut fresh) = told.take("choices") {
            let mut choices = signal.take_map("choices");
            for (name, choice) in fresh.iter_mut() {
                // What a signal says once more is no new choice; what is called is.
                if *source == *"api" || !choices.is_text(name, choice.as_str().unwrap_or_default()) {
                    self.elsewhere.take(name);
                }
                choices.insert(name, mem::take(choice));
            }
            signal.insert("choices", Value::from(choices));
        }
        self.heard.put(source, signal.into());
        Ok(())
    }

    /// Whatever signals say, this is denied until the visitor's next choice.
    pub(crate) fn deny(&mut self) {
        self.elsewhere.insert("analytics", Value::from(Grant::Denied.as_str()));
    }

    /// Another tab kept this: choices made there count here, too, when they are newer than ours.
    pub(crate) fn follow(&mut self, marketing: Value) {
        self.elsewhere.insert("analytics", Value::from(Grant::Granted.as_str()));
        self.elsewhere.insert("marketing", marketing);
    }

    /// The record of a batch as a member.
    pub(crate) fn write(&self, at: u64, out: &mut Builder) {
        out.object("consent");
        for purpose in pieces(PURPOSES, b' ') {
            out.text(purpose, self.grant(purpose).as_str());
        }
        // Each with a `+` before it.
        let mut sources = String::new();
        for (source, signal) in self.heard.iter() {
            if signal.get("choices").is_some() {
                sources.push('+');
                sources.push_str(source);
            }
        }
        if self.elsewhere.is_text("analytics", Grant::Granted.as_str()) {
            sources.push_str("+tab");
        }
        out.text("source", slice(&sources, 1, sources.len()));
        out.some("version", &self.version);
        if self.gpc {
            out.name("gpc");
            out.raw("true");
        }
        out.number("at", at);
        out.close('}');
    }

    /// The strictest of all that govern the purpose.
    #[inline(never)]
    pub(crate) fn grant(&self, purpose: &str) -> Grant {
        let mut strictest = None;
        for (_, signal) in self.heard.iter() {
            let choice = signal.get("choices").map_or("", |choices| choices.text(purpose));
            let governs = match signal.get("governs") {
                Some(governs @ Value::List(_)) => names(governs, purpose),
                _ => !choice.is_empty(),
            };
            if governs {
                strictest = strictest.max(Some(Grant::parse(choice)));
            }
        }
        let own = strictest.unwrap_or_default();
        match Grant::parse(self.elsewhere.text(purpose)) {
            _ if names(&self.refused.0, purpose) || names(&self.refused.1, purpose) => Grant::Denied,
            Grant::Denied => Grant::Denied,
            elsewhere if own == Grant::Unknown => elsewhere,
            _ => own,
        }
    }
}

/// Whether a list has the purpose in it.
fn names(list: &Value, purpose: &str) -> bool {
    if let Value::List(list) = list { list.iter().any(|name| name.is_text(purpose)) } else { false }
}
