//! What happened: everything the tracker can be told, as plain data.

mod told;

use alloc::string::String;
use alloc::vec::Vec;

use crate::json::{Map, Value};

pub(crate) use told::{device_class, kind, short};

/// The time of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds since the epoch, by the browser's clock; may jump.
    pub wall_ms: u64,
    /// Milliseconds since some moment before the page; never goes back.
    pub mono_ms: u64,
}

/// Something the tracker is told.
#[derive(Clone, Debug)]
pub enum Input {
    /// The page is there.
    Started(Facts),
    /// The page's address may have changed without a load.
    Routed(Document),
    /// The site says that a new page view begins.
    Page(Document),
    /// The page can be seen again.
    Shown,
    /// The page can't be seen any more: often the last thing it hears.
    Hidden,
    /// The page is being left.
    Left,
    /// The page came back from the back/forward cache.
    Returned(Document),
    /// How far the page is scrolled.
    Scrolled(ScrollPosition),
    /// A media element did something.
    Media(MediaFact),
    /// A form was touched, submitted or found invalid.
    Form(FormFact),
    /// An element with `data-mp-event` was set off.
    Marked(Markup),
    /// A rule of the configuration matched.
    Ruled {
        /// Position of the rule.
        rule: usize,
        /// The element's attributes.
        markup: Markup,
    },
    /// A call of `track`.
    Track {
        /// Event name.
        name: String,
        /// Parameters.
        params: Map,
        /// When it was called, where that was earlier (calls queued before the tracker was there), milliseconds since the epoch.
        at: Option<u64>,
    },
    /// A call of `identify`: the site's own id of the person.
    Identify(String),
    /// What a consent signal tells: `source` (`api` is a call of `setConsent`), `governs`, `choices`, `version`, `at`.
    /// Without `choices` it is only announced: what it governs is unknown until it answers.
    Consent(Map),
    /// What was persisted, asked for by [`Effect::Load`](crate::Effect::Load); nothing when there is none.
    Loaded(Option<String>),
    /// Another tab kept this instead of what was kept before; nothing, or an empty text, when it deleted that, or when
    /// that is gone.
    Elsewhere(Option<String>),
    /// What the log holds, asked for by [`Effect::Recover`](crate::Effect::Recover); nothing while another tab is at it.
    Recovered(Option<Recovered>),
    /// The network is back.
    Online,
    /// The time asked for by [`Effect::Wake`](crate::Effect::Wake) has come.
    Woken,
    /// What became of a batch that was sent.
    Settled {
        /// The batch's number.
        batch: u32,
        /// The answer.
        outcome: Outcome,
    },
    /// A call of `flush`: send what waits.
    Flush,
    /// A call of `reset`: forget who this is.
    Reset,
    /// A call of `forget`: delete all that is kept, and nothing more until the visitor's next choice.
    Forget,
    /// A call of `stop`: send what waits and capture nothing more.
    Stop,
}

/// What the log holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Its parts by key, which is oldest first: key, line's end and text of each, and carriage returns between them. Not all
    /// of them when that were too much at once.
    pub log: String,
    /// Bytes of the parts that were left out.
    pub rest: u64,
}

/// What is known of the browser and its first page.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The page.
    pub document: Document,
    /// Its screen is mainly touched.
    pub touched: bool,
    /// Width of its screen, CSS pixels.
    pub width: u64,
    /// Height of its screen.
    pub height: u64,
    /// BCP 47.
    pub language: String,
    /// `1920x1080`
    pub screen: String,
    /// `1280x720`
    pub viewport: String,
    /// `wasm` or `js`.
    pub engine: String,
    /// The browser sends Global Privacy Control.
    pub gpc: bool,
    /// The browser sends Do Not Track.
    pub dnt: bool,
    /// The page's view is counted elsewhere: another page's tracker was told of this one before this tracker was there.
    pub seen: bool,
}

/// A page.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// Its whole address.
    pub url: String,
    /// Its title.
    pub title: String,
    /// The whole address of the page before it.
    pub referrer: String,
}

/// How far a page is scrolled, in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScrollPosition {
    /// What lies above the window.
    pub top: u32,
    /// Height of the window.
    pub window: u32,
    /// Height of the page.
    pub page: u32,
}

/// What a media element did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaFact {
    /// Number of the element, given by whoever listens.
    pub element: u32,
    /// What it did.
    pub moment: MediaMoment,
    /// Whether it is audio.
    pub audio: bool,
    /// Where it is, milliseconds.
    pub position_ms: u64,
    /// How long it is, milliseconds; 0 when unknown or without end.
    pub duration_ms: u64,
    /// Length of the union of all played ranges, milliseconds: what a seek skipped is not in it.
    pub watched_ms: u64,
    /// Its title.
    pub title: String,
    /// Its address.
    pub url: String,
}

/// The moments of playing that matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MediaMoment {
    /// It began to play, or went on.
    Play,
    /// It is under way.
    #[default]
    Progress,
    /// It reached its end.
    Ended,
    /// It shows something else from now on.
    Changed,
}

/// What happened to a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormFact {
    /// Number of the form, given by whoever listens.
    pub element: u32,
    /// What happened.
    pub moment: FormMoment,
    /// Its `id`.
    pub id: String,
    /// Its `name`.
    pub name: String,
    /// Its `action`, as a whole address.
    pub destination: String,
    /// Names of the fields that are invalid; never what is in them.
    pub fields: String,
}

/// The moments of a form that matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FormMoment {
    /// A field took the focus or changed.
    #[default]
    Touched,
    /// It was submitted.
    Submitted,
    /// The browser refused to submit it.
    Invalid,
}

/// The `data-mp-*` attributes around an element, as `dataset` names them (`mpItemId`).
#[derive(Clone, Debug, Default)]
pub struct Markup {
    /// The element's own attributes, then those of its ancestors that have any, nearest first.
    pub chain: Vec<Value>,
    /// Attributes of the items inside it, or inside the nearest ancestor that is marked as holding items.
    pub inside: Vec<Value>,
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The collector answered.
    Answered {
        /// HTTP status.
        status: u16,
        /// `Retry-After`, where the answer had one.
        retry_after_ms: Option<u64>,
        /// The answer's text.
        body: String,
    },
    /// No answer could be read: no network, refused by a policy, timed out.
    Failed,
}
