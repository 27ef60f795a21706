//! All that a refusal forgets, in one place.
//! Deliberately not here: what becomes of it meanwhile.

use alloc::string::String;
use alloc::vec::Vec;
use core::mem;

use super::delivery::Delivery;
use super::replay::Replay;
use crate::json::Map;
use crate::queue::Queue;
use crate::visit::Visit;

/// What events with consent go out with.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    pub(super) stream: String,
    pub(super) visit: Visit,
    pub(super) past_visits: Vec<Visit>,
    /// The page came back, and what other pages did meanwhile is being asked for.
    pub(super) returned: Option<Map>,
    pub(super) queue: Queue,
    pub(super) delivery: Delivery,
    /// Parts of the log that were written, by key.
    pub(super) logged: Map,
    pub(super) replay: Replay,
}

impl Kept {
    /// A new start, whose batches have other numbers than those before: late answers to them aren't taken for its own.
    #[inline(never)]
    pub(super) fn new(next_batch: u32) -> Self {
        let mut kept = Self::default();
        kept.delivery.next_batch = next_batch;
        kept
    }

    /// What the envelope says of the visit is about to change: events so far keep what it is now.
    #[inline(never)]
    pub(super) fn outlive(&mut self) {
        if self.queue.names_epoch(self.visit.epoch) {
            self.past_visits.push(self.visit.copy());
        }
        self.visit.epoch += 1;
    }

    /// Another visit from now on.
    // In two places: see `Options::captures`.
    #[inline(always)]
    pub(super) fn replace(&mut self, visit: &mut Visit) {
        self.outlive();
        visit.epoch = self.visit.epoch;
        mem::swap(&mut self.visit, visit);
    }
}
