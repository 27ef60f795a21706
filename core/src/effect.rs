//! What is to be done: everything the tracker can ask of the browser, as plain data.

use alloc::string::String;
use core::mem;

use crate::json::{Builder, read};

/// Something to do. Effects are carried out in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Post a batch to the collector.
    Send {
        /// Its number, for [`Input::Settled`](crate::Input::Settled).
        batch: u32,
        /// JSON.
        body: String,
        /// How.
        urgency: Urgency,
    },
    /// Read what was persisted and hand it in as [`Input::Loaded`](crate::Input::Loaded), at once.
    Load,
    /// Keep this text in the browser, instead of what was kept before.
    Persist(String),
    /// Write this to the log, where it outlives the browser's end; replaces what was there under the key.
    Log {
        /// Names the part of the log.
        key: String,
        /// A batch that can be sent as it is.
        text: String,
    },
    /// The same where it outlives the page's end: before this call returns.
    Spill {
        /// Names the part of the log.
        key: String,
        /// A batch that can be sent as it is.
        text: String,
    },
    /// Delete a part of the log, wherever it is; one that [`Input::Recovered`](crate::Input::Recovered) brought, unless its
    /// page has written it anew since.
    Unlog {
        /// Names the part of the log.
        key: String,
    },
    /// Read the log and hand it in as [`Input::Recovered`](crate::Input::Recovered), unless another tab is at it; keep others
    /// off until [`Effect::Release`].
    Recover,
    /// Let other tabs at the log.
    Release,
    /// Delete all that was kept, and give up every request under way.
    Forget,
    /// Hand in [`Input::Woken`](crate::Input::Woken) at this monotonic time; replaces an earlier wish.
    Wake {
        /// When, by [`Now::mono_ms`](crate::Now); nothing to be woken no more.
        at_mono_ms: Option<u64>,
    },
    /// Tell the site.
    Diagnose(Diagnostic),
}

/// How a batch is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// There is time to read the answer.
    Normal,
    /// The page may be gone at once: a beacon, of which no answer comes.
    Leaving,
}

/// Something the site's developers should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What it is: a code of [`schema::Fault`](crate::schema::Fault), [`DropReason`](crate::DropReason) or the tracker's own.
    pub code: String,
    /// The event it is about.
    pub event: String,
    /// The parameter, option or purpose it is about.
    pub param: String,
}

impl Diagnostic {
    /// As JSON: `{"code","event"?,"param"?}`.
    #[must_use]
    pub fn to_json(&self) -> String {
        diagnostic(&self.code, &self.event, &self.param)
    }
}

/// An effect as js/host.js is asked for it: its kind, by which js/host.js lists what it does, a number and a text.
///
/// All of one shape, since that takes the browser fewer bytes than texts that sit here or there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// What to do.
    pub kind: u32,
    /// Number of a batch, length of a key, or time; 0 when there is none.
    pub number: u64,
    /// What to do it with: a key comes before what is written under it.
    pub text: String,
}

impl Ask {
    pub(crate) const SEND: u32 = 0;
    pub(crate) const BEACON: u32 = 1;
    pub(crate) const LOAD: u32 = 2;
    pub(crate) const PERSIST: u32 = 3;
    pub(crate) const FORGET: u32 = 4;
    /// The one that isn't for js/host.js where there are timers of Rust.
    pub const WAKE: u32 = 5;
    pub(crate) const DIAGNOSE: u32 = 6;
    pub(crate) const LOG: u32 = 7;
    pub(crate) const SPILL: u32 = 8;
    pub(crate) const UNLOG: u32 = 9;
    pub(crate) const RECOVER: u32 = 10;
    pub(crate) const RELEASE: u32 = 11;

    /// Whether it is for storage.
    pub(crate) fn stores(kind: u32) -> bool {
        !matches!(kind, Self::SEND | Self::BEACON | Self::FORGET | Self::WAKE | Self::DIAGNOSE)
    }
}

impl From<Ask> for Effect {
    fn from(Ask { kind, number, mut text }: Ask) -> Self {
        let batch = u32::try_from(number).unwrap_or_default();
        let mut keyed = || {
            let rest = text.split_off(usize::try_from(number).unwrap_or_default());
            (mem::take(&mut text), rest)
        };
        match kind {
            Ask::SEND => Self::Send { batch, body: text, urgency: Urgency::Normal },
            Ask::BEACON => Self::Send { batch, body: text, urgency: Urgency::Leaving },
            Ask::LOAD => Self::Load,
            Ask::PERSIST => Self::Persist(text),
            Ask::FORGET => Self::Forget,
            Ask::WAKE => Self::Wake { at_mono_ms: (number > 0).then_some(number) },
            Ask::LOG => {
                let (key, text) = keyed();
                Self::Log { key, text }
            }
            Ask::SPILL => {
                let (key, text) = keyed();
                Self::Spill { key, text }
            }
            Ask::UNLOG => Self::Unlog { key: text },
            Ask::RECOVER => Self::Recover,
            Ask::RELEASE => Self::Release,
            _ => {
                let mut told = read(&text).unwrap_or_default().into_map();
                let mut text = |name| told.take_text(name);
                Self::Diagnose(Diagnostic { code: text("code"), event: text("event"), param: text("param") })
            }
        }
    }
}

/// A diagnostic as JSON.
pub(crate) fn diagnostic(code: &str, event: &str, param: &str) -> String {
    let mut out = Builder::default();
    out.open('{');
    out.text("code", code);
    out.some("event", event);
    out.some("param", param);
    out.close('}');
    out.finish()
}
