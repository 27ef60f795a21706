//! What an event counts as: micro or macro, its category and stage, the macro it leads to, and its worth.
//! Deliberately not here: revenue, which is the event's own `value`; the two are never added.

mod presets;

use alloc::string::String;

#[cfg(feature = "decode")]
use serde::Deserialize;
use serde::Serialize;

use crate::decimal::Decimal;
use crate::json::{Map, Value};
use crate::options::{Fault, Kind, Member, check_members, join};
use crate::schema::is_name;

use presets::Preset;

/// The outcome a business lives on, or a step that tells it is coming.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "decode", derive(Deserialize))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "lowercase"))]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// A step.
    Micro,
    /// The outcome.
    Macro,
}

/// What kind of step it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "decode", derive(Deserialize))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "lowercase"))]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "decode", derive(Deserialize))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "lowercase"))]
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

impl Tier {
    /// As it is on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Micro => "micro",
            Self::Macro => "macro",
        }
    }
}

impl Category {
    const ALL: [Self; 3] = [Self::Process, Self::Engagement, Self::Lead];

    /// As it is on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Engagement => "engagement",
            Self::Lead => "lead",
        }
    }
}

impl Stage {
    const ALL: [Self; 4] = [Self::Awareness, Self::Consideration, Self::Decision, Self::Retention];

    /// As it is on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Awareness => "awareness",
            Self::Consideration => "consideration",
            Self::Decision => "decision",
            Self::Retention => "retention",
        }
    }
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
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "camelCase"))]
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
    #[cfg_attr(feature = "typescript", ts(optional, rename = "macro"))]
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
pub struct ConversionMap {
    preset: Option<Preset>,
    definitions: Map,
}

impl ConversionMap {
    /// What an event of that name counts as.
    #[must_use]
    pub fn get(&self, event: &str) -> Option<Conversion> {
        match self.preset {
            Some(preset) => preset.get(event),
            None => Definition::read(self.definitions.get(event)?).conversion(),
        }
    }

    /// How many micro conversions there are. More than ten tell less than five.
    #[must_use]
    pub fn micros(&self) -> usize {
        let own = self.definitions.iter().filter(|(_, definition)| tier(definition) == Tier::Micro);
        self.preset.map_or(0, Preset::micros) + own.count()
    }

    /// Takes over the name of a preset, or an object of event names and definitions, that was checked before.
    pub(crate) fn read(option: Value) -> Self {
        match option {
            Value::String(name) => Self { preset: Preset::named(&name), definitions: Map::new() },
            Value::Map(definitions) => Self { preset: None, definitions },
            _ => Self::default(),
        }
    }
}

const DEFINITION: &[Member] = &[
    ("tier", true, Kind::Choice(&["micro", "macro"])),
    ("category", false, Kind::Choice(&["process", "engagement", "lead"])),
    ("stage", false, Kind::Choice(&["awareness", "consideration", "decision", "retention"])),
    ("macro", false, Kind::Text(is_name)),
    ("primary", false, Kind::Flag),
    ("value", false, Kind::Decimal),
    ("rate", false, Kind::Decimal),
    ("macroValue", false, Kind::Decimal),
];

/// Checks the name of a preset, or an object of event names and definitions.
pub(crate) fn check_conversions(value: &Value, path: &str, fault: &mut Fault) {
    match value {
        Value::String(name) if Preset::named(name).is_some() => {}
        Value::Map(definitions) => {
            for (event, definition) in definitions.iter() {
                let path = join(path, event);
                check_members(DEFINITION, definition, &path, fault);
                if !is_name(event) || Definition::read(definition).conversion().is_none() {
                    fault.at("invalid", &path);
                }
            }
        }
        _ => fault.at("invalid", path),
    }
}

fn tier(definition: &Value) -> Tier {
    if definition.get("tier").and_then(Value::as_str) == Some("macro") { Tier::Macro } else { Tier::Micro }
}

impl Definition {
    fn read(value: &Value) -> Self {
        let none = Map::new();
        let it = if let Value::Map(it) = value { it } else { &none };
        let text = |name| it.get(name).and_then(Value::as_str);
        let decimal = |name| it.get(name).and_then(Decimal::of);
        Self {
            tier: tier(value),
            category: text("category").and_then(|text| Category::ALL.into_iter().find(|known| known.as_str() == text)),
            stage: text("stage").and_then(|text| Stage::ALL.into_iter().find(|known| known.as_str() == text)),
            macro_name: text("macro").map(String::from),
            primary: it.get("primary").map(|primary| matches!(primary, Value::Bool(true))),
            value: decimal("value"),
            rate: decimal("rate"),
            macro_value: decimal("macroValue"),
        }
    }

    /// Nothing when the definition contradicts itself: a worth of a macro, a rate without what it is a share of.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::to_string;
    use crate::options::Options;

    fn map(text: &str) -> Result<ConversionMap, String> {
        let options = alloc::format!(r#"{{"site":"s","collector":"/","conversions":{text}}}"#);
        Options::parse(&options).map(|options| options.conversions).map_err(|error| alloc::string::ToString::to_string(&error))
    }

    #[test]
    fn a_sign_up_that_one_in_ten_turns_into_500_is_worth_50() {
        let map = map(r#"{"sign_up":{"tier":"micro","category":"lead","rate":0.1,"macroValue":500,"macro":"purchase"}}"#).unwrap();
        assert_eq!(to_string(&map.get("sign_up")), r#"{"tier":"micro","category":"lead","macro":"purchase","worth":50}"#);
        assert!(map.get("purchase").is_none());
    }

    #[test]
    fn presets_say_what_is_micro_and_what_is_macro() {
        let shop = map("\"ecommerce\"").unwrap();
        assert_eq!(to_string(&shop.get("purchase")), r#"{"tier":"macro","stage":"decision","primary":true}"#);
        assert_eq!(to_string(&shop.get("add_to_cart")), r#"{"tier":"micro","category":"process","stage":"decision","macro":"purchase"}"#);
        for preset in ["\"saas\"", "\"lead\"", "\"media\""] {
            assert!(map(preset).unwrap().micros() <= 10, "{preset}");
        }
    }

    #[test]
    fn a_wrong_map_is_refused_with_its_place() {
        assert_eq!(map("\"shop\""), Err("invalid: conversions".into()));
        assert_eq!(map("7"), Err("invalid: conversions".into()));
        assert_eq!(map(r#"{"a":{"tier":"mini"}}"#), Err("invalid: conversions.a.tier".into()));
        assert_eq!(map(r#"{"a":{"tier":"micro","worth":1}}"#), Err("unknown: conversions.a.worth".into()));
        assert_eq!(map(r#"{"a":{}}"#), Err("missing: conversions.a.tier".into()));
        assert_eq!(map(r#"{"a b":{"tier":"micro"}}"#), Err("invalid: conversions.a b".into()));
        for contradiction in [r#""rate":1"#, r#""value":1,"rate":1,"macroValue":2"#] {
            let text = alloc::format!(r#"{{"a":{{"tier":"micro",{contradiction}}}}}"#);
            assert_eq!(map(&text), Err("invalid: conversions.a".into()), "{text}");
        }
    }
}
