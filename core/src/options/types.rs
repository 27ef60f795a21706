//! The options as they are typed in TypeScript.
//! Deliberately not here: anything that reads them, which is done in JSON.

use alloc::string::String;
use alloc::vec::Vec;

use crate::json::Map;

/// Everything a site can set. Names are those of the JavaScript API.
#[derive(ts_rs::TS)]
#[ts(rename_all = "camelCase")]
pub struct Options {
    /// Names the data set: 1 to 64 letters, digits, dots, hyphens and underscores.
    pub site: String,
    /// Address of the collector, without a path of its own: `https://collect.example.com`.
    #[ts(type = "string")]
    pub collector: (),
    /// When events may be stored and sent.
    #[ts(optional, as = "Option<ConsentOptions>")]
    pub consent: ConsentOptions,
    /// What is captured without a call.
    #[ts(optional, as = "Option<Capture>")]
    pub capture: Capture,
    /// How scroll depth is measured.
    #[ts(optional, as = "Option<ScrollOptions>")]
    pub scroll: ScrollOptions,
    /// Which events count as what: `ecommerce`, `saas`, `lead`, `media`, or a map of event names to definitions.
    #[ts(optional, type = "Preset | Record<string, Definition>")]
    pub conversions: (),
    /// Events for markup that can't carry `data-mp-*` attributes.
    #[ts(optional, as = "Option<Vec<Rule>>")]
    pub rules: (),
    /// Currency of events that say none, three capital letters (ISO 4217).
    #[ts(optional)]
    pub currency: Option<String>,
    /// Names of parameters that addresses of pages keep; all others are left out, but for what tells of a campaign.
    #[ts(optional, type = "readonly string[]")]
    pub url_params: (),
    /// When events are sent.
    #[ts(optional, as = "Option<BatchOptions>")]
    pub batch: BatchOptions,
    /// Nothing at all is kept in the browser, and there is no visitor id: a visit lives as long as the page.
    #[ts(optional, as = "Option<bool>")]
    pub cookieless: bool,
    /// Minutes without activity after which a visit is over, 1 to 1440; 30 by default.
    #[ts(optional, as = "Option<u32>")]
    pub session_minutes: u32,
}

/// When events may be stored and sent.
#[derive(ts_rs::TS)]
#[ts(rename_all = "camelCase")]
pub struct ConsentOptions {
    /// `required` (the default): only once the signals grant `analytics`. `granted`: at once, where the law needs no consent.
    #[ts(optional, as = "Option<ConsentMode>")]
    pub mode: ConsentMode,
    /// What else is listened to beside `setConsent`. Where several govern a purpose, the strictest wins.
    #[ts(optional, type = "readonly ConsentSignal[]")]
    pub signals: (),
    /// What a browser refuses that sends Global Privacy Control; `["marketing"]` by default.
    #[ts(optional, type = "readonly Purpose[]")]
    pub gpc: (),
    /// What a browser refuses that sends Do Not Track; nothing by default.
    #[ts(optional, type = "readonly Purpose[]")]
    pub dnt: (),
}

/// Whether consent must be given first.
#[derive(ts_rs::TS)]
#[ts(rename_all = "camelCase")]
pub enum ConsentMode {
    /// It must.
    Required,
    /// The site needs none.
    Granted,
}

/// What is captured without a call; all of it by default.
#[derive(ts_rs::TS)]
#[ts(rename_all = "camelCase")]
pub struct Capture {
    /// `page_view` on load, on history changes and on return from the back/forward cache.
    #[ts(optional, as = "Option<bool>")]
    pub page_views: bool,
    /// `scroll` at each configured depth.
    #[ts(optional, as = "Option<bool>")]
    pub scroll: bool,
    /// `video_*` and `audio_*` of media elements.
    #[ts(optional, as = "Option<bool>")]
    pub media: bool,
    /// `form_start`, `form_submit`, `form_error`; never a field's value.
    #[ts(optional, as = "Option<bool>")]
    pub forms: bool,
    /// `add_to_cart`, `remove_from_cart` and `view_cart` from markup and rules.
    #[ts(optional, as = "Option<bool>")]
    pub cart: bool,
    /// `begin_checkout`, `add_shipping_info`, `add_payment_info` and `purchase` from markup and rules.
    #[ts(optional, as = "Option<bool>")]
    pub checkout: bool,
}

/// How scroll depth is measured.
#[derive(ts_rs::TS)]
#[ts(rename_all = "camelCase")]
pub struct ScrollOptions {
    /// Depths in percent of the page's height, 1 to 100, at most 20; 25, 50, 75, 90 and 100 by default.
    #[ts(optional, as = "Option<Vec<u8>>")]
    pub depths: Vec<u32>,
    /// Whether a page that fits the window counts as scrolled to its end; no by default.
    #[ts(optional, as = "Option<bool>")]
    pub short_pages: bool,
}

/// When events are sent: whichever comes first.
#[derive(ts_rs::TS)]
#[ts(rename_all = "camelCase")]
pub struct BatchOptions {
    /// So many events wait, 1 to 500; 50 by default.
    #[ts(optional, as = "Option<u32>")]
    pub max_events: u32,
    /// So many bytes of events wait, 1,000 to 60,000; 16,000 by default.
    #[ts(optional, as = "Option<u32>")]
    pub max_bytes: u32,
    /// The oldest has waited so many milliseconds, 0 to 600,000; 5,000 by default.
    #[ts(optional, as = "Option<u32>")]
    pub max_wait_ms: u32,
}

/// An event for elements that match a selector.
#[derive(ts_rs::TS)]
#[ts(rename_all = "camelCase")]
pub struct Rule {
    /// What sets it off.
    pub on: Trigger,
    /// A CSS selector.
    pub selector: String,
    /// The event's name.
    pub event: String,
    /// The event's parameters, over those of the element's `data-mp-*` attributes.
    #[ts(optional, type = "EventParams")]
    pub params: Map,
}

/// What sets a rule or a marked element off.
#[derive(ts_rs::TS)]
#[ts(rename_all = "camelCase")]
pub enum Trigger {
    /// A click on it or inside it.
    Click,
    /// The form is submitted.
    Submit,
    /// At least half of it was visible for a second; once a page view.
    View,
    /// It is on the page; once a page view.
    Load,
}
