//! Inputs as the browser side tells them: a kind and an object of fields; also how a recorded visit is kept.

use alloc::string::String;

use super::{Document, Facts, FormFact, FormMoment, Input, Markup, MediaFact, MediaMoment, Outcome, Recovered, ScrollPosition};
use crate::json::{Map, Value};

impl Input {
    /// Reads what js/host.js tells; kinds are numbered there. Nothing when there is no such kind.
    ///
    /// What a field leaves out or has wrong is zero or empty.
    #[must_use]
    pub fn read(kind: u32, mut fields: Map) -> Option<Self> {
        let it = &mut fields;
        Some(match kind {
            0 => Self::Started(facts(it)),
            1 => Self::Routed(document(it)),
            2 => Self::Page(document(it)),
            3 => Self::Shown,
            4 => Self::Hidden,
            5 => Self::Left,
            6 => Self::Returned(document(it)),
            7 => Self::Scrolled(ScrollPosition { top: short(it, "top"), window: short(it, "window"), page: short(it, "page") }),
            8 => Self::Media(media(it)),
            9 => Self::Form(form(it)),
            10 => marked(it),
            11 => track(it),
            12 => Self::Identify(text(it, "user")),
            13 => Self::Consent(fields),
            14 => settled(it),
            15 => Self::Woken,
            16 => Self::Flush,
            17 => Self::Reset,
            18 => Self::Stop,
            19 => Self::Loaded(it.take_some("text")),
            20 => Self::Online,
            21 => Self::Recovered(it.get("log").is_some().then(|| Recovered { log: text(it, "log"), rest: number(it, "rest") })),
            22 => Self::Elsewhere(it.take_some("text")),
            23 => Self::Forget,
            _ => return None,
        })
    }
}

fn facts(it: &mut Map) -> Facts {
    let touched = it.flag("coarse", false);
    let (width, height) = (number(it, "width"), number(it, "height"));
    Facts {
        document: document(it),
        device_class: Facts::class(touched, width, height),
        language: text(it, "language"),
        screen: text(it, "screen"),
        viewport: text(it, "viewport"),
        engine: text(it, "engine"),
        gpc: it.flag("gpc", false),
        dnt: it.flag("dnt", false),
    }
}

fn document(it: &mut Map) -> Document {
    Document { url: text(it, "url"), title: text(it, "title"), referrer: text(it, "referrer") }
}

fn media(it: &mut Map) -> MediaFact {
    let moment = match number(it, "moment") {
        0 => MediaMoment::Play,
        1 => MediaMoment::Progress,
        2 => MediaMoment::Ended,
        _ => MediaMoment::Changed,
    };
    MediaFact {
        element: short(it, "element"),
        moment,
        audio: it.flag("audio", false),
        position_ms: number(it, "position"),
        duration_ms: number(it, "duration"),
        watched_ms: number(it, "watched"),
        title: text(it, "title"),
        url: text(it, "url"),
    }
}

fn form(it: &mut Map) -> FormFact {
    let moment = match number(it, "moment") {
        0 => FormMoment::Touched,
        1 => FormMoment::Submitted,
        _ => FormMoment::Invalid,
    };
    let (id, name, destination) = (text(it, "id"), text(it, "name"), text(it, "action"));
    FormFact { element: short(it, "element"), moment, id, name, destination, fields: text(it, "fields") }
}

fn marked(it: &mut Map) -> Input {
    let markup = Markup { chain: it.take_list("chain"), inside: it.take_list("inside") };
    match it.get("rule").and_then(Value::as_u64) {
        Some(rule) => Input::Ruled { rule: usize::try_from(rule).unwrap_or(usize::MAX), markup },
        None => Input::Marked(markup),
    }
}

fn track(it: &mut Map) -> Input {
    let params = it.take_map("params");
    Input::Track { name: text(it, "name"), params, at: it.get("at").and_then(Value::as_u64) }
}

fn settled(it: &mut Map) -> Input {
    let outcome = match number(it, "status") {
        0 => Outcome::Failed,
        status => Outcome::Answered {
            status: u16::try_from(status).unwrap_or_default(),
            retry_after_ms: it.get("wait").and_then(Value::as_u64),
            body: text(it, "body"),
        },
    };
    Input::Settled { batch: short(it, "batch"), outcome }
}

fn text(it: &mut Map, name: &str) -> String {
    it.take_text(name)
}

fn number(it: &Map, name: &str) -> u64 {
    it.number(name, 0)
}

fn short(it: &Map, name: &str) -> u32 {
    u32::try_from(number(it, name)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read;
    use alloc::format;

    fn told(kind: u32, fields: &str) -> Option<Input> {
        let Ok(Value::Map(fields)) = read(fields) else { panic!("{fields}") };
        Input::read(kind, fields)
    }

    #[test]
    fn each_kind_is_read_with_its_fields() {
        for (kind, fields, expected) in [
            (
                1,
                r#"{"url":"https://a.example/","title":"A","referrer":"https://b.example/"}"#,
                r#"Routed(Document { url: "https://a.example/", title: "A", referrer: "https://b.example/" })"#,
            ),
            (7, r#"{"top":1,"window":2,"page":3}"#, "Scrolled(ScrollPosition { top: 1, window: 2, page: 3 })"),
            (
                8,
                r#"{"element":4,"moment":2,"audio":true,"position":1,"duration":2,"watched":3,"title":"t","url":"u"}"#,
                r#"Media(MediaFact { element: 4, moment: Ended, audio: true, position_ms: 1, duration_ms: 2, watched_ms: 3, title: "t", url: "u" })"#,
            ),
            (
                9,
                r#"{"element":4,"moment":1,"id":"i","name":"n","action":"a","fields":""}"#,
                r#"Form(FormFact { element: 4, moment: Submitted, id: "i", name: "n", destination: "a", fields: "" })"#,
            ),
            (12, r#"{"user":"u"}"#, r#"Identify("u")"#),
            (
                14,
                r#"{"batch":3,"status":503,"wait":2000,"body":""}"#,
                r#"Settled { batch: 3, outcome: Answered { status: 503, retry_after_ms: Some(2000), body: "" } }"#,
            ),
            (14, r#"{"batch":3,"status":0}"#, "Settled { batch: 3, outcome: Failed }"),
            (18, "{}", "Stop"),
            (19, r#"{"text":"t"}"#, r#"Loaded(Some("t"))"#),
            (19, "{}", "Loaded(None)"),
            (20, "{}", "Online"),
            (21, r#"{"log":"k\nt\rl\nu","rest":7}"#, r#"Recovered(Some(Recovered { log: "k\nt\rl\nu", rest: 7 }))"#),
            (21, "{}", "Recovered(None)"),
            (22, r#"{"text":"t"}"#, r#"Elsewhere(Some("t"))"#),
            (22, r#"{"text":null}"#, "Elsewhere(None)"),
            (23, "{}", "Forget"),
        ] {
            assert_eq!(format!("{:?}", told(kind, fields).unwrap()), expected);
        }
        assert!(told(24, "{}").is_none());
    }

    #[test]
    fn wrong_fields_are_zero_or_empty() {
        assert_eq!(
            format!("{:?}", told(7, r#"{"top":-1,"window":1.5,"page":99999999999}"#).unwrap()),
            "Scrolled(ScrollPosition { top: 0, window: 0, page: 4294967295 })"
        );
        assert!(
            matches!(told(11, r#"{"name":7,"params":[]}"#), Some(Input::Track { name, params, at: None }) if name.is_empty() && params.is_empty())
        );
    }
}
