//! When something is due by the monotonic clock, and being woken for the earliest.
//! Deliberately not here: what is due then.

use alloc::string::String;

use super::Tracker;
use crate::effect::Ask;

/// A time that doesn't come: an option would cost the browser more.
pub(crate) const NEVER: u64 = u64::MAX;

/// So long after a time that comes.
#[inline(never)]
pub(super) fn later(at: u64, ms: u64) -> u64 {
    at.saturating_add(ms).min(NEVER - 1)
}

impl Tracker {
    pub(super) fn set_wake(&mut self) {
        let due = self.scroll.due().min(self.next_send()).min(self.next_log()).min(self.next_recovery());
        if due != self.wake_at {
            self.wake_at = due;
            self.ask(Ask::WAKE, if due == NEVER { 0 } else { due }, String::new());
        }
    }
}
