//! The one timer of a tracker: gloo-timers where std is, the host's `setTimeout` in the npm package, which is built without.

use crate::host::Host;
use crate::shell::Inner;

#[derive(Default)]
pub(crate) struct Timer {
    #[cfg(feature = "std")]
    timeout: core::cell::RefCell<Option<gloo_timers::callback::Timeout>>,
}

impl Timer {
    /// Wakes the tracker after so many milliseconds, instead of at an earlier wish; below zero: not at all.
    #[cfg(feature = "std")]
    pub(crate) fn set(&self, tracker: &'static Inner, _: &Host, delay_ms: i32) {
        let wake = || tracker.handle(milepost_core::Input::Woken);
        let timeout = u32::try_from(delay_ms).ok().map(|delay_ms| gloo_timers::callback::Timeout::new(delay_ms, wake));
        self.timeout.replace(timeout);
    }

    #[cfg(not(feature = "std"))]
    pub(crate) fn set(&self, _: &'static Inner, host: &Host, delay_ms: i32) {
        host.wake(delay_ms);
    }
}
