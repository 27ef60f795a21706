//! What the browser side does for the core: `carryOut` of js/host.js.

use wasm_bindgen::prelude::*;

#[cfg(feature = "std")]
#[wasm_bindgen(module = "/js/host.js")]
extern "C" {
    /// Does what a tracker asks for; never throws.
    #[wasm_bindgen(js_name = carryOut)]
    pub(crate) fn carry_out(tracker: u32, kind: u32, number: f64, text: &str);
}

#[cfg(not(feature = "std"))]
#[wasm_bindgen(raw_module = "#engine")]
extern "C" {
    /// Numbers only: handles of JavaScript objects, and wasm-bindgen's own text and bytes, cost every visitor bytes.
    #[wasm_bindgen(js_name = carryOut)]
    fn carry_out_bytes(tracker: u32, kind: u32, number: f64, text: *const u8, length: usize);
}

/// Does what a tracker asks for; never throws.
#[cfg(not(feature = "std"))]
pub(crate) fn carry_out(tracker: u32, kind: u32, number: f64, text: &str) {
    carry_out_bytes(tracker, kind, number, text.as_ptr(), text.len());
}
