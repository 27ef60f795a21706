//! The core as JavaScript sees it: what happens is told, and effects are carried out before `tell` returns.
//!
//! Nothing is borrowed while JavaScript is called: effects go through a queue that the outermost call drains, so a
//! diagnostic handler may call the tracker again.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::Cell;

use milepost_core::json::read;
use milepost_core::options::Options;
use milepost_core::{Effect, Input, Tracker, Urgency};
use wasm_bindgen::prelude::*;

use crate::clock;
use crate::host::Host;
use crate::timer::Timer;

/// One tracker. It lives as long as the page: the way it would be taken down cost every visitor 0.3 kB.
#[wasm_bindgen]
pub struct Core(&'static Inner);

pub(crate) struct Inner {
    /// Taken out while it handles an input.
    tracker: Cell<Option<Box<Tracker>>>,
    host: Host,
    effects: Cell<Vec<Effect>>,
    draining: Cell<bool>,
    timer: Timer,
}

#[wasm_bindgen]
impl Core {
    /// A tracker for these options (JSON), which js/options.ts has checked, seeded with 128 random bits.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str, host: Host, seed_high: u64, seed_low: u64) -> Core {
        let options = Options::checked(read(options).unwrap_or_default());
        Self::with_options(options, host, [seed_high, seed_low])
    }

    /// Something happened: a kind that js/host.js numbers, and its fields as JSON.
    pub fn tell(&self, kind: u32, fields: &str) {
        if let Some(input) = Input::read(kind, read(fields).unwrap_or_default().into_map()) {
            self.0.handle(input);
        }
    }
}

impl Core {
    pub(crate) fn with_options(options: Options, host: Host, seed: [u64; 2]) -> Self {
        Self(Box::leak(Box::new(Inner {
            tracker: Cell::new(Some(Box::new(Tracker::new(options, seed)))),
            host,
            effects: Cell::default(),
            draining: Cell::new(false),
            timer: Timer::default(),
        })))
    }

    #[cfg(feature = "std")]
    pub(crate) fn inner(&self) -> &'static Inner {
        self.0
    }
}

impl Inner {
    pub(crate) fn handle(&'static self, input: Input) {
        if let Some(mut tracker) = self.tracker.take() {
            let mut effects = self.effects.take();
            tracker.handle(input, clock::now(), &mut effects);
            self.effects.set(effects);
            self.tracker.set(Some(tracker));
        }
        if self.draining.replace(true) {
            return;
        }
        loop {
            let effects = self.effects.take();
            if effects.is_empty() {
                break;
            }
            for effect in effects {
                self.carry_out(effect);
            }
        }
        self.draining.set(false);
    }

    fn carry_out(&'static self, effect: Effect) {
        match effect {
            Effect::Send { batch, body, urgency } => self.host.send(batch, &body, urgency == Urgency::Leaving),
            Effect::Load => self.host.load(),
            Effect::Persist(text) => self.host.persist(&text),
            Effect::Forget => self.host.forget(),
            Effect::Wake { at_mono_ms } => {
                // Rounded up: a timer that fires a fraction early would find nothing due.
                let wait = |at: u64| i32::try_from(at.saturating_sub(clock::now().mono_ms) + 1).unwrap_or(i32::MAX);
                self.timer.set(self, &self.host, at_mono_ms.map_or(-1, wait));
            }
            Effect::Diagnose(diagnostic) => self.host.diagnose(&diagnostic.to_json()),
        }
    }
}
