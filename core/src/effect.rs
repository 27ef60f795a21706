//! What is to be done: everything the tracker can ask of the browser, as plain data.

use alloc::string::String;

use crate::json::Builder;

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
    pub code: &'static str,
    /// The event it is about.
    pub event: String,
    /// The parameter, option or purpose it is about.
    pub param: String,
}

impl Diagnostic {
    /// As JSON: `{"code","event"?,"param"?}`.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = Builder::default();
        out.open('{');
        out.text("code", self.code);
        out.some("event", &self.event);
        out.some("param", &self.param);
        out.close('}');
        out.finish()
    }
}
