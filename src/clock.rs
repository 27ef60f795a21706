//! The time of a call.

use milepost_core::Now;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// web-sys reaches it through `window()`, whose checks cost the tag 3 kB.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn monotonic() -> f64;

    /// js-sys brings 2 kB with it.
    #[wasm_bindgen(js_namespace = Date, js_name = now)]
    fn wall() -> f64;
}

pub(crate) fn now() -> Now {
    Now { wall_ms: wall() as u64, mono_ms: monotonic() as u64 }
}
