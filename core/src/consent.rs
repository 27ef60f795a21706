//! The consent gate: what the visitor agreed to, and by which signal.
//! Deliberately not here: what the tracker does when the gate opens or closes.

#[cfg(feature = "decode")]
use serde::Deserialize;
use serde::Serialize;

use crate::json::Map;
use crate::wire::ConsentRecord;

/// The visitor's choice for one purpose. Unknown is never granted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "decode", derive(Deserialize))]
#[serde(rename_all = "lowercase")]
pub enum Grant {
    /// Not decided yet.
    #[default]
    Unknown,
    /// Agreed.
    Granted,
    /// Refused, or withdrawn.
    Denied,
}

/// Where a choice came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "decode", derive(Deserialize))]
#[serde(rename_all = "lowercase")]
pub enum Signal {
    /// No signal yet.
    #[default]
    None,
    /// The option `consent.mode: "granted"`: the site says that no consent is needed.
    Config,
    /// A call of `setConsent`.
    Api,
}

impl Signal {
    /// As it is on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Config => "config",
            Self::Api => "api",
        }
    }
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

    fn parse(text: &str) -> Option<Self> {
        match text {
            "unknown" => Some(Self::Unknown),
            "granted" => Some(Self::Granted),
            "denied" => Some(Self::Denied),
            _ => None,
        }
    }
}

/// A call of `setConsent` names a purpose that doesn't exist, or a choice that isn't one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownChoice<'a>(pub &'a str);

impl ConsentRecord {
    /// Whether events may be stored and sent.
    #[must_use]
    pub fn allows_analytics(&self) -> bool {
        self.analytics == Grant::Granted
    }

    /// The record after a call of `setConsent`: purposes that the call doesn't name keep their choice.
    ///
    /// # Errors
    /// The name of a purpose that doesn't exist or whose choice isn't `granted`, `denied` or `unknown`:
    /// then nothing of the call is taken.
    pub fn updated<'a>(&self, choices: &'a Map, at: u64) -> Result<Self, UnknownChoice<'a>> {
        let mut record = Self { source: Signal::Api, at, ..self.clone() };
        for (purpose, choice) in choices.iter() {
            let slot = match purpose {
                "analytics" => &mut record.analytics,
                "marketing" => &mut record.marketing,
                "functional" => &mut record.functional,
                _ => return Err(UnknownChoice(purpose)),
            };
            *slot = choice.as_str().and_then(Grant::parse).ok_or(UnknownChoice(purpose))?;
        }
        Ok(record)
    }
}
