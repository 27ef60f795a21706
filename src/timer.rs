//! The one timer of a tracker where std is; the npm package, which is built without, has the host's `setTimeout`.

use core::cell::RefCell;

use gloo_timers::callback::Timeout;
use milepost_core::Input;

use crate::clock::now;
use crate::shell::Shell;

#[derive(Default)]
pub(crate) struct Timer(RefCell<Option<Timeout>>);

impl Timer {
    /// Wakes the tracker at this time, instead of at an earlier wish; no more when it is 0.
    pub(crate) fn set(&self, shell: &'static Shell, at_mono_ms: u64) {
        let wake = || shell.handle(Input::Woken);
        // Rounded up: a timer that fires a fraction early would find nothing due.
        let wait = u32::try_from(at_mono_ms.saturating_sub(now().mono_ms) + 1).unwrap_or(u32::MAX);
        self.0.replace((at_mono_ms > 0).then(|| Timeout::new(wait, wake)));
    }
}
