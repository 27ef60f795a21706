//! Reads of the browser that an input carries: the page's address and title, the device, the time.

use alloc::string::{String, ToString};

use milepost_core::{Document, Facts, Now};
use web_sys::Window;

/// A phone's screen is narrower than this, CSS pixels; a tablet is a wider screen that is touched first.
const PHONE_BELOW: i32 = 600;

pub(crate) fn now() -> Now {
    let mono = web_sys::window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now());
    Now { wall_ms: js_sys::Date::now() as u64, mono_ms: mono as u64 }
}

pub(crate) fn document() -> Document {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return Document::default() };
    Document {
        url: document.location().and_then(|location| location.href().ok()).unwrap_or_default(),
        title: document.title(),
        referrer: document.referrer(),
    }
}

pub(crate) fn facts() -> Facts {
    let Some(window) = web_sys::window() else { return Facts::default() };
    let screen = window.screen().ok();
    let (width, height) = screen.and_then(|screen| screen.width().ok().zip(screen.height().ok())).unwrap_or_default();
    let touched = window.match_media("(pointer:coarse)").ok().flatten().is_some_and(|query| query.matches());
    let class = match touched {
        true if width.min(height) < PHONE_BELOW => "mobile",
        true => "tablet",
        false => "desktop",
    };
    Facts {
        document: document(),
        device_class: class.to_string(),
        language: window.navigator().language().unwrap_or_default(),
        screen: by(width, height),
        viewport: viewport(&window),
        engine: "wasm".to_string(),
    }
}

fn viewport(window: &Window) -> String {
    let size = |value: Result<wasm_bindgen::JsValue, _>| value.ok().and_then(|value| value.as_f64()).unwrap_or_default() as i32;
    by(size(window.inner_width()), size(window.inner_height()))
}

fn by(width: i32, height: i32) -> String {
    let mut text = milepost_core::json::to_string(&width);
    text.push('x');
    text.push_str(&milepost_core::json::to_string(&height));
    text
}
