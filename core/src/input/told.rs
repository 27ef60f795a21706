//! Inputs as js/host.js tells them, and as the tracker takes them: a kind and an object of fields.
//!
//! The tracker reads the fields where it needs them: making a typed input of each first cost the browser more.
//! What a field leaves out or has wrong is zero or empty.

use alloc::string::String;

use super::{Document, Facts, FormFact, FormMoment, Input, MediaFact, MediaMoment, Outcome, Recovered, ScrollPosition};
use crate::json::{Map, Value};

/// Kinds of inputs, as js/host.js numbers them. Those of js/early-stub.ts are in pages that nobody changes: they stay what they are.
pub(crate) mod kind {
    pub(crate) const STARTED: u32 = 0;
    pub(crate) const ROUTED: u32 = 1;
    pub(crate) const PAGE: u32 = 2;
    pub(crate) const SHOWN: u32 = 3;
    pub(crate) const HIDDEN: u32 = 4;
    pub(crate) const LEFT: u32 = 5;
    pub(crate) const RETURNED: u32 = 6;
    pub(crate) const SCROLLED: u32 = 7;
    pub(crate) const MEDIA: u32 = 8;
    pub(crate) const FORM: u32 = 9;
    pub(crate) const MARKED: u32 = 10;
    pub(crate) const TRACK: u32 = 11;
    pub(crate) const IDENTIFY: u32 = 12;
    pub(crate) const CONSENT: u32 = 13;
    pub(crate) const SETTLED: u32 = 14;
    pub(crate) const WOKEN: u32 = 15;
    pub(crate) const FLUSH: u32 = 16;
    pub(crate) const RESET: u32 = 17;
    pub(crate) const STOP: u32 = 18;
    pub(crate) const LOADED: u32 = 19;
    pub(crate) const ONLINE: u32 = 20;
    pub(crate) const RECOVERED: u32 = 21;
    pub(crate) const ELSEWHERE: u32 = 22;
    pub(crate) const FORGET: u32 = 23;
}

impl Input {
    /// The kind and the fields.
    #[must_use]
    pub fn told(self) -> (u32, Map) {
        let mut fields = Map::new();
        let it = &mut fields;
        let kind = match self {
            Self::Started(facts) => started(it, facts),
            Self::Routed(page) => document(it, kind::ROUTED, page),
            Self::Page(page) => document(it, kind::PAGE, page),
            Self::Shown => kind::SHOWN,
            Self::Hidden => kind::HIDDEN,
            Self::Left => kind::LEFT,
            Self::Returned(page) => document(it, kind::RETURNED, page),
            Self::Scrolled(position) => scrolled(it, position),
            Self::Media(fact) => media(it, fact),
            Self::Form(fact) => form(it, fact),
            Self::Marked(markup) => {
                it.insert("chain", markup.chain);
                it.insert("inside", markup.inside);
                kind::MARKED
            }
            Self::Ruled { rule, markup } => {
                it.insert("rule", rule as u64);
                it.insert("chain", markup.chain);
                it.insert("inside", markup.inside);
                kind::MARKED
            }
            Self::Track { name, params, at } => {
                it.insert("name", name);
                it.insert("params", params);
                number(it, "at", at);
                kind::TRACK
            }
            Self::Identify(user) => {
                it.insert("user", user);
                kind::IDENTIFY
            }
            Self::Consent(told) => {
                *it = told;
                kind::CONSENT
            }
            Self::Settled { batch, outcome } => settled(it, batch, outcome),
            Self::Woken => kind::WOKEN,
            Self::Flush => kind::FLUSH,
            Self::Reset => kind::RESET,
            Self::Stop => kind::STOP,
            Self::Loaded(text) => {
                it.insert("text", text.unwrap_or_default());
                kind::LOADED
            }
            Self::Online => kind::ONLINE,
            Self::Recovered(recovered) => {
                if let Some(Recovered { log, rest }) = recovered {
                    it.insert("log", log);
                    it.insert("rest", rest);
                }
                kind::RECOVERED
            }
            Self::Elsewhere(text) => {
                it.insert("text", text.unwrap_or_default());
                kind::ELSEWHERE
            }
            Self::Forget => kind::FORGET,
        };
        (kind, fields)
    }
}

/// The class of a device by its screen, CSS pixels, and whether that is mainly touched: `mobile`, `tablet` or `desktop`.
pub(crate) fn device_class(facts: &Map) -> &'static str {
    // A phone's shorter side stays below this, a tablet's doesn't.
    const PHONE_BELOW: u64 = 600;
    match facts.flag("coarse", false) {
        true if facts.number("width", 0).min(facts.number("height", 0)) < PHONE_BELOW => "mobile",
        true => "tablet",
        false => "desktop",
    }
}

/// A number of 32 bits.
#[inline(never)]
pub(crate) fn short(told: &Map, name: &str) -> u32 {
    u32::try_from(told.number(name, 0)).unwrap_or(u32::MAX)
}

fn started(it: &mut Map, facts: Facts) -> u32 {
    document(it, kind::STARTED, facts.document);
    it.insert("coarse", Value::Bool(facts.touched));
    it.insert("width", facts.width);
    it.insert("height", facts.height);
    texts(it, [("language", facts.language), ("screen", facts.screen), ("viewport", facts.viewport), ("engine", facts.engine)]);
    it.insert("gpc", Value::Bool(facts.gpc));
    it.insert("dnt", Value::Bool(facts.dnt));
    it.insert("seen", Value::Bool(facts.seen));
    kind::STARTED
}

fn document(it: &mut Map, kind: u32, page: Document) -> u32 {
    texts(it, [("url", page.url), ("title", page.title), ("referrer", page.referrer)]);
    kind
}

fn scrolled(it: &mut Map, position: ScrollPosition) -> u32 {
    it.insert("top", position.top);
    it.insert("window", position.window);
    it.insert("page", position.page);
    kind::SCROLLED
}

fn media(it: &mut Map, fact: MediaFact) -> u32 {
    let moment: u32 = match fact.moment {
        MediaMoment::Play => 0,
        MediaMoment::Progress => 1,
        MediaMoment::Ended => 2,
        MediaMoment::Changed => 3,
    };
    it.insert("element", fact.element);
    it.insert("moment", moment);
    it.insert("audio", Value::Bool(fact.audio));
    it.insert("position", fact.position_ms);
    it.insert("duration", fact.duration_ms);
    it.insert("watched", fact.watched_ms);
    texts(it, [("title", fact.title), ("url", fact.url)]);
    kind::MEDIA
}

fn form(it: &mut Map, fact: FormFact) -> u32 {
    let moment: u32 = match fact.moment {
        FormMoment::Touched => 0,
        FormMoment::Submitted => 1,
        FormMoment::Invalid => 2,
    };
    it.insert("element", fact.element);
    it.insert("moment", moment);
    texts(it, [("id", fact.id), ("name", fact.name), ("action", fact.destination), ("fields", fact.fields)]);
    kind::FORM
}

fn settled(it: &mut Map, batch: u32, outcome: Outcome) -> u32 {
    it.insert("batch", batch);
    if let Outcome::Answered { status, retry_after_ms, body } = outcome {
        it.insert("status", u64::from(status));
        number(it, "wait", retry_after_ms);
        it.insert("body", body);
    }
    kind::SETTLED
}

fn texts<const N: usize>(it: &mut Map, fields: [(&str, String); N]) {
    for (name, text) in fields {
        it.insert(name, text);
    }
}

fn number(it: &mut Map, name: &str, number: Option<u64>) {
    if let Some(number) = number {
        it.insert(name, number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Markup, Now};
    use crate::json::{read, to_string};
    use crate::options::Options;
    use crate::tracker::Tracker;
    use alloc::vec::Vec;

    fn map(text: &str) -> Map {
        let Ok(Value::Map(map)) = read(text) else { panic!("{text}") };
        map
    }

    #[test]
    fn each_input_is_told_as_the_browser_side_tells_it() {
        let document = || Document { url: "https://a.example/".into(), title: "A".into(), referrer: "https://b.example/".into() };
        let page = r#"{"url":"https://a.example/","title":"A","referrer":"https://b.example/"}"#;
        let facts = Facts {
            document: document(),
            touched: true,
            width: 412,
            height: 915,
            language: "en".into(),
            screen: "1x2".into(),
            viewport: "3x4".into(),
            engine: "wasm".into(),
            gpc: true,
            dnt: false,
            seen: true,
        };
        let media = MediaFact {
            element: 4,
            moment: MediaMoment::Ended,
            audio: true,
            position_ms: 1,
            duration_ms: 2,
            watched_ms: 3,
            title: "t".into(),
            url: "u".into(),
        };
        let moment = FormMoment::Submitted;
        let form = FormFact { element: 4, moment, id: "i".into(), name: "n".into(), destination: "a".into(), fields: "f".into() };
        let markup = || Markup { chain: [map(r#"{"mpEvent":"x"}"#).into()].into(), inside: Vec::new() };
        let answered = Outcome::Answered { status: 503, retry_after_ms: Some(2000), body: "b".into() };
        let recovered = Recovered { log: "k\nt\rl\nu".into(), rest: 7 };
        for (input, kind, fields) in [
            (
                Input::Started(facts),
                0,
                r#"{"url":"https://a.example/","title":"A","referrer":"https://b.example/","coarse":true,"width":412,"height":915,"language":"en","screen":"1x2","viewport":"3x4","engine":"wasm","gpc":true,"dnt":false,"seen":true}"#,
            ),
            (Input::Routed(document()), 1, page),
            (Input::Page(document()), 2, page),
            (Input::Shown, 3, "{}"),
            (Input::Hidden, 4, "{}"),
            (Input::Left, 5, "{}"),
            (Input::Returned(document()), 6, page),
            (Input::Scrolled(ScrollPosition { top: 1, window: 2, page: 3 }), 7, r#"{"top":1,"window":2,"page":3}"#),
            (
                Input::Media(media),
                8,
                r#"{"element":4,"moment":2,"audio":true,"position":1,"duration":2,"watched":3,"title":"t","url":"u"}"#,
            ),
            (Input::Form(form), 9, r#"{"element":4,"moment":1,"id":"i","name":"n","action":"a","fields":"f"}"#),
            (Input::Marked(markup()), 10, r#"{"chain":[{"mpEvent":"x"}],"inside":[]}"#),
            (Input::Ruled { rule: 2, markup: markup() }, 10, r#"{"rule":2,"chain":[{"mpEvent":"x"}],"inside":[]}"#),
            (Input::Track { name: "x".into(), params: map(r#"{"a":1}"#), at: Some(9) }, 11, r#"{"name":"x","params":{"a":1},"at":9}"#),
            (Input::Track { name: "x".into(), params: Map::new(), at: None }, 11, r#"{"name":"x","params":{}}"#),
            (Input::Identify("u".into()), 12, r#"{"user":"u"}"#),
            (Input::Consent(map(r#"{"source":"api"}"#)), 13, r#"{"source":"api"}"#),
            (Input::Settled { batch: 3, outcome: answered }, 14, r#"{"batch":3,"status":503,"wait":2000,"body":"b"}"#),
            (Input::Settled { batch: 3, outcome: Outcome::Failed }, 14, r#"{"batch":3}"#),
            (Input::Woken, 15, "{}"),
            (Input::Flush, 16, "{}"),
            (Input::Reset, 17, "{}"),
            (Input::Stop, 18, "{}"),
            (Input::Loaded(Some("t".into())), 19, r#"{"text":"t"}"#),
            (Input::Loaded(None), 19, r#"{"text":""}"#),
            (Input::Online, 20, "{}"),
            (Input::Recovered(Some(recovered)), 21, r#"{"log":"k\nt\rl\nu","rest":7}"#),
            (Input::Recovered(None), 21, "{}"),
            (Input::Elsewhere(Some("t".into())), 22, r#"{"text":"t"}"#),
            (Input::Elsewhere(None), 22, r#"{"text":""}"#),
            (Input::Forget, 23, "{}"),
        ] {
            let (told, it) = input.told();
            assert_eq!((told, to_string(&it).as_str()), (kind, fields));
        }
    }

    #[test]
    fn wrong_fields_are_zero_or_empty() {
        let wrong = map(r#"{"top":-1,"window":1.5,"page":99999999999,"text":7,"coarse":"true"}"#);
        assert_eq!([short(&wrong, "top"), short(&wrong, "window"), short(&wrong, "page"), short(&wrong, "none")], [0, 0, u32::MAX, 0]);
        assert_eq!((wrong.text("text"), wrong.list("text").len(), device_class(&wrong)), ("", 0, "desktop"));
    }

    #[test]
    fn a_device_is_classed_by_touch_and_its_shorter_side() {
        for (facts, class) in [
            (r#"{"coarse":false,"width":400,"height":300}"#, "desktop"),
            (r#"{"coarse":true,"width":599,"height":1000}"#, "mobile"),
            (r#"{"coarse":true,"width":1000,"height":599}"#, "mobile"),
            (r#"{"coarse":true,"width":600,"height":1000}"#, "tablet"),
        ] {
            assert_eq!(device_class(&map(facts)), class);
        }
    }

    #[test]
    fn any_kind_may_be_told_anything() {
        let names = "url title referrer coarse width height engine gpc top window page element moment position duration watched id action
            fields chain inside rule name params at user source choices governs batch status wait body text log rest";
        let options = r#"{"site":"s","collector":"/","consent":{"mode":"granted"},"rules":[{"on":"click","selector":"a","event":"x"}]}"#;
        for value in ["null", "true", "-1", "18446744073709551616", "1e99", "\"\"", "\"\\r\\n\\t{\"", "[[]]", "[{}]", "{}", "{\"a\":[]}"] {
            let value = read(value).unwrap();
            let mut fields = Map::new();
            names.split_whitespace().for_each(|name| fields.insert(name, value.clone()));
            let mut tracker = Tracker::new(Options::parse(options).unwrap(), [1, 2]);
            // Kinds that come after the last one, too; twice, as the first of them load and start.
            for kind in (0..26).chain(0..26) {
                tracker.hear(kind, &mut fields.clone(), Now::default(), &mut Vec::new());
                let ledger = tracker.ledger();
                let dropped: u64 = ledger.dropped.iter().filter_map(|(_, count)| count.as_u64()).sum();
                assert_eq!(ledger.accepted, ledger.delivered + dropped + tracker.pending() as u64, "told {kind} of {value:?}");
            }
        }
    }
}
