//! What the npm package's wasm exports: free functions of numbers and text, trackers being numbers too.
//!
//! wasm-bindgen's classes and handles of JavaScript objects would cost every visitor bytes; see ARCHITECTURE.md, "Weight".

use alloc::vec::Vec;
use core::cell::Cell;

use milepost_core::json::read;
use milepost_core::options::Options;
use milepost_core::{Input, Now};
use wasm_bindgen::prelude::*;

use crate::runtime::Alone;
use crate::shell::Shell;

/// All trackers of the page.
static SHELLS: Alone<Cell<Vec<&'static Shell>>> = Alone::new(Cell::new(Vec::new()));

/// A tracker for these options (JSON), which js/options.ts has checked, seeded with 128 random bits. Returns its number.
#[wasm_bindgen]
pub fn create(options: &str, a: u32, b: u32, c: u32, d: u32) -> u32 {
    let options = Options::checked(read(options).unwrap_or_default());
    let seed = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
    let mut shells = SHELLS.take();
    let number = shells.len() as u32;
    shells.push(Shell::new(number, options, [seed(a, b), seed(c, d)]));
    SHELLS.set(shells);
    number
}

/// Something happened to a tracker: a kind that js/host.js numbers, and its fields as JSON.
#[wasm_bindgen]
pub fn tell(tracker: u32, kind: u32, fields: &str, wall_ms: f64, mono_ms: f64) {
    let shells = SHELLS.take();
    let shell = shells.get(tracker as usize).copied();
    SHELLS.set(shells);
    let input = Input::read(kind, read(fields).unwrap_or_default().into_map());
    if let (Some(shell), Some(input)) = (shell, input) {
        shell.handle(input, Now { wall_ms: wall_ms as u64, mono_ms: mono_ms as u64 });
    }
}
