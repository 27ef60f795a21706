//! The tracker for Rust front ends (Leptos, Yew, Dioxus): typed events, no JavaScript of one's own.
//!
//! Deliberately not in the npm package: decoding JavaScript objects there costs every visitor bytes.

use core::fmt;
use core::sync::atomic::{AtomicU32, Ordering};

use milepost_core::json::{DecodeError, Map, Value, read_or_null};
use milepost_core::options::Options;
use milepost_core::{Document, Input};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

use crate::clock::now;
use crate::shell::Shell;

#[wasm_bindgen(module = "/js/host.js")]
extern "C" {
    fn attach(tracker: u32, settings: &JsValue, report: &JsValue, tell: &JsValue);

    /// What hears the page for a tracker.
    type Ears;

    fn listen(tell: &JsValue, settings: &JsValue) -> Ears;

    #[wasm_bindgen(method)]
    fn begin(this: &Ears);

    #[wasm_bindgen(method)]
    fn end(this: &Ears);
}

/// How many trackers were started: their numbers.
static STARTED: AtomicU32 = AtomicU32::new(0);

/// A running tracker. Dropping it ends what it listens to.
///
/// ```no_run
/// # use milepost::front_end::Tracker;
/// # #[derive(serde::Serialize)] struct Options<'a> { site: &'a str, collector: &'a str }
/// # #[derive(serde::Serialize)] struct SignUp<'a> { method: &'a str }
/// # #[derive(serde::Serialize)] struct Choice<'a> { analytics: &'a str }
/// let tracker = Tracker::start(&Options { site: "shop", collector: "https://collect.example.com" }, |_| {})?;
/// tracker.set_consent(&Choice { analytics: "granted" });
/// tracker.track("sign_up", &SignUp { method: "email" });
/// # Ok::<(), milepost::front_end::OptionError>(())
/// ```
pub struct Tracker {
    shell: &'static Shell,
    ears: Ears,
    _report: Closure<dyn FnMut(JsValue)>,
    _tell: Closure<dyn Fn(u32, String)>,
}

/// Something that developers should know: a diagnostic of the JavaScript API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What it is.
    pub code: String,
    /// The event it is about, or empty.
    pub event: String,
    /// The parameter, option or purpose it is about, or empty.
    pub param: String,
}

/// An option is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionError(DecodeError);

impl OptionError {
    /// `unknown`, `missing` or `invalid`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.code()
    }

    /// Where: `batch.maxEvents`.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.path()
    }
}

impl fmt::Display for OptionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "milepost: option_{}", self.0)
    }
}

impl std::error::Error for OptionError {}

impl Tracker {
    /// Starts a tracker on the page, with the options of the JavaScript API under their names there.
    ///
    /// # Errors
    /// [`OptionError`] for the first option that is wrong.
    pub fn start(options: &impl Serialize, mut diagnostics: impl FnMut(Diagnostic) + 'static) -> Result<Self, OptionError> {
        let parsed = Options::from_json(value(options)).map_err(OptionError)?;
        let settings = object(options);
        let report = Closure::<dyn FnMut(JsValue)>::new(move |told: JsValue| {
            let Ok(Value::Map(told)) = serde_wasm_bindgen::from_value::<Value>(told) else { return };
            let text = |name| told.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            diagnostics(Diagnostic { code: text("code"), event: text("event"), param: text("param") });
        });
        let shell = Shell::new(STARTED.fetch_add(1, Ordering::Relaxed), parsed, [random(), random()]);
        let tell = Closure::<dyn Fn(u32, String)>::new(|kind, fields: String| {
            shell.tell(kind, &mut read_or_null(&fields).into_map(), now());
        });
        attach(shell.number, &settings, report.as_ref(), tell.as_ref());
        let ears = listen(tell.as_ref(), &settings);
        ears.begin();
        Ok(Self { shell, ears, _report: report, _tell: tell })
    }

    /// Records an event. `params` is anything that serialises to an object: a struct, a map.
    pub fn track(&self, name: &str, params: &impl Serialize) {
        self.handle(Input::Track { name: name.into(), params: map(params), at: None });
    }

    /// Begins a new page view under the address, for routers that don't change the browser's.
    pub fn page(&self, url: &str, title: &str, referrer: &str) {
        self.handle(Input::Page(Document { url: url.into(), title: title.into(), referrer: referrer.into() }));
    }

    /// Says who this is: the site's own id, at most 256 bytes.
    pub fn identify(&self, user: &str) {
        self.handle(Input::Identify(user.into()));
    }

    /// Passes the visitor's choice on: purposes and `granted`, `denied` or `unknown`.
    pub fn set_consent(&self, choices: &impl Serialize) {
        self.hear("api", Value::Null, choices);
    }

    /// Passes on what a consent signal of that name says, which governs these purposes: where several govern one, the
    /// strictest wins.
    pub fn signal(&self, name: &str, governs: &[&str], choices: &impl Serialize) {
        let governs: Vec<_> = governs.iter().map(|purpose| Value::from(*purpose)).collect();
        self.hear(name, governs.into(), choices);
    }

    fn hear(&self, name: &str, governs: Value, choices: &impl Serialize) {
        let mut told = Map::new();
        told.insert("source", name);
        told.insert("governs", governs);
        told.insert("choices", map(choices));
        self.handle(Input::Consent(told));
    }

    /// Sends what waits.
    pub fn flush(&self) {
        self.handle(Input::Flush);
    }

    /// Forgets who this is.
    pub fn reset(&self) {
        self.handle(Input::Reset);
    }

    /// Deletes all that is kept in the browser; nothing more is captured until the visitor's next choice.
    pub fn forget(&self) {
        self.handle(Input::Forget);
    }

    fn handle(&self, input: Input) {
        self.shell.handle(input);
    }
}

impl Drop for Tracker {
    fn drop(&mut self) {
        self.ears.end();
        self.handle(Input::Stop);
    }
}

fn object(value: &impl Serialize) -> JsValue {
    value.serialize(&Serializer::json_compatible()).unwrap_or(JsValue::NULL)
}

fn value(value: &impl Serialize) -> Value {
    serde_wasm_bindgen::from_value(object(value)).unwrap_or(Value::Null)
}

fn map(params: &impl Serialize) -> Map {
    if let Value::Map(map) = value(params) { map } else { Map::new() }
}

/// 64 bits of the browser's cryptographic randomness.
fn random() -> u64 {
    let mut bytes = [0; 8];
    if let Some(crypto) = web_sys::window().and_then(|window| window.crypto().ok()) {
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    u64::from_ne_bytes(bytes)
}
