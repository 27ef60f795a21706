//! What an event counts as: micro or macro, its category and stage, the macro it leads to, and its worth.
//! Deliberately not here: revenue, which is the event's own `value`; the two are never added.

mod presets;

use alloc::string::String;

#[cfg(feature = "decode")]
use serde::Deserialize;
use serde::Serialize;

use crate::address::pieces;
use crate::decimal::Decimal;
use crate::json::{Builder, Map, Value};
use crate::options::{Fault, Kind, Member, check_members, join};
use crate::schema::is_name;

use presets::preset;

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

// As it is typed in TypeScript: Rust reads the JSON.
/// What the configuration says of an event name.
#[cfg(feature = "typescript")]
#[derive(ts_rs::TS)]
#[ts(rename_all = "camelCase")]
pub struct Definition {
    /// Micro or macro.
    pub tier: Tier,
    /// What kind of step.
    #[ts(optional)]
    pub category: Option<Category>,
    /// How far along.
    #[ts(optional)]
    pub stage: Option<Stage>,
    /// Event name of the macro conversion that a micro leads to.
    #[ts(optional, rename = "macro")]
    pub macro_name: Option<String>,
    /// Whether a macro conversion is the primary one.
    #[ts(optional)]
    pub primary: Option<bool>,
    /// Estimated worth of a micro conversion: a fixed amount.
    #[ts(optional, type = "number | string")]
    pub value: Option<Decimal>,
    /// Estimated worth of a micro conversion: this share of `macroValue` (0.1 when one in ten goes on).
    #[ts(optional, type = "number | string")]
    pub rate: Option<Decimal>,
    /// What the macro conversion is worth on average; needed with `rate`.
    #[ts(optional, type = "number | string")]
    pub macro_value: Option<Decimal>,
}

/// The site's conversion map: which events count as what, as options define it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConversionMap(pub(crate) Map);

impl ConversionMap {
    /// Writes a [`Conversion`], what an event of that name counts as, if it counts as anything. Returns whether that is an
    /// outcome.
    pub(crate) fn write(&self, event: &str, out: &mut Builder) -> bool {
        let Some(definition) = self.0.get(event) else { return false };
        out.open('{');
        for name in pieces("tier category stage macro primary", b' ') {
            if let Some(value) = definition.get(name) {
                out.name(name);
                out.value(value);
            }
        }
        if let Some(worth) = worth(definition) {
            out.name("worth");
            out.raw(&worth.to_text());
        }
        out.close('}');
        is_macro(definition)
    }

    /// How many micro conversions there are. More than ten tell less than five.
    #[must_use]
    pub fn micros(&self) -> usize {
        self.0.iter().filter(|(_, definition)| !is_macro(definition)).count()
    }
}

/// Puts the definitions of a preset in the place of its name.
pub(crate) fn expand(option: &mut Value) {
    if let Value::String(name) = option {
        let definitions = preset(name).unwrap_or_default();
        *option = definitions.into();
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
        Value::String(name) if preset(name).is_some() => {}
        Value::Map(definitions) => {
            for (event, definition) in definitions.iter() {
                let path = join(path, event);
                check_members(DEFINITION, definition, &path, fault);
                if !is_name(event) || contradicts_itself(definition) {
                    fault.at("invalid", &path);
                }
            }
        }
        _ => fault.at("invalid", path),
    }
}

/// A worth of a macro, two of them, or a rate without what it is a share of.
fn contradicts_itself(definition: &Value) -> bool {
    match (is_macro(definition), amount(definition, "value"), amount(definition, "rate"), amount(definition, "macroValue")) {
        (_, None, None, None) | (false, Some(_), None, None) => false,
        (false, None, Some(_), Some(_)) => worth(definition).is_none(),
        _ => true,
    }
}

fn is_macro(definition: &Value) -> bool {
    *definition.text("tier") == *"macro"
}

/// Estimated worth of a micro conversion.
fn worth(definition: &Value) -> Option<Decimal> {
    match amount(definition, "rate") {
        Some(rate) => rate.checked_mul(amount(definition, "macroValue")?),
        None => amount(definition, "value"),
    }
}

fn amount(definition: &Value, name: &str) -> Option<Decimal> {
    definition.get(name).and_then(Decimal::of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Options;

    fn map(text: &str) -> Result<ConversionMap, String> {
        let options = alloc::format!(r#"{{"site":"s","collector":"/","conversions":{text}}}"#);
        Options::parse(&options).map(|options| options.conversions).map_err(|error| alloc::string::ToString::to_string(&error))
    }

    fn written(map: &ConversionMap, event: &str) -> String {
        let mut out = Builder::default();
        let outcome = map.write(event, &mut out);
        let text = out.finish();
        assert_eq!(outcome, text.contains("\"tier\":\"macro\""));
        text
    }

    #[test]
    fn a_sign_up_that_one_in_ten_turns_into_500_is_worth_50() {
        let map = map(r#"{"sign_up":{"tier":"micro","category":"lead","rate":0.1,"macroValue":500,"macro":"purchase"}}"#).unwrap();
        assert_eq!(written(&map, "sign_up"), r#"{"tier":"micro","category":"lead","macro":"purchase","worth":50}"#);
        assert_eq!(written(&map, "purchase"), "");
    }

    #[test]
    fn presets_say_what_is_micro_and_what_is_macro() {
        let shop = map("\"ecommerce\"").unwrap();
        assert_eq!(written(&shop, "purchase"), r#"{"tier":"macro","stage":"decision","primary":true}"#);
        assert_eq!(written(&shop, "add_to_cart"), r#"{"tier":"micro","category":"process","stage":"decision","macro":"purchase"}"#);
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
