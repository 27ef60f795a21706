//! The tracker: one state machine, driven by [`Input`]s, answering with [`Effect`]s.
//!
//! Same inputs, same effects. Deliberately not here: anything that needs a browser.

mod delivery;
mod gate;
mod pages;

use alloc::string::String;
use alloc::vec::Vec;

use crate::campaign::Origin;
use crate::capture::form::Forms;
use crate::capture::media::Media;
use crate::capture::scroll::{self, Scroll};
use crate::capture::{Captured, markup};
use crate::consent::{Grant, Signal};
use crate::conversion::Tier;
use crate::effect::{Diagnostic, Effect};
use crate::input::{Document, Input, Now};
use crate::json::{Map, Value};
use crate::options::{ConsentMode, Options, Rule};
use crate::queue::Queue;
use crate::random::Random;
use crate::schema;
use crate::visit::Visit;
use crate::wire::{ConsentRecord, Device, Event, Ledger, Page};

use delivery::Delivery;
use gate::Held;

/// Longest id that `identify` takes, bytes.
const MAX_USER_ID: usize = 256;
/// More micro conversions than this tell less than five.
const MANY_MICROS: usize = 10;

/// A page's tracker.
#[derive(Clone, Debug)]
pub struct Tracker {
    options: Options,
    random: Random,
    engine: String,
    device: Device,
    consent: ConsentRecord,
    stream: String,
    origin: Origin,
    user: Option<String>,
    visit: Option<Visit>,
    past_visits: Vec<Visit>,
    stored_at: u64,
    /// The page came back, and what other pages did meanwhile is being asked for.
    returned: Option<Document>,
    pages: Vec<Page>,
    route: String,
    next_page: u32,
    scroll: Scroll,
    media: Media,
    forms: Forms,
    held: Held,
    queue: Queue,
    delivery: Delivery,
    wake: Option<u64>,
    stopped: bool,
}

impl Tracker {
    /// A tracker that has heard nothing yet. `seed` is 128 bits of the browser's cryptographic randomness.
    #[must_use]
    pub fn new(options: Options, seed: [u64; 2]) -> Self {
        let mut consent = ConsentRecord::default();
        if options.consent.mode == ConsentMode::Granted {
            consent.analytics = Grant::Granted;
            consent.source = Signal::Config;
        }
        Self {
            options,
            random: Random::new(seed),
            engine: String::new(),
            device: Device::default(),
            consent,
            stream: String::new(),
            origin: Origin::default(),
            user: None,
            visit: None,
            past_visits: Vec::new(),
            stored_at: 0,
            returned: None,
            pages: Vec::new(),
            route: String::new(),
            next_page: 0,
            scroll: Scroll::default(),
            media: Media::default(),
            forms: Forms::default(),
            held: Held::default(),
            queue: Queue::default(),
            delivery: Delivery::default(),
            wake: None,
            stopped: false,
        }
    }

    /// Takes an input at a time; adds what is to be done.
    pub fn handle(&mut self, input: Input, now: Now, effects: &mut Vec<Effect>) {
        match input {
            Input::Started(facts) => self.start(facts, now, effects),
            Input::Routed(document) => self.routed(document, now, effects),
            Input::Page(document) => self.view(document, now, effects),
            Input::Returned(document) if self.visit.is_some() => {
                self.returned = Some(document);
                self.show(effects);
            }
            Input::Returned(document) => self.view(document, now, effects),
            Input::Shown => self.show(effects),
            Input::Hidden | Input::Left => self.leave(now, effects),
            Input::Scrolled(position) => {
                if self.options.capture.scroll {
                    let depths = self.scroll.at(position, now.mono_ms, &self.options.scroll);
                    self.scrolled(depths, now, effects);
                }
            }
            Input::Media(fact) => {
                let captured = if self.options.capture.media { self.media.take(&fact) } else { Vec::new() };
                self.capture(captured, now, effects);
            }
            Input::Form(fact) => {
                let captured = if self.options.capture.forms { self.forms.take(&fact) } else { Vec::new() };
                self.capture(captured, now, effects);
            }
            Input::Marked(markup) => self.marked(markup::read(&markup, None), now, effects),
            Input::Ruled { rule, markup } => {
                let rule = self.options.rules.get(rule).map(|Rule { event, params, .. }| (event.as_str(), params));
                let captured = rule.and_then(|rule| markup::read(&markup, Some(rule)));
                self.marked(captured, now, effects);
            }
            Input::Track { name, params, at } => {
                let at = at.map_or(now.wall_ms, |at| at.min(now.wall_ms));
                self.accept(Captured { name, params }, at, now, effects);
            }
            Input::Identify(user) => self.identify(user, effects),
            Input::Consent(choices) => self.choose(&choices, now, effects),
            Input::Loaded(text) => self.loaded(text.as_deref(), now, effects),
            Input::Woken => self.wake = None,
            Input::Settled { batch, outcome } => self.settled(batch, &outcome, now, effects),
            Input::Flush => self.hurry(),
            Input::Reset => self.reset(now, effects),
            Input::Stop => {
                self.hurry();
                self.stopped = true;
            }
        }
        let depths = self.scroll.settle(now.mono_ms, false, &self.options.scroll);
        self.scrolled(depths, now, effects);
        self.pump(now, effects);
        self.set_wake(now, effects);
    }

    /// What became of this stream's events so far.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.queue.ledger()
    }

    /// How many accepted events no answer has settled yet.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.queue.len()
    }

    /// How many events wait in memory for the visitor's choice, and how many were dropped for want of consent.
    #[must_use]
    pub fn held(&self) -> (usize, u64) {
        (self.held.len(), self.held.dropped)
    }

    fn scrolled(&mut self, depths: Vec<u8>, now: Now, effects: &mut Vec<Effect>) {
        self.capture(depths.into_iter().map(scroll::event).collect(), now, effects);
    }

    fn capture(&mut self, captured: Vec<Captured>, now: Now, effects: &mut Vec<Effect>) {
        for captured in captured {
            self.accept(captured, now.wall_ms, now, effects);
        }
    }

    fn marked(&mut self, captured: Option<Captured>, now: Now, effects: &mut Vec<Effect>) {
        let wanted = |captured: &Captured| match captured.name.as_str() {
            "add_to_cart" | "remove_from_cart" | "view_cart" => self.options.capture.cart,
            "begin_checkout" | "add_shipping_info" | "add_payment_info" | "purchase" => self.options.capture.checkout,
            _ => true,
        };
        let captured = captured.into_iter().filter(wanted).collect();
        self.capture(captured, now, effects);
    }

    /// Every event comes through here: validated, then held, queued or counted.
    fn accept(&mut self, captured: Captured, at: u64, now: Now, effects: &mut Vec<Effect>) {
        let Captured { name, mut params } = captured;
        if self.stopped {
            return;
        }
        if let Some(currency) = &self.options.currency {
            let has = |param| params.get(param).is_some();
            if !has("currency") && (has("items") || has("value")) {
                params.insert("currency", currency.as_str());
            }
        }
        if let Err(violation) = schema::check(&name, &mut params) {
            let name = name.chars().take(schema::MAX_NAME).collect();
            let param = violation.param.chars().take(schema::MAX_NAME * 2).collect();
            effects.push(Effect::Diagnose(Diagnostic { code: violation.fault.code(), event: name, param }));
            return;
        }
        let conversion = self.options.conversions.get(&name);
        let event = Event { seq: 0, name, at, page: self.next_page.saturating_sub(1), params, conversion };
        match self.consent.analytics {
            Grant::Denied => self.held.dropped += 1,
            Grant::Granted if self.visit.is_some() => self.enqueue(event, now, effects),
            Grant::Granted | Grant::Unknown => {
                if !self.held.push(event) {
                    diagnose(effects, "waiting_full", "");
                }
            }
        }
    }

    fn enqueue(&mut self, event: Event, now: Now, effects: &mut Vec<Effect>) {
        let session_ms = u64::from(self.options.session_minutes) * 60_000;
        let origin = Origin::new(&self.route, "");
        let Some(visit) = &mut self.visit else { return };
        if event.name == "purchase" {
            let order = event.params.get("transaction_id").and_then(Value::as_str).unwrap_or_default();
            if !visit.first_time(order) {
                effects.push(Effect::Diagnose(Diagnostic { code: "purchase_repeated", event: event.name, param: "transaction_id".into() }));
                return;
            }
            self.stored_at = 0;
        }
        let before = visit.clone();
        if visit.touch(event.at, session_ms, &origin, &mut self.random) {
            self.outlive(before);
            self.stored_at = 0;
        }
        let outcome = event.conversion.as_ref().is_some_and(|conversion| conversion.tier == Tier::Macro);
        let Some(visit) = &self.visit else { return };
        let dropped = self.queue.push(event, visit.epoch, outcome, now.mono_ms);
        if dropped > 0 {
            diagnose(effects, "queue_full", "");
        }
        if outcome {
            self.hurry();
        }
        if now.wall_ms.saturating_sub(self.stored_at) > gate::STORE_EVERY_MS {
            self.store(now, effects);
        }
    }

    fn identify(&mut self, user: String, effects: &mut Vec<Effect>) {
        if user.is_empty() || user.len() > MAX_USER_ID {
            return diagnose(effects, "user_id_invalid", "");
        }
        if self.visit.as_ref().map_or(&self.user, |visit| &visit.user).as_ref() == Some(&user) {
            return;
        }
        self.user = Some(user);
        self.renew_visit(|visit, user| visit.user = user);
        self.stored_at = 0;
    }

    fn set_wake(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let due = [self.scroll.due(), self.next_send(now)].into_iter().flatten().min();
        if due != self.wake {
            self.wake = due;
            effects.push(Effect::Wake { at_mono_ms: due });
        }
    }
}

fn diagnose(effects: &mut Vec<Effect>, code: &'static str, param: &str) {
    effects.push(Effect::Diagnose(Diagnostic { code, event: String::new(), param: param.into() }));
}

/// Reads `[{"mpEvent":…},…]`; what isn't an object of texts is left out.
#[must_use]
pub fn attribute_maps(value: Option<Value>) -> Vec<Map> {
    match value {
        Some(Value::List(list)) => {
            list.into_iter().filter_map(|value| if let Value::Map(map) = value { Some(map) } else { None }).collect()
        }
        _ => Vec::new(),
    }
}
