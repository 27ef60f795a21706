//! What the browser side must be able to do for the core: `createHost` of js/host.js.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The browser side of one tracker. None of its methods throws.
    pub type Host;

    /// Posts a batch; its fate comes back by `Core::settled`, unless the page is `leaving`.
    #[wasm_bindgen(method)]
    pub(crate) fn send(this: &Host, batch: u32, body: &str, leaving: bool);

    /// Tells what `persist` kept last, before it returns.
    #[wasm_bindgen(method)]
    pub(crate) fn load(this: &Host);

    /// Keeps a text in the browser.
    #[wasm_bindgen(method)]
    pub(crate) fn persist(this: &Host, text: &str);

    /// Deletes what was kept and gives up the requests under way.
    #[wasm_bindgen(method)]
    pub(crate) fn forget(this: &Host);

    /// Calls `Core::woken` after so many milliseconds; below zero: no more.
    #[cfg(not(feature = "std"))]
    #[wasm_bindgen(method)]
    pub(crate) fn wake(this: &Host, delay_ms: i32);

    /// Tells the site: `{"code","event"?,"param"?}`.
    #[wasm_bindgen(method)]
    pub(crate) fn diagnose(this: &Host, json: &str);
}
