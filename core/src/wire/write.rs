//! The wire as the browser writes it: piece by piece, from where things are.
//! Deliberately not here: the envelope, which the tracker writes from its own state.

use alloc::string::String;

use super::Page;
use crate::input::device_class;
use crate::json::{Builder, Map};

/// An [`Event`](super::Event) of this page until it is text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Happened {
    pub(crate) seq: u64,
    pub(crate) name: String,
    pub(crate) at: u64,
    pub(crate) page: u32,
    pub(crate) params: Map,
    /// What it counts as, in JSON; empty when it counts as nothing.
    pub(crate) conversion: String,
    /// Whether that is a macro conversion.
    pub(crate) outcome: bool,
}

impl Happened {
    /// The event as JSON text, with a tab after what a tombstone tells of it, and one before the end of an outcome.
    pub(crate) fn to_json(&self) -> String {
        let mut out = Builder::default();
        self.write(&mut out);
        out.finish()
    }

    /// Apart: what is written to through a reference takes fewer bytes of wasm a member.
    #[inline(never)]
    fn write(&self, out: &mut Builder) {
        out.open('{');
        out.number("seq", self.seq);
        out.text("name", &self.name);
        out.number("at", self.at);
        out.number("page", self.page.into());
        out.mark("\t");
        out.map("params", &self.params);
        if !self.conversion.is_empty() {
            out.name("conversion");
            out.raw(&self.conversion);
        }
        if self.outcome {
            out.mark("\t");
        }
        out.close('}');
    }
}

/// What the browser's facts say of the device.
pub(crate) fn write_device(facts: &Map, out: &mut Builder) {
    out.object("device");
    out.text("class", device_class(facts));
    for name in ["language", "screen", "viewport"] {
        out.some(name, facts.text(name));
    }
    out.close('}');
}

impl Page {
    pub(crate) fn write(&self, out: &mut Builder) {
        out.open('{');
        out.number("id", self.id.into());
        out.text("url", &self.url);
        out.some("title", &self.title);
        out.some("referrer", &self.referrer);
        out.close('}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::to_string;

    #[cfg(feature = "decode")]
    #[test]
    fn an_event_is_written_as_serde_writes_it() {
        use crate::json::{from_value, read};
        use crate::options::Options;
        use alloc::format;

        let check = |event: &Happened| {
            let text = event.to_json().replace('\t', "");
            let decoded: crate::wire::Event = from_value(read(&text).unwrap()).unwrap();
            assert_eq!(text, to_string(&decoded));
        };
        let mut event = Happened { seq: 7, name: "x\"".into(), at: 9, page: 2, ..Happened::default() };
        check(&event);
        event.params.insert("value", 3_u32);
        for category in ["process", "engagement", "lead"] {
            for stage in ["awareness", "consideration", "decision", "retention"] {
                for more in [
                    r#""tier":"micro""#,
                    r#""value":"0.5","macro":"y","tier":"micro""#,
                    r#""rate":0.1,"macroValue":"500","tier":"micro""#,
                    r#""primary":true,"tier":"macro""#,
                    r#""tier":"macro","primary":false"#,
                ] {
                    let definition = format!(r#"{{{more},"stage":"{stage}","category":"{category}"}}"#);
                    let options = format!(r#"{{"site":"s","collector":"/","conversions":{{"x":{definition}}}}}"#);
                    let mut out = Builder::default();
                    event.outcome = Options::parse(&options).unwrap().conversions.write("x", &mut out);
                    event.conversion = out.finish();
                    assert_eq!(event.outcome, more.contains("\"macro\"") && !more.contains("micro"));
                    assert!(event.conversion.contains(stage) && event.conversion.contains(category));
                    check(&event);
                }
            }
        }
    }

    #[cfg(feature = "decode")]
    #[test]
    fn an_envelope_is_written_as_serde_writes_it() {
        use crate::options::Options;
        use crate::{Document, Effect, Facts, Input, Now, Outcome, Tracker};
        use alloc::vec::Vec;

        let full = Facts {
            document: Document {
                url: "https://a.example/?utm_source=n%20x&gclid=1&fbclid=2".into(),
                title: "A \"a\"".into(),
                referrer: "https://b.example/?q".into(),
            },
            touched: true,
            width: 400,
            height: 800,
            language: "en".into(),
            screen: "1x2".into(),
            viewport: "3x4".into(),
            engine: "wasm".into(),
            gpc: true,
            dnt: true,
            seen: false,
        };
        for facts in [full, Facts::default()] {
            let options = r#"{"site":"s","collector":"/","conversions":"ecommerce","consent":{"mode":"granted"}}"#;
            let mut tracker = Tracker::new(Options::parse(options).unwrap(), [1, 2]);
            let choice = crate::json::read(r#"{"source":"api","version":"2","choices":{"marketing":"granted","functional":"denied"}}"#)
                .unwrap()
                .into_map();
            let rejected = Outcome::Answered { status: 200, retry_after_ms: None, body: r#"{"accepted":0,"rejected":[{"seq":0}]}"#.into() };
            let mut bodies = Vec::new();
            for (at, input) in (1_u64..).zip([
                Input::Started(facts),
                Input::Loaded(None),
                Input::Flush,
                Input::Settled { batch: 0, outcome: rejected },
                Input::Consent(choice),
                Input::Identify("u".into()),
                Input::Page(Document { url: "https://a.example/b".into(), ..Document::default() }),
                Input::Track { name: "sign_up".into(), params: Map::new(), at: None },
                Input::Left,
            ]) {
                let mut effects = Vec::new();
                tracker.handle(input, Now { wall_ms: at, mono_ms: at }, &mut effects);
                bodies.extend(
                    effects.into_iter().filter_map(|effect| if let Effect::Send { body, .. } = effect { Some(body) } else { None }),
                );
            }
            assert_eq!(bodies.len(), 2);
            for body in bodies {
                assert_eq!(crate::wire::decode(body.as_bytes()).unwrap().batch.encode(), body.replace(['\n', '\t'], ""));
            }
        }
    }
}
