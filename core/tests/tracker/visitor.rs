//! What a visitor has agreed to, worked out from what was told alone: the other opinion that the gate is held to.

use std::collections::BTreeMap;

use milepost_core::json::{Map, Value, read};
use milepost_core::{Input, Now};

const PURPOSES: [&str; 3] = ["analytics", "marketing", "functional"];

/// What the signals said so far.
#[derive(Clone, Default)]
pub(crate) struct Visitor {
    needs_none: bool,
    cookieless: bool,
    gpc: Vec<String>,
    dnt: Vec<String>,
    started: bool,
    refused: Vec<String>,
    /// By name: what it governs, and what it chose.
    signals: BTreeMap<String, (Vec<String>, BTreeMap<String, String>)>,
    /// What was chosen in another tab, or by asking to be forgotten.
    elsewhere: BTreeMap<String, String>,
    chosen_at: u64,
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
        let cookieless = options.contains("\"cookieless\":true");
        Self { needs_none, cookieless, gpc: list("gpc", &["marketing"]), dnt: list("dnt", &[]), ..Self::default() }
    }

    /// Hears what the tracker hears.
    pub(crate) fn hear(&mut self, input: &Input, now: Now) {
        match input {
            Input::Started(facts) => {
                (self.started, self.chosen_at) = (true, now.wall_ms);
                for (_, purposes) in [(facts.gpc, &self.gpc), (facts.dnt, &self.dnt)].iter().filter(|(on, _)| *on) {
                    self.refused.extend_from_slice(purposes);
                }
            }
            Input::Consent(told) => self.told(told, now.wall_ms),
            Input::Elsewhere(Some(kept)) if !kept.is_empty() => {
                let kept = read(kept).unwrap_or_default();
                let at = kept.get("chosen").and_then(Value::as_u64).unwrap_or(0).min(now.wall_ms);
                if at > self.chosen_at {
                    self.elsewhere.insert("analytics".into(), "granted".into());
                    self.decided(at);
                }
            }
            Input::Elsewhere(_) if self.agrees() && !self.cookieless => {
                self.elsewhere.insert("analytics".into(), "denied".into());
                self.decided(now.wall_ms);
            }
            Input::Forget => {
                self.elsewhere.insert("analytics".into(), "denied".into());
                self.decided(now.wall_ms);
            }
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
        let elsewhere = self.elsewhere.get("analytics").map_or("unknown", String::as_str);
        let own = match () {
            () if opinions.contains(&"denied") => "denied",
            () if opinions.is_empty() || opinions.contains(&"unknown") => elsewhere,
            () => "granted",
        };
        self.started && !self.refused.contains(&"analytics".into()) && own == "granted" && elsewhere != "denied"
    }

    fn decided(&mut self, at: u64) {
        if self.started {
            self.chosen_at = at;
        }
    }

    fn told(&mut self, told: &Map, now: u64) {
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
            let before = chosen.insert(purpose.into(), choice.as_str().unwrap().into());
            if source == "api" || before.as_ref() != chosen.get(purpose) {
                self.elsewhere.remove(purpose);
            }
        }
        *governs = match told.get("governs") {
            Some(list @ Value::List(_)) => texts(list),
            _ => chosen.keys().cloned().collect(),
        };
        self.decided(told.get("at").and_then(Value::as_u64).unwrap_or(u64::MAX).min(now));
    }
}

fn texts(list: &Value) -> Vec<String> {
    let Value::List(list) = list else { return Vec::new() };
    list.iter().filter_map(Value::as_str).map(String::from).collect()
}
