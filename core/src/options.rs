//! What a site configures, with its defaults, as `createTracker` takes it.

mod check;

use alloc::string::String;
use alloc::vec::Vec;

use crate::conversion::ConversionMap;
use crate::json::{DecodeError, Map, Value, read};

pub(crate) use check::{Fault, Kind, Member, check_members, join};

/// Most scroll depths.
const MAX_DEPTHS: usize = 20;

/// Everything a site can set. Names are those of the JavaScript API.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub struct Options {
    /// Names the data set: 1 to 64 letters, digits, dots, hyphens and underscores.
    pub site: String,
    /// Address of the collector, without a path of its own: `https://collect.example.com`.
    #[cfg(feature = "typescript")]
    #[ts(type = "string")]
    pub collector: (),
    /// When events may be stored and sent.
    #[cfg_attr(feature = "typescript", ts(optional, as = "Option<ConsentOptions>"))]
    pub consent: ConsentOptions,
    /// What is captured without a call.
    #[cfg_attr(feature = "typescript", ts(optional, as = "Option<Capture>"))]
    pub capture: Capture,
    /// How scroll depth is measured.
    #[cfg_attr(feature = "typescript", ts(optional, as = "Option<ScrollOptions>"))]
    pub scroll: ScrollOptions,
    /// Which events count as what: `ecommerce`, `saas`, `lead`, `media`, or a map of event names to definitions.
    #[cfg_attr(feature = "typescript", ts(optional, type = "Preset | Record<string, Definition>"))]
    pub conversions: ConversionMap,
    /// Events for markup that can't carry `data-mp-*` attributes.
    #[cfg_attr(feature = "typescript", ts(optional, as = "Option<Vec<Rule>>"))]
    pub rules: Vec<Value>,
    /// Currency of events that say none, three capital letters (ISO 4217).
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub currency: Option<String>,
    /// Names of parameters that addresses of pages keep; all others are left out, but for what tells of a campaign.
    #[cfg_attr(feature = "typescript", ts(optional, type = "readonly string[]"))]
    pub url_params: Vec<Value>,
    /// When events are sent.
    #[cfg_attr(feature = "typescript", ts(optional, as = "Option<BatchOptions>"))]
    pub batch: BatchOptions,
    /// Nothing at all is kept in the browser, and there is no visitor id: a visit lives as long as the page.
    #[cfg_attr(feature = "typescript", ts(optional, as = "Option<bool>"))]
    pub cookieless: bool,
    /// Minutes without activity after which a visit is over, 1 to 1440; 30 by default.
    #[cfg_attr(feature = "typescript", ts(optional, as = "Option<u32>"))]
    pub session_minutes: u32,
}

/// When events may be stored and sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub struct ConsentOptions {
    /// `required` (the default): only once the signals grant `analytics`. `granted`: at once, where the law needs no consent.
    #[cfg_attr(feature = "typescript", ts(optional, as = "Option<ConsentMode>"))]
    pub mode: ConsentMode,
    /// What else is listened to beside `setConsent`. Where several govern a purpose, the strictest wins.
    #[cfg(feature = "typescript")]
    #[ts(optional, type = "readonly ConsentSignal[]")]
    pub signals: (),
    /// What a browser refuses that sends Global Privacy Control; `["marketing"]` by default.
    #[cfg_attr(feature = "typescript", ts(optional, type = "readonly Purpose[]"))]
    pub gpc: Value,
    /// What a browser refuses that sends Do Not Track; nothing by default.
    #[cfg_attr(feature = "typescript", ts(optional, type = "readonly Purpose[]"))]
    pub dnt: Value,
}

/// Whether consent must be given first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub enum ConsentMode {
    /// It must.
    #[default]
    Required,
    /// The site needs none.
    Granted,
}

/// What is captured without a call; all of it by default.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub struct Capture {
    /// `page_view` on load, on history changes and on return from the back/forward cache.
    #[cfg_attr(feature = "typescript", ts(optional, as = "Option<bool>"))]
    pub page_views: bool,
    /// `scroll` at each configured depth.
    #[cfg_attr(feature = "typescript", ts(optional, as = "Option<bool>"))]
    pub scroll: bool,
    /// `video_*` and `audio_*` of media elements.
    #[cfg_attr(feature = "typescript", ts(optional, as = "Option<bool>"))]
    pub media: bool,
    /// `form_start`, `form_submit`, `form_error`; never a field's value.
    #[cfg_attr(feature = "typescript", ts(optional, as = "Option<bool>"))]
    pub forms: bool,
    /// `add_to_cart`, `remove_from_cart` and `view_cart` from markup and rules.
    #[cfg_attr(feature = "typescript", ts(optional, as = "Option<bool>"))]
    pub cart: bool,
    /// `begin_checkout`, `add_shipping_info`, `add_payment_info` and `purchase` from markup and rules.
    #[cfg_attr(feature = "typescript", ts(optional, as = "Option<bool>"))]
    pub checkout: bool,
}

/// How scroll depth is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub struct ScrollOptions {
    /// Depths in percent of the page's height, 1 to 100, at most 20; 25, 50, 75, 90 and 100 by default.
    #[cfg_attr(feature = "typescript", ts(optional, as = "Option<Vec<u8>>"))]
    pub depths: Vec<u32>,
    /// Whether a page that fits the window counts as scrolled to its end; no by default.
    #[cfg_attr(feature = "typescript", ts(optional, as = "Option<bool>"))]
    pub short_pages: bool,
}

/// When events are sent: whichever comes first.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub struct BatchOptions {
    /// So many events wait, 1 to 500; 50 by default.
    #[cfg_attr(feature = "typescript", ts(optional, as = "Option<u32>"))]
    pub max_events: u32,
    /// So many bytes of events wait, 1,000 to 60,000; 16,000 by default.
    #[cfg_attr(feature = "typescript", ts(optional, as = "Option<u32>"))]
    pub max_bytes: u32,
    /// The oldest has waited so many milliseconds, 0 to 600,000; 5,000 by default.
    #[cfg_attr(feature = "typescript", ts(optional, as = "Option<u32>"))]
    pub max_wait_ms: u32,
}

// As it is typed in TypeScript: Rust reads the JSON.
/// An event for elements that match a selector.
#[cfg(feature = "typescript")]
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
#[cfg(feature = "typescript")]
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

impl Options {
    /// Reads the options as JSON text.
    ///
    /// # Errors
    /// `unknown`, `missing` or `invalid`, with the option's path (`batch.maxEvents`).
    pub fn parse(text: &str) -> Result<Self, DecodeError> {
        Self::from_json(read(text).unwrap_or(Value::Null))
    }

    /// Reads the options as a JSON value.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn from_json(value: Value) -> Result<Self, DecodeError> {
        check::check(&value)?;
        Ok(Self::checked(value))
    }

    /// Takes over options that were checked before; what is wrong all the same is left out.
    ///
    /// Checking them again would cost the browser 3 kB.
    #[must_use]
    pub fn checked(value: Value) -> Self {
        let mut all = value.into_map();
        let mut consent = all.take_map("consent");
        let mut scroll = all.take_map("scroll");
        let mut depths = Vec::new();
        if let Value::List(list) = take_or(&mut scroll, "depths", "[25,50,75,90,100]") {
            for depth in &list {
                depths.push(depth.as_u64().unwrap_or_default() as u32);
            }
        }
        let (rules, url_params, conversions) = (all.take_list("rules"), all.take_list("urlParams"), all.take("conversions"));
        let (site, currency) = (all.take_text("site"), all.take_some("currency"));
        let (capture, batch) = (all.map("capture"), all.map("batch"));
        Self {
            site,
            #[cfg(feature = "typescript")]
            collector: (),
            consent: ConsentOptions {
                mode: if consent.is_text("mode", "granted") { ConsentMode::Granted } else { ConsentMode::Required },
                #[cfg(feature = "typescript")]
                signals: (),
                gpc: take_or(&mut consent, "gpc", r#"["marketing"]"#),
                dnt: consent.take("dnt"),
            },
            capture: Capture {
                page_views: capture.flag("pageViews", true),
                scroll: capture.flag("scroll", true),
                media: capture.flag("media", true),
                forms: capture.flag("forms", true),
                cart: capture.flag("cart", true),
                checkout: capture.flag("checkout", true),
            },
            scroll: ScrollOptions { depths, short_pages: scroll.flag("shortPages", false) },
            conversions: ConversionMap::read(conversions),
            rules,
            currency,
            url_params,
            batch: BatchOptions {
                max_events: batch.number("maxEvents", 50) as u32,
                max_bytes: batch.number("maxBytes", 16_000) as u32,
                max_wait_ms: batch.number("maxWaitMs", 5_000) as u32,
            },
            cookieless: all.flag("cookieless", false),
            session_minutes: all.number("sessionMinutes", 30) as u32,
        }
    }
}

/// Takes a member out, or what the default reads as.
#[inline(never)]
fn take_or(map: &mut Map, name: &str, default: &str) -> Value {
    match map.take(name) {
        Value::Null => read(default).unwrap_or_default(),
        value => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn check(members: &str, expected: Result<(), &str>) {
        let text = alloc::format!(r#"{{"site":"shop","collector":"https://c.example"{members}}}"#);
        let parsed = Options::parse(&text).map(|_| ()).map_err(|error| error.to_string());
        assert_eq!(parsed, expected.map_err(ToString::to_string), "{text}");
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        let options = Options::parse(r#"{"site":"shop","collector":"https://c.example","capture":{"media":false}}"#).unwrap();
        assert!(options.capture.scroll && !options.capture.media);
        assert_eq!(options.scroll.depths, [25, 50, 75, 90, 100]);
        assert_eq!((options.session_minutes, options.batch.max_events), (30, 50));
        assert_eq!(options.consent.mode, ConsentMode::Required);
    }

    #[test]
    fn a_wrong_option_is_named() {
        check("", Ok(()));
        for (members, expected) in [
            (r#","sites":1"#, "unknown: sites"),
            (r#","site":7"#, "invalid: site"),
            (r#","site":"a b""#, "invalid: site"),
            (r#","collector":"collect.example""#, "invalid: collector"),
            (r#","consent":{"mode":"maybe"}"#, "invalid: consent.mode"),
            (r#","capture":{"scrol":true}"#, "unknown: capture.scrol"),
            (r#","capture":true"#, "invalid: capture"),
            (r#","scroll":{"depths":[0]}"#, "invalid: scroll.depths[0]"),
            (r#","scroll":{"depths":25}"#, "invalid: scroll.depths"),
            (r#","scroll":{"depths":[25,"x"]}"#, "invalid: scroll.depths[1]"),
            (r#","conversions":"shop""#, "invalid: conversions"),
            (r#","conversions":{"sign_up":{"tier":"mini"}}"#, "invalid: conversions.sign_up.tier"),
            (r#","rules":[{"on":"click","selector":".a","event":"x"},{"on":"hover","selector":".a","event":"x"}]"#, "invalid: rules[1].on"),
            (r#","rules":[{"on":"click","selector":"","event":"x"}]"#, "invalid: rules[0].selector"),
            (r#","rules":[{"on":"click","selector":"a"}]"#, "missing: rules[0].event"),
            (r#","batch":{"maxEvents":0}"#, "invalid: batch.maxEvents"),
            (r#","batch":{"maxWaitMs":-1}"#, "invalid: batch.maxWaitMs"),
            (r#","currency":"eur""#, "invalid: currency"),
            (r#","sessionMinutes":1.5"#, "invalid: sessionMinutes"),
        ] {
            check(members, Err(expected));
        }
        assert_eq!(Options::parse(r#"{"site":"shop"}"#).unwrap_err().to_string(), "missing: collector");
        assert_eq!(Options::parse("nonsense").unwrap_err().to_string(), "invalid: ");
    }
}
