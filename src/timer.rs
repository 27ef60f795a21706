//! The one timer of a tracker: gloo-timers where std is, the host's `setTimeout` in the npm package, which is built without.

use alloc::rc::Rc;

use crate::host::Host;
use crate::shell::Inner;

#[cfg(feature = "std")]
#[derive(Default)]
pub(crate) struct Timer(core::cell::RefCell<Option<gloo_timers::callback::Timeout>>);

#[cfg(not(feature = "std"))]
#[derive(Default)]
pub(crate) struct Timer;

impl Timer {
    /// Wakes the tracker after so many milliseconds, instead of at an earlier wish; below zero: not at all.
    #[cfg(feature = "std")]
    pub(crate) fn set(&self, tracker: &Rc<Inner>, _: &Host, delay_ms: i32) {
        let tracker = Rc::downgrade(tracker);
        let timeout = u32::try_from(delay_ms).ok().map(|delay_ms| {
            gloo_timers::callback::Timeout::new(delay_ms, move || {
                if let Some(tracker) = tracker.upgrade() {
                    tracker.handle(milepost_core::Input::Woken);
                }
            })
        });
        self.0.replace(timeout);
    }

    #[cfg(not(feature = "std"))]
    pub(crate) fn set(&self, _: &Rc<Inner>, host: &Host, delay_ms: i32) {
        host.wake(delay_ms);
    }
}
