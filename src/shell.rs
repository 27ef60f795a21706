//! The core as JavaScript sees it: what happens is told, and effects are carried out before `tell` returns.
//!
//! Nothing is borrowed while JavaScript is called: effects go through a queue that the outermost call drains, so a
//! diagnostic handler may call the tracker again.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::Cell;
use core::mem;

use milepost_core::json::Map;
use milepost_core::options::Options;
use milepost_core::{Ask, Now, Tracker};

use crate::host::carry_out;
#[cfg(feature = "std")]
use crate::timer::Timer;

/// One tracker. It lives as long as the page: the way it would be taken down cost every visitor 0.3 kB.
pub(crate) struct Shell {
    /// By which js/host.js knows whom to serve.
    pub(crate) number: u32,
    /// Taken out while it handles an input.
    tracker: Cell<Option<Box<Tracker>>>,
    asks: Cell<Vec<Ask>>,
    draining: Cell<bool>,
    #[cfg(feature = "std")]
    timer: Timer,
}

impl Shell {
    pub(crate) fn new(number: u32, options: Options, seed: [u64; 2]) -> &'static Self {
        Box::leak(Box::new(Self {
            number,
            tracker: Cell::new(Some(Box::new(Tracker::new(options, seed)))),
            asks: Cell::default(),
            draining: Cell::new(false),
            #[cfg(feature = "std")]
            timer: Timer::default(),
        }))
    }

    /// The same as the API for Rust front ends says it, now.
    #[cfg(feature = "std")]
    pub(crate) fn handle(&'static self, input: milepost_core::Input) {
        let (kind, mut told) = input.told();
        self.tell(kind, &mut told, crate::clock::now());
    }

    /// Something happened: a kind that js/host.js numbers, and its fields.
    pub(crate) fn tell(&'static self, kind: u32, told: &mut Map, now: Now) {
        if let Some(mut tracker) = self.tracker.take() {
            let mut asks = self.asks.take();
            tracker.hear(kind, told, now, &mut asks);
            // Neither is there to be dropped: that code alone cost every visitor 0.3 kB.
            mem::forget(self.asks.replace(asks));
            mem::forget(self.tracker.replace(Some(tracker)));
        }
        if self.draining.replace(true) {
            return;
        }
        loop {
            let asks = self.asks.take();
            if asks.is_empty() {
                break;
            }
            for ask in &asks {
                #[cfg(feature = "std")]
                if ask.kind == Ask::WAKE {
                    self.timer.set(self, ask.number);
                    continue;
                }
                carry_out(self.number, ask.kind, ask.number as f64, &ask.text);
            }
        }
        self.draining.set(false);
    }
}
