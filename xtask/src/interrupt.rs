//! Ctrl-c and termination: remembers the wish to stop and passes it on to the processes that xtask started.
//! Not here: how they are started (process.rs).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::failure::{Context, Failure, Outcome};

/// Exit code of a process that was interrupted.
pub(crate) const INTERRUPTED: u8 = 130;

/// How long processes may take to end once they were asked to.
#[cfg(unix)]
const GRACE: Duration = Duration::from_secs(5);

static ASKED: AtomicBool = AtomicBool::new(false);
static RUNNING: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// Starts listening. The first signal ends the children, so that whoever waits for one returns
/// and cleans up; a second one ends xtask at once.
pub(crate) fn attach() -> Outcome {
    ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::SeqCst) {
            std::process::exit(i32::from(INTERRUPTED));
        }
        for pid in running().iter() {
            end_group(*pid);
        }
    })
    .context("listening for ctrl-c")
}

/// Whether someone asked to stop.
pub(crate) fn asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}

/// A failure once someone asked to stop: called before each wait.
pub(crate) fn check() -> Outcome {
    if asked() { Err(Failure::new("interrupted")) } else { Ok(()) }
}

/// Waits until someone asks to stop.
pub(crate) fn wait() {
    while !asked() {
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// A child that is told when someone asks to stop, as long as this lives.
pub(crate) struct Registered(u32);

impl Registered {
    pub(crate) fn new(pid: u32) -> Self {
        running().push(pid);
        if asked() {
            end_group(pid);
        }
        Self(pid)
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        running().retain(|pid| *pid != self.0);
        if asked() {
            outlast_group(self.0);
        }
    }
}

/// Asks the process group that a child leads to end: the child and what it started.
#[cfg(unix)]
pub(crate) fn end_group(leader: u32) {
    if let Ok(pid) = i32::try_from(leader) {
        // It may have ended by itself in between.
        let _ = nix::sys::signal::killpg(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGTERM);
    }
}

/// Gives what a leader left behind a moment to end by itself, then kills it.
#[cfg(unix)]
fn outlast_group(leader: u32) {
    use nix::sys::signal::{Signal, killpg};
    let Ok(pid) = i32::try_from(leader) else { return };
    let group = nix::unistd::Pid::from_raw(pid);
    let begun = std::time::Instant::now();
    while killpg(group, None).is_ok() {
        if begun.elapsed() > GRACE {
            // Whatever is still there ends now, or did so in between.
            let _ = killpg(group, Signal::SIGKILL);
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Where there are no process groups, the console passes ctrl-c on by itself.
#[cfg(not(unix))]
pub(crate) fn end_group(_leader: u32) {}

#[cfg(not(unix))]
fn outlast_group(_leader: u32) {}

fn running() -> std::sync::MutexGuard<'static, Vec<u32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}
