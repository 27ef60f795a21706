//! What the npm package's wasm exports: free functions of numbers and UTF-8, trackers being numbers too.
//!
//! wasm-bindgen's classes and handles of JavaScript objects would cost every visitor bytes; see ARCHITECTURE.md, "Weight".

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::Cell;

use milepost_core::Now;
use milepost_core::json::{Value, read_or_null};
use milepost_core::options::Options;
use wasm_bindgen::prelude::*;

use crate::runtime::Alone;
use crate::shell::Shell;

/// A tracker of the page, and those before it: a `Vec` of them brings code of its own that makes it longer, 0.2 kB.
struct Started {
    shell: &'static Shell,
    before: Option<&'static Started>,
}

/// The last one.
static LAST: Alone<Cell<Option<&'static Started>>> = Alone::new(Cell::new(None));

/// What the next call is given, UTF-8. wasm-bindgen's own way to hand bytes over costs every visitor 0.2 kB.
static TEXT: Alone<Cell<Vec<u8>>> = Alone::new(Cell::new(Vec::new()));

/// Where the text of the next call goes, of so many bytes.
#[wasm_bindgen]
pub fn room(length: usize) -> *mut u8 {
    let mut text = vec![0; length];
    let at = text.as_mut_ptr();
    TEXT.set(text);
    at
}

/// A tracker for the options in the text (JSON), which js/options.ts has checked, seeded with 128 random bits. Returns its number.
#[wasm_bindgen]
pub fn create(a: u32, b: u32, c: u32, d: u32) -> u32 {
    let options = Options::checked(value());
    let seed = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
    let before = LAST.get();
    let number = before.map_or(0, |last| last.shell.number + 1);
    let shell = Shell::new(number, options, [seed(a, b), seed(c, d)]);
    LAST.set(Some(Box::leak(Box::new(Started { shell, before }))));
    number
}

/// Something happened to a tracker: a kind that js/host.js numbers, and its fields as JSON in the text.
#[wasm_bindgen]
pub fn tell(tracker: u32, kind: u32, wall_ms: f64, mono_ms: f64) {
    let mut last = LAST.get();
    while let Some(started) = last
        && started.shell.number != tracker
    {
        last = started.before;
    }
    if let Some(started) = last {
        started.shell.tell(kind, &mut value().into_map(), Now { wall_ms: wall_ms as u64, mono_ms: mono_ms as u64 });
    }
}

fn value() -> Value {
    let text = TEXT.take();
    #[expect(unsafe_code, reason = "checking it again costs every visitor 0.2 kB")]
    // SAFETY: js/engine.ts, the only caller, has it from a TextEncoder.
    let json = unsafe { str::from_utf8_unchecked(&text) };
    read_or_null(json)
}
