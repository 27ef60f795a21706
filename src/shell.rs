//! The core as JavaScript sees it: what happens is told, and effects are carried out before `tell` returns.
//!
//! Nothing is borrowed while JavaScript is called: effects go through a queue that the outermost call drains, so a
//! diagnostic handler may call the tracker again.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::Cell;
use core::mem;

use milepost_core::options::Options;
use milepost_core::{Effect, Input, Now, Tracker, Urgency};

use crate::host::{self, carry_out};
use crate::timer::Timer;

/// One tracker. It lives as long as the page: the way it would be taken down cost every visitor 0.3 kB.
pub(crate) struct Shell {
    /// By which js/host.js knows whom to serve.
    pub(crate) number: u32,
    /// Taken out while it handles an input.
    tracker: Cell<Option<Box<Tracker>>>,
    effects: Cell<Vec<Effect>>,
    draining: Cell<bool>,
    timer: Timer,
}

impl Shell {
    pub(crate) fn new(number: u32, options: Options, seed: [u64; 2]) -> &'static Self {
        Box::leak(Box::new(Self {
            number,
            tracker: Cell::new(Some(Box::new(Tracker::new(options, seed)))),
            effects: Cell::default(),
            draining: Cell::new(false),
            timer: Timer::default(),
        }))
    }

    pub(crate) fn handle(&'static self, mut input: Input, now: Now) {
        if let Some(mut tracker) = self.tracker.take() {
            let mut effects = self.effects.take();
            tracker.handle_mut(&mut input, now, &mut effects);
            self.effects.set(effects);
            // There is none to drop: that code alone cost every visitor 0.3 kB.
            mem::forget(self.tracker.replace(Some(tracker)));
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
        let ask = |kind, number, text: &str| carry_out(self.number, kind, number, text);
        match effect {
            Effect::Send { batch, body, urgency: Urgency::Normal } => ask(host::SEND, batch.into(), &body),
            Effect::Send { body, .. } => ask(host::BEACON, 0.0, &body),
            Effect::Load => ask(host::LOAD, 0.0, ""),
            Effect::Persist(text) => ask(host::PERSIST, 0.0, &text),
            Effect::Log { key, text } => ask(host::LOG, key.len() as f64, &(key + &text)),
            Effect::Spill { key, text } => ask(host::SPILL, key.len() as f64, &(key + &text)),
            Effect::Unlog { key } => ask(host::UNLOG, 0.0, &key),
            Effect::Recover => ask(host::RECOVER, 0.0, ""),
            Effect::Release => ask(host::RELEASE, 0.0, ""),
            Effect::Forget => ask(host::FORGET, 0.0, ""),
            Effect::Wake { at_mono_ms } => self.timer.set(self, at_mono_ms),
            Effect::Diagnose(diagnostic) => ask(host::DIAGNOSE, 0.0, &diagnostic.to_json()),
        }
    }
}
