//! What an event counts as: micro or macro, its category and stage, the macro it leads to, and its worth.
//! Deliberately not here: revenue, which is the event's own `value`; the two are never added.

mod presets;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::decimal::Decimal;

/// The outcome a business lives on, or a step that tells it is coming.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// A step.
    Micro,
    /// The outcome.
    Macro,
}

/// What kind of step it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// A step on the way to the macro conversion.
    Process,
    /// Interest shown.
    Engagement,
    /// Contact details given.
    Lead,
}

/// How far along the visitor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Learns that the offer exists.
    Awareness,
    /// Weighs it.
    Consideration,
    /// Decides.
    Decision,
    /// Comes back.
    Retention,
}

/// What one event counts as, as it is on the wire.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "decode", derive(Deserialize))]
pub struct Conversion {
    /// Micro or macro.
    pub tier: Tier,
    /// What kind of step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// How far along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// The event name of the macro conversion that a micro leads to.
    #[serde(default, rename = "macro", skip_serializing_if = "Option::is_none")]
    pub macro_name: Option<String>,
    /// Whether a macro conversion is the primary one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary: Option<bool>,
    /// Estimated worth of a micro conversion, in the site's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worth: Option<Decimal>,
}

/// What the configuration says of an event name.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Definition {
    /// Micro or macro.
    tier: Tier,
    /// What kind of step.
    #[cfg_attr(feature = "typescript", ts(optional))]
    category: Option<Category>,
    /// How far along.
    #[cfg_attr(feature = "typescript", ts(optional))]
    stage: Option<Stage>,
    /// Event name of the macro conversion that a micro leads to.
    #[cfg_attr(feature = "typescript", ts(optional))]
    #[serde(rename = "macro")]
    macro_name: Option<String>,
    /// Whether a macro conversion is the primary one.
    #[cfg_attr(feature = "typescript", ts(optional))]
    primary: Option<bool>,
    /// Estimated worth of a micro conversion: a fixed amount.
    #[cfg_attr(feature = "typescript", ts(optional, type = "number | string"))]
    value: Option<Decimal>,
    /// Estimated worth of a micro conversion: this share of `macroValue` (0.1 when one in ten goes on).
    #[cfg_attr(feature = "typescript", ts(optional, type = "number | string"))]
    rate: Option<Decimal>,
    /// What the macro conversion is worth on average; needed with `rate`.
    #[cfg_attr(feature = "typescript", ts(optional, type = "number | string"))]
    macro_value: Option<Decimal>,
}

/// The site's conversion map: which events count as what.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConversionMap(Vec<(String, Conversion)>);

impl ConversionMap {
    /// What an event of that name counts as.
    #[must_use]
    pub fn get(&self, event: &str) -> Option<&Conversion> {
        self.0.iter().find(|(name, _)| name == event).map(|(_, conversion)| conversion)
    }

    /// How many micro conversions there are. More than ten tell less than five.
    #[must_use]
    pub fn micros(&self) -> usize {
        self.0.iter().filter(|(_, conversion)| conversion.tier == Tier::Micro).count()
    }
}

impl Definition {
    fn conversion(self) -> Option<Conversion> {
        let worth = match (self.tier, self.value, self.rate, self.macro_value) {
            (_, None, None, None) => None,
            (Tier::Micro, Some(value), None, None) => Some(value),
            (Tier::Micro, None, Some(rate), Some(value)) => Some(rate.checked_mul(value)?),
            _ => return None,
        };
        let Self { tier, category, stage, macro_name, primary, .. } = self;
        Some(Conversion { tier, category, stage, macro_name, primary, worth })
    }
}

impl<'de> Deserialize<'de> for ConversionMap {
    /// From the name of a preset, or an object of event names and definitions.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PresetOrMap;
        impl<'de> Visitor<'de> for PresetOrMap {
            type Value = ConversionMap;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("ecommerce, saas, lead, media or a conversion map")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<ConversionMap, E> {
                presets::preset(text).ok_or_else(|| E::custom(""))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<ConversionMap, A::Error> {
                let mut map = ConversionMap::default();
                while let Some((name, definition)) = members.next_entry::<String, Definition>()? {
                    let conversion = definition.conversion().ok_or_else(|| serde::de::Error::custom(""))?;
                    map.0.push((name, conversion));
                }
                Ok(map)
            }
        }
        deserializer.deserialize_any(PresetOrMap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{from_value, read, to_string};

    fn map(text: &str) -> Result<ConversionMap, alloc::string::String> {
        from_value(read(text).unwrap()).map_err(|error| alloc::string::ToString::to_string(&error))
    }

    #[test]
    fn a_sign_up_that_one_in_ten_turns_into_500_is_worth_50() {
        let map = map(r#"{"sign_up":{"tier":"micro","category":"lead","rate":0.1,"macroValue":500,"macro":"purchase"}}"#).unwrap();
        assert_eq!(to_string(map.get("sign_up").unwrap()), r#"{"tier":"micro","category":"lead","macro":"purchase","worth":50}"#);
        assert!(map.get("purchase").is_none());
    }

    #[test]
    fn presets_say_what_is_micro_and_what_is_macro() {
        let shop = map("\"ecommerce\"").unwrap();
        assert_eq!(to_string(shop.get("purchase").unwrap()), r#"{"tier":"macro","stage":"decision","primary":true}"#);
        assert_eq!(
            to_string(shop.get("add_to_cart").unwrap()),
            r#"{"tier":"micro","category":"process","stage":"decision","macro":"purchase"}"#
        );
        for preset in ["\"saas\"", "\"lead\"", "\"media\""] {
            assert!(map(preset).unwrap().micros() <= 10, "{preset}");
        }
    }

    #[test]
    fn a_wrong_map_is_refused_with_its_place() {
        assert_eq!(map("\"shop\""), Err("invalid: ".into()));
        assert_eq!(map(r#"{"a":{"tier":"mini"}}"#), Err("invalid: a.tier".into()));
        assert_eq!(map(r#"{"a":{"tier":"micro","worth":1}}"#), Err("unknown: a.worth".into()));
        assert_eq!(map(r#"{"a":{}}"#), Err("missing: a.tier".into()));
        for contradiction in [r#""rate":1"#, r#""value":1,"rate":1,"macroValue":2"#] {
            let text = alloc::format!(r#"{{"a":{{"tier":"micro",{contradiction}}}}}"#);
            assert_eq!(map(&text), Err("invalid: ".into()), "{text}");
        }
    }
}
