//! The gate: what waits for the visitor's choice, and what the choice sets off.

use alloc::vec::Vec;

use super::{Tracker, members, set};
use crate::consent::Grant;
use crate::effect::Ask;
use crate::json::{Map, integer};
use crate::queue::DropReason;
use crate::tracker::kept::Kept;
use crate::visit::Visit;
use crate::wire::Happened;

/// Most events that wait for a choice.
const MAX_HELD: usize = 200;
/// Most bytes of events that wait for a choice.
const MAX_HELD_BYTES: usize = 64 * 1024;
/// What is kept of the visit is written anew at most so often while the visitor is active.
pub(super) const STORE_EVERY_MS: u64 = 30_000;

/// Events that wait in memory for the visitor's choice.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    events: Vec<Happened>,
    bytes: usize,
    /// Events dropped for want of consent or of room before it: told to nobody but the page.
    pub(super) dropped: u64,
}

impl Held {
    /// Whether there was room.
    pub(super) fn push(&mut self, event: Happened) -> bool {
        let bytes = event.to_json().len();
        if self.events.len() >= MAX_HELD || self.bytes + bytes > MAX_HELD_BYTES {
            self.dropped += 1;
            return false;
        }
        self.bytes += bytes;
        self.events.push(event);
        true
    }

    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    fn take(&mut self) -> Vec<Happened> {
        self.bytes = 0;
        core::mem::take(&mut self.events)
    }

    fn drop_all(&mut self) {
        self.dropped += self.take().len() as u64;
    }
}

impl Tracker {
    pub(super) fn choose(&mut self, told: &mut Map) {
        let at = told.number("at", u64::MAX).min(self.now.wall_ms);
        match self.signals.hear(told) {
            Ok(()) => self.decide(at),
            Err(purpose) => self.diagnose("consent_invalid", &purpose),
        }
    }

    /// Does what the signals come to. Until the page is there it isn't known what the browser refuses.
    pub(super) fn decide(&mut self, at: u64) {
        if !self.started {
            return;
        }
        let (before, marketing) = (self.analytics, self.marketing);
        self.chosen_at = at;
        self.analytics = self.signals.grant("analytics");
        self.marketing = self.signals.grant("marketing");
        match (before, self.analytics) {
            // Click ids are kept, or not any more.
            (Grant::Granted, Grant::Granted) => {
                if marketing != self.marketing {
                    self.kept.queue.rewrite();
                }
                self.store();
            }
            (_, Grant::Granted) => self.open(),
            (Grant::Granted, _) | (_, Grant::Denied) => self.close(),
            (_, Grant::Unknown) => {}
        }
    }

    /// Consent is there: what was kept of the visitor may be read.
    pub(super) fn open(&mut self) {
        let stream = self.random.hex(1);
        let mut log = integer(self.now.wall_ms);
        log.push('.');
        log.push_str(&stream);
        set(&mut self.log, log);
        set(&mut self.kept.stream, stream);
        self.load();
    }

    /// Asks for what was kept of the visitor, and for the log.
    fn load(&mut self) {
        self.recover_now();
        if self.options.cookieless() {
            self.loaded("");
        } else {
            self.ask_for(Ask::LOAD);
        }
    }

    /// What was kept of the visitor was changed by another tab, or is gone.
    pub(super) fn elsewhere(&mut self, text: &str) {
        let mut at = self.now.wall_ms;
        if !text.is_empty() {
            let mut kept = members(text);
            at = kept.number("chosen", 0).min(at);
            if at <= self.chosen_at {
                return;
            }
            self.signals.follow(kept.take("marketing"));
        } else if self.analytics == Grant::Granted && !self.options.cookieless() {
            self.signals.deny();
        } else {
            return;
        }
        let returned = self.kept.returned.take();
        self.decide(at);
        self.view_returned(returned);
    }

    #[inline(never)]
    fn view_returned(&mut self, returned: Option<Map>) {
        if let Some(document) = returned {
            self.view(&document);
        }
    }

    /// What was kept of the visitor is here: the visit goes on or begins, and what waited for consent is queued.
    pub(super) fn loaded(&mut self, text: &str) {
        if self.kept.stream.is_empty() {
            return;
        }
        let mut stored = Visit::restore(text, self.now);
        if self.kept.visit.is_some() {
            // Another tab may have gone on with the visit, or begun the next one.
            if self.kept.visit.merge(&stored) {
                self.kept.replace(&mut stored);
            }
            let returned = self.kept.returned.take();
            return self.view_returned(returned);
        }
        let mut held = self.held.take();
        let started_at = held.first().map_or(self.now.wall_ms, |event| event.at);
        if stored.is_over(started_at, self.options.session_ms()) {
            stored.begin(started_at, &self.origin, &mut self.random);
        }
        stored.stay(started_at);
        if !self.kept.visit.user().is_empty() {
            stored.identify(self.kept.visit.user());
        }
        self.kept.replace(&mut stored);
        self.stored_at = 0;
        for event in &mut held {
            self.enqueue(event);
        }
        self.log_now = true;
        if self.stored_at == 0 {
            self.store();
        }
    }

    pub(super) fn show(&mut self) {
        self.gone = false;
        if self.kept.visit.is_some() {
            self.kept.queue.stay();
            self.load();
        }
    }

    pub(super) fn store(&mut self) {
        if self.kept.visit.is_some() {
            let text = self.kept.visit.store(self.marketing, self.chosen_at);
            self.stored_at = self.now.wall_ms;
            self.ask(Ask::PERSIST, 0, text);
        }
    }

    /// Forget who this is: what waits still goes out under the old ids, what comes gets new ones.
    pub(super) fn reset(&mut self) {
        let kept = &mut self.kept;
        if kept.visit.is_some() {
            kept.outlive();
            kept.visit.forget();
            kept.visit.begin(self.now.wall_ms, &self.origin, &mut self.random);
        } else {
            kept.visit.forget();
        }
        self.store();
    }

    /// Consent is refused or taken back: everything stops and nothing is kept.
    fn close(&mut self) {
        self.held.drop_all();
        if self.kept.queue.len() > 0 {
            self.diagnose(DropReason::ConsentWithdrawn.code(), "");
        }
        self.held.dropped += self.kept.queue.len() as u64;
        self.kept = Kept::new(self.kept.delivery.next_batch);
        self.forget_past();
        self.ask_for(Ask::FORGET);
    }
}
