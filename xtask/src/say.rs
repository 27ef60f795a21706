//! Progress for the person who waits, always on standard error: standard output belongs to results.
//! Not here: results themselves, which each chore prints.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{JoinHandle, spawn};
use std::time::{Duration, Instant};

const HEARTBEAT: Duration = Duration::from_secs(20);

/// Announces the next step: what, and why where that isn't plain.
pub(crate) fn step(what: &str) {
    eprintln!("==> {what}");
}

/// Adds a line to the current step.
pub(crate) fn note(text: &str) {
    eprintln!("    {text}");
}

/// Says every 20 seconds that a step is still under way, until dropped.
pub(crate) struct Heartbeat {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Heartbeat {
    pub(crate) fn start(what: &str) -> Self {
        let (stop, stopped) = channel::<()>();
        let what = what.to_owned();
        let thread = spawn(move || {
            let begun = Instant::now();
            while stopped.recv_timeout(HEARTBEAT) == Err(RecvTimeoutError::Timeout) {
                note(&format!("… still under way after {} s: {what}", begun.elapsed().as_secs()));
            }
        });
        Self { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A heartbeat that panicked has nothing left to stop.
            let _ = thread.join();
        }
    }
}
