//! What a visitor has agreed to, worked out from what was told alone: the other opinion that the gate is held to.

use std::collections::BTreeMap;

use milepost_core::Input;
use milepost_core::json::{Map, Value, read};

const PURPOSES: [&str; 3] = ["analytics", "marketing", "functional"];

/// What the signals said so far.
#[derive(Clone, Default)]
pub(crate) struct Visitor {
    needs_none: bool,
    gpc: Vec<String>,
    dnt: Vec<String>,
    started: bool,
    refused: Vec<String>,
    /// By name: what it governs, and what it chose.
    signals: BTreeMap<String, (Vec<String>, BTreeMap<String, String>)>,
}

impl Visitor {
    /// Of a page with these options.
    pub(crate) fn new(options: &str) -> Self {
        let consent = read(options).unwrap().get("consent").cloned().unwrap_or_default();
        let list = |name, default: &[&str]| match consent.get(name) {
            Some(list) => texts(list),
            None => default.iter().map(ToString::to_string).collect(),
        };
        let needs_none = consent.get("mode").and_then(Value::as_str) == Some("granted");
        Self { needs_none, gpc: list("gpc", &["marketing"]), dnt: list("dnt", &[]), ..Self::default() }
    }

    /// Hears what the tracker hears.
    pub(crate) fn hear(&mut self, input: &Input) {
        match input {
            Input::Started(facts) => {
                self.started = true;
                for (_, purposes) in [(facts.gpc, &self.gpc), (facts.dnt, &self.dnt)].iter().filter(|(on, _)| *on) {
                    self.refused.extend_from_slice(purposes);
                }
            }
            Input::Consent(told) => self.told(told),
            _ => {}
        }
    }

    /// Whether events may be stored and sent.
    pub(crate) fn agrees(&self) -> bool {
        let mut opinions: Vec<_> = self
            .signals
            .values()
            .filter(|(governs, _)| governs.contains(&"analytics".into()))
            .map(|(_, choices)| choices.get("analytics").map_or("unknown", String::as_str))
            .collect();
        if self.needs_none {
            opinions.push("granted");
        }
        self.started
            && !self.refused.contains(&"analytics".into())
            && !opinions.is_empty()
            && opinions.iter().all(|choice| *choice == "granted")
    }

    fn told(&mut self, told: &Map) {
        let none = Map::new();
        let choices = if let Some(Value::Map(choices)) = told.get("choices") { choices } else { &none };
        let valid = |(purpose, choice): (&str, &Value)| {
            PURPOSES.contains(&purpose) && ["granted", "denied", "unknown"].contains(&choice.as_str().unwrap_or_default())
        };
        if !choices.iter().all(valid) {
            return;
        }
        let source = told.get("source").and_then(Value::as_str).unwrap_or_default();
        let (governs, chosen) = self.signals.entry(source.into()).or_default();
        for (purpose, choice) in choices.iter() {
            chosen.insert(purpose.into(), choice.as_str().unwrap().into());
        }
        *governs = match told.get("governs") {
            Some(list @ Value::List(_)) => texts(list),
            _ => chosen.keys().cloned().collect(),
        };
    }
}

fn texts(list: &Value) -> Vec<String> {
    let Value::List(list) = list else { return Vec::new() };
    list.iter().filter_map(Value::as_str).map(String::from).collect()
}
