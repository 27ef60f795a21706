//! The tracker: one state machine, driven by [`Input`]s, answering with [`Effect`]s.
//!
//! Same inputs, same effects. Deliberately not here: anything that needs a browser.

mod delivery;
mod gate;
mod kept;
mod pages;
mod replay;
mod when;

use alloc::string::String;
use alloc::vec::Vec;
use core::mem;

use crate::address::{clipped, listed};
use crate::campaign::Origin;
use crate::capture::form::Forms;
use crate::capture::media::Media;
use crate::capture::scroll::Scroll;
use crate::capture::{Captured, markup};
use crate::consent::{Grant, Signals};
use crate::effect::{Ask, Effect, diagnostic};
use crate::input::{Input, Now, ScrollPosition, kind, short};
use crate::json::{Builder, Map, Value, read_or_null};
use crate::options::Options;
use crate::random::Random;
use crate::redact::{self, redact};
use crate::schema;
use crate::wire::{Happened, Ledger, Page};

use gate::Held;
use kept::Kept;
pub(crate) use when::NEVER;

/// Longest id that `identify` takes, bytes.
const MAX_USER_ID: usize = 256;
/// More micro conversions than this tell less than five.
const MANY_MICROS: usize = 10;

const CART_EVENTS: &str = "add_to_cart remove_from_cart view_cart";
const CHECKOUT_EVENTS: &str = "begin_checkout add_shipping_info add_payment_info purchase";

/// A page's tracker.
#[derive(Clone, Debug)]
pub struct Tracker {
    /// The time of the call under way.
    now: Now,
    /// What the call under way has set off so far.
    asks: Vec<Ask>,
    options: Options,
    random: Random,
    /// What [`Input::Started`] told.
    facts: Map,
    signals: Signals,
    /// What the signals come to, from [`Input::Started`] on, and since when.
    analytics: Grant,
    marketing: Grant,
    chosen_at: u64,
    started: bool,
    origin: Origin,
    stored_at: u64,
    pages: Vec<Page>,
    route: String,
    next_page: u32,
    /// Something happened on the current page: its events are told with it.
    page_counts: bool,
    scroll: Scroll,
    media: Media,
    forms: Forms,
    held: Held,
    kept: Kept,
    /// What keys of this page's log begin with.
    log: String,
    /// What waits to be written is written now.
    log_now: bool,
    /// When the log is to be read.
    recover_at: u64,
    /// The page has been left, and may never hear of a timer again.
    gone: bool,
    wake_at: u64,
    stopped: bool,
}

impl Tracker {
    /// A tracker that has heard nothing yet. `seed` is 128 bits of the browser's cryptographic randomness.
    #[must_use]
    pub fn new(options: Options, seed: [u64; 2]) -> Self {
        let mut tracker = Self {
            now: Now::default(),
            asks: Vec::new(),
            options,
            random: Random::new(seed),
            facts: Map::new(),
            signals: Signals::default(),
            analytics: Grant::Unknown,
            marketing: Grant::Unknown,
            chosen_at: 0,
            started: false,
            origin: Origin::default(),
            stored_at: 0,
            pages: Vec::new(),
            route: String::new(),
            next_page: 0,
            page_counts: false,
            scroll: Scroll::new(),
            media: Media::default(),
            forms: Forms::default(),
            held: Held::default(),
            kept: Kept::new(0),
            log: String::new(),
            log_now: false,
            recover_at: NEVER,
            gone: false,
            wake_at: NEVER,
            stopped: false,
        };
        if tracker.options.granted() {
            // A signal like others.
            tracker.signals.heard = members(r#"{"config":{"choices":{"analytics":"granted"}}}"#);
        }
        tracker
    }

    /// Takes an input at a time; adds what is to be done.
    pub fn handle(&mut self, input: Input, now: Now, effects: &mut Vec<Effect>) {
        let (kind, mut told) = input.told();
        let mut asks = Vec::new();
        self.hear(kind, &mut told, now, &mut asks);
        effects.extend(asks.into_iter().map(Effect::from));
    }

    /// The same as js/host.js tells it and is asked for it. Takes out of the fields what is kept.
    pub fn hear(&mut self, kind: u32, told: &mut Map, now: Now, asks: &mut Vec<Ask>) {
        self.now = Now { mono_ms: now.mono_ms.min(NEVER - 1), ..now };
        mem::swap(&mut self.asks, asks);
        self.take(kind, told);
        self.tell_depths(self.now.mono_ms);
        if self.gone && self.kept.visit.is_some() {
            // The page's own last words come after ours.
            self.spill();
        }
        self.write_log();
        self.recover();
        self.pump();
        self.set_wake();
        mem::swap(&mut self.asks, asks);
    }

    /// What became of this stream's events so far.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.kept.queue.ledger()
    }

    /// How many accepted events no answer has settled yet.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.kept.queue.len()
    }

    /// How many events wait in memory for the visitor's choice, and how many were dropped for want of consent.
    #[must_use]
    pub fn held(&self) -> (usize, u64) {
        (self.held.len(), self.held.dropped)
    }

    fn take(&mut self, kind: u32, told: &mut Map) {
        match kind {
            kind::STARTED => self.start(told),
            kind::ROUTED => self.routed(told),
            kind::PAGE => self.view(told),
            kind::RETURNED if self.kept.visit.is_some() => {
                self.kept.returned = Some(mem::take(told));
                self.show();
            }
            kind::RETURNED => {
                self.gone = false;
                self.view(told);
            }
            kind::SHOWN => self.show(),
            kind::HIDDEN => self.leave(),
            kind::LEFT => {
                self.leave();
                self.gone = true;
                if self.kept.visit.is_some() {
                    self.give_way(NEVER);
                }
            }
            kind::SCROLLED if self.options.captures("scroll") => {
                let position = ScrollPosition { top: short(told, "top"), window: short(told, "window"), page: short(told, "page") };
                self.scroll.at(position, self.now.mono_ms);
            }
            kind::MEDIA => {
                while self.options.captures("media")
                    && let Some(captured) = self.media.take(told)
                {
                    self.capture(captured);
                }
            }
            kind::FORM => {
                while self.options.captures("forms")
                    && let Some(captured) = self.forms.take(told)
                {
                    self.capture(captured);
                }
            }
            kind::MARKED => self.marked(told),
            kind::TRACK => {
                let at = told.number("at", u64::MAX).min(self.now.wall_ms);
                self.accept(&mut told.take_text("name"), &mut told.take_map("params"), at);
            }
            kind::IDENTIFY => self.identify(told.text("user")),
            kind::CONSENT => self.choose(told),
            kind::LOADED => self.loaded(told.text("text")),
            kind::ELSEWHERE => self.elsewhere(told.text("text")),
            kind::RECOVERED => self.recovered(told),
            kind::ONLINE => self.online(),
            kind::WOKEN => self.wake_at = NEVER,
            kind::SETTLED => self.settled(told),
            kind::FLUSH => self.hurry(),
            kind::RESET => self.reset(),
            kind::FORGET => {
                self.signals.deny();
                self.decide(self.now.wall_ms);
            }
            kind::STOP => {
                self.hurry();
                self.stopped = true;
            }
            _ => {}
        }
    }

    fn tell_depths(&mut self, mono_ms: u64) {
        while let Some(captured) = self.scroll.next(mono_ms, &self.options) {
            self.capture(captured);
        }
    }

    fn capture(&mut self, mut captured: Captured) {
        self.accept(&mut captured.name, &mut captured.params, self.now.wall_ms);
    }

    fn marked(&mut self, told: &Map) {
        let rule =
            told.get("rule").map(|rule| rule.as_u64().and_then(|rule| self.options.rules.get(rule as usize)).unwrap_or(&Value::Null));
        let Some(captured) = markup::read(told, rule) else { return };
        let wanted = |what, events| self.options.captures(what) || !listed(&captured.name, events);
        if wanted("cart", CART_EVENTS) && wanted("checkout", CHECKOUT_EVENTS) {
            self.capture(captured);
        }
    }

    /// Every event comes through here: validated, then held, queued or counted.
    fn accept(&mut self, name: &mut String, params: &mut Map, at: u64) {
        if self.stopped {
            return;
        }
        let currency = self.options.currency();
        if !currency.is_empty() {
            let has = |param| params.get(param).is_some();
            if !has("currency") && (has("items") || has("value")) {
                params.insert("currency", currency);
            }
        }
        redact::params(params, &self.options.url_params);
        if let Err(violation) = schema::check(name, params) {
            self.kept.queue.invalid += 1;
            let name = clipped(name, schema::MAX_NAME);
            let param = clipped(&violation.param, schema::MAX_NAME * 2);
            return self.tell(violation.fault.code(), &name, &param);
        }
        let mut conversion = Builder::default();
        let outcome = self.options.conversions.write(name, &mut conversion);
        let mut event = Happened {
            seq: 0,
            name: mem::take(name),
            at,
            page: self.next_page.saturating_sub(1),
            params: mem::take(params),
            conversion: conversion.finish(),
            outcome,
        };
        match self.analytics {
            Grant::Denied => self.held.dropped += 1,
            Grant::Granted if self.kept.visit.is_some() => {
                self.page_counts = true;
                self.enqueue(&mut event);
            }
            Grant::Granted | Grant::Unknown => {
                if self.held.push(event) {
                    self.page_counts = true;
                } else {
                    self.diagnose("waiting_full", "");
                }
            }
        }
    }

    fn enqueue(&mut self, event: &mut Happened) {
        let session_ms = self.options.session_ms();
        let visit = &mut self.kept.visit;
        if *event.name == *"purchase" {
            let order = event.params.text("transaction_id");
            if !visit.first_time(order) {
                return self.tell("purchase_repeated", &event.name, "transaction_id");
            }
            self.stored_at = 0;
        }
        if visit.is_over(event.at, session_ms) {
            self.kept.outlive();
            self.kept.visit.begin(event.at, &Origin::new(&self.route, ""), &mut self.random);
            self.stored_at = 0;
        } else {
            visit.stay(event.at);
        }
        let urgent = listed(&event.name, CHECKOUT_EVENTS);
        let page_bytes = self.pages.last().map_or(0, |page| page.url.len() + page.title.len() + page.referrer.len());
        if self.kept.queue.push(event, self.kept.visit.epoch, event.outcome, self.now.mono_ms, page_bytes) {
            self.diagnose("queue_full", "");
            self.trim_log();
        }
        if event.outcome {
            self.hurry();
        }
        self.log_now |= event.outcome || urgent;
        if self.now.wall_ms.saturating_sub(self.stored_at) > gate::STORE_EVERY_MS {
            self.store();
        }
    }

    fn identify(&mut self, user: &str) {
        if user.is_empty() || user.len() > MAX_USER_ID || redact(&mut user.into(), true) {
            return self.diagnose("user_id_invalid", "");
        }
        if *self.kept.visit.user() == *user {
            return;
        }
        if self.kept.visit.is_some() {
            self.kept.outlive();
        }
        self.kept.visit.identify(user);
        self.stored_at = 0;
    }

    #[inline(never)]
    fn diagnose(&mut self, code: &str, param: &str) {
        self.tell(code, "", param);
    }

    #[inline(never)]
    fn tell(&mut self, code: &str, event: &str, param: &str) {
        self.ask(Ask::DIAGNOSE, 0, diagnostic(code, event, param));
    }

    /// Adds something to do with what is kept under a key.
    #[inline(never)]
    fn ask_keyed(&mut self, kind: u32, key: &str, text: &str) {
        let mut whole = String::from(key);
        whole.push_str(text);
        self.ask(kind, key.len() as u64, whole);
    }

    /// Adds something to do that takes no more than saying so.
    #[inline(never)]
    fn ask_for(&mut self, kind: u32) {
        self.ask(kind, 0, String::new());
    }

    /// Adds something to do, unless it is for storage and the site wants none.
    #[inline(never)]
    fn ask(&mut self, kind: u32, number: u64, text: String) {
        if !(Ask::stores(kind) && self.options.cookieless()) {
            self.asks.push(Ask { kind, number, text });
        }
    }
}

/// Sets a text: dropping the old one in each place would cost the browser more.
#[inline(never)]
pub(crate) fn set(slot: &mut String, text: String) {
    *slot = text;
}

/// The members of a JSON object; none when it isn't one.
#[inline(never)]
pub(crate) fn members(json: &str) -> Map {
    read_or_null(json).into_map()
}
