//! The wire as the browser writes it: piece by piece, from where things are.
//! Deliberately not here: the envelope, which the tracker writes from its own state.

use alloc::string::String;

use super::{Event, Page};
use crate::conversion::{Conversion, Tier};
use crate::input::device_class;
use crate::json::{Builder, Map};

impl Event {
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
        if let Some(conversion) = &self.conversion {
            write_conversion(conversion, out);
            if conversion.tier == Tier::Macro {
                out.mark("\t");
            }
        }
        out.close('}');
    }
}

fn write_conversion(conversion: &Conversion, out: &mut Builder) {
    out.object("conversion");
    out.text("tier", conversion.tier.as_str());
    out.some("category", conversion.category.map_or("", |category| category.as_str()));
    out.some("stage", conversion.stage.map_or("", |stage| stage.as_str()));
    out.some("macro", conversion.macro_name.as_deref().unwrap_or_default());
    if let Some(primary) = conversion.primary {
        out.name("primary");
        out.raw(if primary { "true" } else { "false" });
    }
    if let Some(worth) = conversion.worth {
        out.name("worth");
        out.raw(&worth.to_text());
    }
    out.close('}');
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
    use crate::conversion::{Category, Stage};
    use crate::json::to_string;

    #[test]
    fn an_event_is_written_as_serde_writes_it() {
        let bare = Conversion { tier: Tier::Macro, category: None, stage: None, macro_name: None, primary: None, worth: None };
        let mut event = Event {
            seq: 7,
            name: "x\"".into(),
            at: 9,
            page: 2,
            params: Map::new(),
            conversion: None,
            #[cfg(feature = "decode")]
            dropped: None,
        };
        assert_eq!(event.to_json().replace('\t', ""), to_string(&event));
        event.params.insert("value", 3_u32);
        for category in [Category::Process, Category::Engagement, Category::Lead] {
            for stage in [Stage::Awareness, Stage::Consideration, Stage::Decision, Stage::Retention] {
                for (tier, primary) in [(Tier::Micro, None), (Tier::Macro, Some(true)), (Tier::Macro, Some(false))] {
                    let worth = "0.5".parse().ok();
                    event.conversion = Some(Conversion {
                        tier,
                        category: Some(category),
                        stage: Some(stage),
                        macro_name: Some("y".into()),
                        primary,
                        worth,
                    });
                    assert_eq!(event.to_json().replace('\t', ""), to_string(&event));
                }
            }
        }
        event.conversion = Some(bare);
        assert_eq!(event.to_json().replace('\t', ""), to_string(&event));
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
