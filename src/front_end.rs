//! The tracker for Rust front ends (Leptos, Yew, Dioxus): typed events, no JavaScript of one's own.
//!
//! Deliberately not in the npm package: decoding JavaScript objects there costs every visitor bytes.

use core::fmt;

use js_sys::Function;
use milepost_core::json::{Map, from_value, read, to_string};
use milepost_core::options::Options;
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::host::Host;
use crate::shell::Core;

#[wasm_bindgen(module = "/js/host.js")]
extern "C" {
    #[wasm_bindgen(js_name = createHost)]
    fn create_host(settings: &JsValue, report: &Function) -> Host;

    #[wasm_bindgen(method)]
    fn attach(this: &Host, core: &JsValue);

    #[wasm_bindgen(js_name = listen)]
    fn listen(core: &JsValue, settings: &JsValue) -> Function;
}

/// The options are wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionError {
    code: String,
    path: String,
}

impl OptionError {
    /// `option_unknown`, `option_missing` or `option_invalid`.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Where: `batch.maxEvents`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for OptionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code, self.path)
    }
}

impl std::error::Error for OptionError {}
