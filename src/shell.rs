//! The core as JavaScript sees it: each method is one input; effects are carried out before it returns.
//!
//! No borrow is held while JavaScript is called: effects go through a queue that the outermost call drains, so a
//! diagnostic handler may call the tracker again.

use alloc::collections::VecDeque;
use alloc::rc::{Rc, Weak};
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use milepost_core::json::{Map, Value, read};
use milepost_core::options::Options;
use milepost_core::{
    Diagnostic, Effect, FormFact, FormMoment, Input, Markup, MediaFact, MediaMoment, Outcome, ScrollPosition, Tracker, Urgency, attribute_maps,
};
use wasm_bindgen::prelude::*;

use crate::facts;
use crate::host::Host;
use crate::timer::Timer;

/// One tracker.
#[wasm_bindgen]
pub struct Core(Rc<Inner>);

pub(crate) struct Inner {
    this: Weak<Inner>,
    tracker: RefCell<Tracker>,
    host: Host,
    depths: Vec<u8>,
    effects: RefCell<VecDeque<Effect>>,
    draining: Cell<bool>,
    timer: Timer,
}

#[wasm_bindgen]
impl Core {
    /// A tracker for these options (JSON), seeded with 128 random bits.
    ///
    /// # Errors
    /// `"code path"` of the first option that is wrong.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str, host: Host, seed_high: u64, seed_low: u64) -> Result<Core, String> {
        let options = Options::parse(options).map_err(|error| {
            let mut text = String::from(error.code());
            text.push(' ');
            text.push_str(error.path());
            text
        })?;
        Ok(Self::with_options(options, host, [seed_high, seed_low]))
    }

    /// The scroll depths that matter, percent; none when scroll isn't captured.
    pub fn depths(&self) -> Vec<u8> {
        self.0.depths.clone()
    }

    /// Something about the page as a whole; js/host.js names the kinds.
    pub fn page(&self, kind: u32) {
        self.0.handle(match kind {
            0 => Input::Started(facts::facts()),
            1 => Input::Routed(facts::document()),
            2 => Input::Page(facts::document()),
            3 => Input::Shown,
            4 => Input::Hidden,
            5 => Input::Left,
            _ => Input::Returned(facts::document()),
        });
    }

    /// How far the page is scrolled, CSS pixels.
    pub fn scrolled(&self, top: u32, window: u32, page: u32) {
        self.0.handle(Input::Scrolled(ScrollPosition { top, window, page }));
    }

    /// What a media element did: 0 play, 1 under way, 2 ended, 3 another source. Times in milliseconds.
    #[expect(clippy::too_many_arguments, reason = "an object would have to be taken apart again, at four times the cost")]
    pub fn media(&self, element: u32, moment: u32, audio: bool, position: f64, duration: f64, watched: f64, title: String, url: String) {
        let moment = match moment {
            0 => MediaMoment::Play,
            1 => MediaMoment::Progress,
            2 => MediaMoment::Ended,
            _ => MediaMoment::Changed,
        };
        let [position_ms, duration_ms, watched_ms] = [position, duration, watched].map(|ms| ms as u64);
        self.0.handle(Input::Media(MediaFact { element, moment, audio, position_ms, duration_ms, watched_ms, title, url }));
    }

    /// What happened to a form: 0 touched, 1 submitted, 2 refused by the browser. `fields` are names, never values.
    pub fn form(&self, element: u32, moment: u32, id: String, name: String, destination: String, fields: String) {
        let moment = match moment {
            0 => FormMoment::Touched,
            1 => FormMoment::Submitted,
            _ => FormMoment::Invalid,
        };
        self.0.handle(Input::Form(FormFact { element, moment, id, name, destination, fields }));
    }

    /// An element was set off, by its own mark (`rule` below zero) or by a rule; `json` is `{"chain":[…],"inside":[…]}`.
    pub fn marked(&self, rule: i32, json: &str) {
        let mut around = object(json);
        let markup = Markup { chain: attribute_maps(around.remove("chain")), inside: attribute_maps(around.remove("inside")) };
        self.0.handle(match usize::try_from(rule) {
            Ok(rule) => Input::Ruled { rule, markup },
            Err(_) => Input::Marked(markup),
        });
    }

    /// A call of `track`; `at` is milliseconds since the epoch, or 0 for now.
    pub fn track(&self, name: String, params: &str, at: f64) {
        let at = (at > 0.0).then_some(at as u64);
        match read(params) {
            Ok(Value::Map(params)) => self.0.handle(Input::Track { name, params, at }),
            _ => self.0.diagnose("param_type", name),
        }
    }

    /// A call of `identify`.
    pub fn identify(&self, user: String) {
        self.0.handle(Input::Identify(user));
    }

    /// A call of `setConsent`, as JSON.
    pub fn consent(&self, choices: &str) {
        self.0.handle(Input::Consent(object(choices)));
    }

    /// What became of a batch: an HTTP status and what came with it, or status 0 when no answer could be read.
    pub fn settled(&self, batch: u32, status: u16, retry_after_ms: f64, body: String) {
        let outcome = match status {
            0 => Outcome::Failed,
            _ => Outcome::Answered { status, retry_after_ms: (retry_after_ms >= 0.0).then_some(retry_after_ms as u64), body },
        };
        self.0.handle(Input::Settled { batch, outcome });
    }

    /// The time asked for has come.
    pub fn woken(&self) {
        self.0.handle(Input::Woken);
    }

    /// A call of `flush`.
    pub fn flush(&self) {
        self.0.handle(Input::Flush);
    }

    /// A call of `reset`.
    pub fn reset(&self) {
        self.0.handle(Input::Reset);
    }

    /// A call of `stop`.
    pub fn stop(&self) {
        self.0.handle(Input::Stop);
    }
}

impl Core {
    pub(crate) fn with_options(options: Options, host: Host, seed: [u64; 2]) -> Self {
        let depths = if options.capture.scroll { options.scroll.depths.clone() } else { Vec::new() };
        Self(Rc::new_cyclic(|this| Inner {
            this: this.clone(),
            tracker: RefCell::new(Tracker::new(options, seed)),
            host,
            depths,
            effects: RefCell::default(),
            draining: Cell::new(false),
            timer: Timer::default(),
        }))
    }
}

impl Inner {
    pub(crate) fn handle(&self, input: Input) {
        let mut effects = Vec::new();
        if let Ok(mut tracker) = self.tracker.try_borrow_mut() {
            tracker.handle(input, facts::now(), &mut effects);
        }
        self.effects.borrow_mut().extend(effects);
        self.drain();
    }

    #[cfg(not(feature = "std"))]
    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    fn diagnose(&self, code: &'static str, event: String) {
        self.effects.borrow_mut().push_back(Effect::Diagnose(Diagnostic { code, event, param: String::new() }));
        self.drain();
    }

    fn drain(&self) {
        if self.draining.replace(true) {
            return;
        }
        loop {
            let Some(effect) = self.effects.borrow_mut().pop_front() else { break };
            match effect {
                Effect::Send { batch, body, urgency } => self.host.send(batch, &body, urgency == Urgency::Leaving),
                Effect::Load => self.handle(Input::Loaded(self.host.load())),
                Effect::Persist(text) => self.host.persist(&text),
                Effect::Forget => self.host.forget(),
                Effect::Wake { at_mono_ms } => self.wake(at_mono_ms),
                Effect::Diagnose(diagnostic) => self.host.diagnose(&diagnostic.to_json()),
            }
        }
        self.draining.set(false);
    }

    fn wake(&self, at_mono_ms: Option<u64>) {
        // Rounded up: a timer that fires a fraction early would find nothing due.
        let delay = at_mono_ms.map_or(-1, |at| i32::try_from(at.saturating_sub(facts::now().mono_ms) + 1).unwrap_or(i32::MAX));
        self.timer.set(&self.this, delay);
    }
}

fn object(json: &str) -> Map {
    match read(json) {
        Ok(Value::Map(map)) => map,
        _ => Map::new(),
    }
}
