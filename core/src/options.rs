//! What a site configures, with its defaults, as `createTracker` takes it.

mod check;
#[cfg(feature = "typescript")]
pub mod types;

use alloc::string::String;
use alloc::vec::Vec;
use core::mem;

use crate::conversion::{self, ConversionMap};
use crate::json::{DecodeError, Map, Value, read, read_or_null};

pub(crate) use check::{Fault, Kind, Member, check_members, join};

/// Most scroll depths.
const MAX_DEPTHS: usize = 20;

/// Everything a site can set.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Names the data set: 1 to 64 letters, digits, dots, hyphens and underscores.
    pub site: String,
    /// Which events count as what.
    pub conversions: ConversionMap,
    /// Events for markup that can't carry `data-mp-*` attributes.
    pub(crate) rules: Vec<Value>,
    /// Names of parameters that addresses of pages keep.
    pub(crate) url_params: Vec<Value>,
    /// Depths of scrolling in percent.
    pub(crate) depths: Vec<u32>,
    /// The others, read when they are asked for, with the members of `consent`, `capture`, `scroll` and `batch` beside them.
    rest: Map,
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
        // Its events may have any name; apart from them, no two groups have a member in common.
        let mut conversions = all.take("conversions");
        conversion::expand(&mut conversions);
        let mut rest = Map::new();
        flatten(&mut all, &mut rest);
        let mut depths = Vec::new();
        if let Value::List(list) = read_or(&rest, "depths", "[25,50,75,90,100]") {
            for depth in &list {
                depths.push(depth.as_u64().unwrap_or_default() as u32);
            }
        }
        Self {
            site: rest.take_text("site"),
            conversions: ConversionMap(conversions.into_map()),
            rules: rest.take_list("rules"),
            url_params: rest.take_list("urlParams"),
            depths,
            rest,
        }
    }

    /// Whether events wait for no choice.
    pub(crate) fn granted(&self) -> bool {
        self.rest.is_text("mode", "granted")
    }

    /// The purposes that a browser refuses which sends Global Privacy Control.
    pub(crate) fn gpc(&self) -> Value {
        read_or(&self.rest, "gpc", r#"["marketing"]"#)
    }

    /// The purposes that a browser refuses which sends Do Not Track.
    pub(crate) fn dnt(&self) -> Value {
        read_or(&self.rest, "dnt", "[]")
    }

    /// Whether this is captured without a call: a member of `capture`.
    // These are asked for at each start, in a few places: browsers compile each function when it is first called, which takes as
    // long as 350 bytes more of code do.
    #[inline(always)]
    pub(crate) fn captures(&self, what: &str) -> bool {
        self.rest.flag(what, true)
    }

    /// Whether a page that fits the window counts as scrolled to its end.
    pub(crate) fn short_pages(&self) -> bool {
        self.rest.flag("shortPages", false)
    }

    /// Currency of events that say none; none when empty.
    pub(crate) fn currency(&self) -> &str {
        self.rest.text("currency")
    }

    /// So many waiting events are sent.
    #[inline(always)]
    pub(crate) fn max_events(&self) -> usize {
        self.rest.number("maxEvents", 50) as usize
    }

    /// So many waiting bytes of events are sent.
    #[inline(always)]
    pub(crate) fn max_bytes(&self) -> usize {
        self.rest.number("maxBytes", 16_000) as usize
    }

    /// The oldest waiting event is sent after so long.
    pub(crate) fn max_wait_ms(&self) -> u64 {
        self.rest.number("maxWaitMs", 5_000)
    }

    /// Whether nothing is kept in the browser, and there is no visitor id.
    #[inline(always)]
    pub(crate) fn cookieless(&self) -> bool {
        self.rest.flag("cookieless", false)
    }

    /// Without activity for so long a visit is over.
    #[inline(always)]
    pub(crate) fn session_ms(&self) -> u64 {
        self.rest.number("sessionMinutes", 30) * 60_000
    }
}

/// Takes members over, and those of objects in their place.
fn flatten(from: &mut Map, into: &mut Map) {
    for (name, value) in from.iter_mut() {
        match value {
            Value::Map(group) => flatten(group, into),
            _ => into.put(name.into(), mem::take(value)),
        }
    }
}

/// A copy of a member, or what the default reads as.
#[inline(never)]
fn read_or(map: &Map, name: &str, default: &str) -> Value {
    map.get(name).map_or_else(|| read_or_null(default), Value::copy)
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
        assert!(options.captures("scroll") && !options.captures("media"));
        assert_eq!(options.depths, [25, 50, 75, 90, 100]);
        assert_eq!((options.session_ms(), options.max_events()), (30 * 60_000, 50));
        assert!(!options.granted());
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
