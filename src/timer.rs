//! The one timer of a tracker: gloo-timers where std is, the host's `setTimeout` in the npm package, which is built without.

use crate::shell::Shell;

#[derive(Default)]
pub(crate) struct Timer {
    #[cfg(feature = "std")]
    timeout: core::cell::RefCell<Option<gloo_timers::callback::Timeout>>,
}

impl Timer {
    /// Wakes the tracker at this time, instead of at an earlier wish, or no more.
    #[cfg(feature = "std")]
    pub(crate) fn set(&self, shell: &'static Shell, at_mono_ms: Option<u64>) {
        use crate::clock::now;
        let wake = || shell.handle(milepost_core::Input::Woken, now());
        // Rounded up: a timer that fires a fraction early would find nothing due.
        let wait = |at: u64| u32::try_from(at.saturating_sub(now().mono_ms) + 1).unwrap_or(u32::MAX);
        self.timeout.replace(at_mono_ms.map(|at| gloo_timers::callback::Timeout::new(wait(at), wake)));
    }

    #[cfg(not(feature = "std"))]
    pub(crate) fn set(&self, shell: &'static Shell, at_mono_ms: Option<u64>) {
        crate::host::carry_out(shell.number, crate::host::WAKE, at_mono_ms.unwrap_or_default() as f64, "");
    }
}
