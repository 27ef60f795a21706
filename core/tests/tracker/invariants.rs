//! What holds whatever the tracker is told, in any order: it never panics, loses count of no event, keeps still without
//! consent, writes only what the collector reads, and does the same again when it is told the same again.

use milepost_core::json::to_string;
use milepost_core::options::Options;
use milepost_core::wire::decode;
use milepost_core::{Effect, Input, Now, Outcome, Tracker, Urgency};
use proptest::prelude::*;

use crate::collector::Collector;
use crate::dice::Dice;
use crate::page::START;
use crate::visitor::Visitor;
use crate::wild::{Known, input, later};

const OPTIONS: [&str; 5] = [
    r#"{"site":"shop","collector":"/","conversions":"ecommerce","rules":[{"on":"click","selector":"a","event":"sign_up"}]}"#,
    r#"{"site":"shop","collector":"/","consent":{"mode":"granted"},"conversions":"ecommerce","currency":"EUR"}"#,
    r#"{"site":"shop","collector":"/","consent":{"mode":"granted"},"batch":{"maxEvents":3,"maxBytes":1000,"maxWaitMs":0},"sessionMinutes":1}"#,
    r#"{"site":"shop","collector":"/","consent":{"mode":"granted","gpc":["analytics"],"dnt":["analytics","marketing"]}}"#,
    r#"{"site":"shop","collector":"/","consent":{"mode":"granted"},"cookieless":true}"#,
];

/// Watches a tracker, and one like it.
struct Witness {
    tracker: Tracker,
    twin: Tracker,
    now: Now,
    visitor: Visitor,
    cookieless: bool,
    known: Known,
    wake: Option<u64>,
    unanswered: bool,
    stream: String,
    collector: Collector,
}

impl Witness {
    fn new(options: &str) -> Self {
        let tracker = Tracker::new(Options::parse(options).unwrap(), [0x1234_5678, 7]);
        let (twin, known, collector) = (tracker.clone(), Known::default(), Collector::default());
        Self {
            tracker,
            twin,
            now: START,
            visitor: Visitor::new(options),
            cookieless: options.contains("cookieless"),
            known,
            wake: None,
            unanswered: false,
            stream: String::new(),
            collector,
        }
    }

    /// Tells both the same and checks what comes of it.
    fn tell(&mut self, input: Input) {
        let told = format!("{input:?}");
        self.visitor.hear(&input, self.now);
        match &input {
            Input::Settled { batch, .. } if *batch == self.known.batch => self.unanswered = false,
            Input::Woken => self.wake = None,
            _ => {}
        }
        let (mut effects, mut again) = (Vec::new(), Vec::new());
        self.tracker.handle(input.clone(), self.now, &mut effects);
        self.twin.handle(input, self.now, &mut again);
        assert_eq!(effects, again, "the same again does the same, told {told}");
        self.conserves(&told);
        for effect in &effects {
            if !self.visitor.agrees() {
                keeps_still(effect, &told);
            }
            if self.cookieless {
                keeps_nothing(effect, &told);
            }
            match effect {
                Effect::Send { batch, body, urgency } => self.sends(*batch, body, *urgency),
                Effect::Persist(text) => self.known.kept = Some(text.clone()),
                Effect::Wake { at_mono_ms } => self.wake = *at_mono_ms,
                _ => {}
            }
        }
    }

    fn conserves(&self, told: &str) {
        let (ledger, pending) = (self.tracker.ledger(), self.tracker.pending() as u64);
        assert_eq!(ledger.accepted, ledger.delivered + dropped(&self.tracker) + pending, "{ledger:?}, {pending} wait, told {told}");
    }

    fn sends(&mut self, batch: u32, body: &str, urgency: Urgency) {
        let decoded = decode(body.as_bytes()).unwrap_or_else(|error| panic!("{error}: {body}"));
        assert_eq!(decoded.rejected, [], "{body}");
        assert_eq!(decoded.batch.encode(), body.replace(['\n', '\t'], ""));
        assert!(urgency == Urgency::Normal || body.len() <= 60_000, "a beacon of {} bytes", body.len());
        if urgency == Urgency::Normal {
            (self.known.batch, self.unanswered) = (batch, true);
        }
        self.stream.clone_from(&decoded.batch.stream);
        self.collector.take(&decoded.batch);
    }

    /// The collector answers everything from now on: all that waits gets there without being asked for.
    fn heal(&mut self) {
        self.tell(Input::Loaded(None));
        for _ in 0..3_000 {
            if self.unanswered {
                let outcome = Outcome::Answered { status: 200, retry_after_ms: None, body: r#"{"accepted":1}"#.into() };
                self.tell(Input::Settled { batch: self.known.batch, outcome });
            } else if let Some(wake) = self.wake {
                self.now.mono_ms = self.now.mono_ms.max(wake);
                self.tell(Input::Woken);
            } else {
                break;
            }
        }
        assert_eq!(self.tracker.pending(), 0, "nothing is sent any more, and nobody asked to be woken");
        let ledger = self.tracker.ledger();
        let kept = self.collector.stream(&self.stream).map_or(0, |stream| stream.len() as u64);
        if self.visitor.agrees() && ledger.delivered > 0 {
            let missing = ledger.accepted - kept;
            assert!(missing <= dropped(&self.tracker), "{missing} events are missing: {ledger:?}");
        }
    }
}

fn dropped(tracker: &Tracker) -> u64 {
    tracker.ledger().dropped.iter().filter_map(|(_, count)| count.as_u64()).sum()
}

/// Without a cookie nothing is read or kept either, nor does a batch name the visitor.
fn keeps_nothing(effect: &Effect, told: &str) {
    match effect {
        Effect::Send { body, .. } => assert!(!body.contains("\"visitor\""), "{body}, told {told}"),
        Effect::Diagnose(_) | Effect::Forget | Effect::Wake { .. } => {}
        _ => panic!("{effect:?} without cookies, told {told}"),
    }
}

/// Without consent nothing is sent, read or kept, and nothing that could be an identifier leaves the tracker.
fn keeps_still(effect: &Effect, told: &str) {
    let texts = match effect {
        Effect::Diagnose(diagnostic) => diagnostic.to_json(),
        Effect::Forget | Effect::Release | Effect::Wake { .. } => return,
        _ => panic!("{effect:?} without consent, told {told}"),
    };
    let longest = texts.split(|letter: char| !letter.is_ascii_hexdigit()).map(str::len).max();
    assert!(longest < Some(16), "an identifier in {texts}");
}

fn play(options: &str, numbers: &[u64]) {
    let mut witness = Witness::new(options);
    for number in numbers {
        let mut dice = Dice(*number);
        let told = input(&mut dice, &witness.known);
        witness.now = later(witness.now, &mut dice);
        witness.tell(told);
    }
    witness.heal();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_it_is_told_it_keeps_its_promises(options in 0_usize..5, numbers in prop::collection::vec(any::<u64>(), 0..500)) {
        play(OPTIONS[options], &numbers);
    }

    #[test]
    fn whatever_is_kept_in_the_browser_is_read_or_refused(text in "\\PC{0,80}", cut in any::<prop::sample::Index>()) {
        let mut page = crate::script::run("start /?utm_source=x\nhide");
        let mut kept = page.store.take().unwrap();
        let at = (0..=cut.index(kept.len())).rev().find(|at| kept.is_char_boundary(*at)).unwrap();
        kept.insert_str(at, &text);
        for kept in [kept, text] {
            let mut page = crate::page::Page::new("\"consent\":{\"mode\":\"granted\"}", 5, Some(kept));
            crate::script::step(&mut page, "start /b");
            page.drain();
            prop_assert_eq!(page.last().visitor.as_ref().map(String::len), Some(32));
            prop_assert_eq!(page.last().session.id.len(), 16);
        }
    }

    #[test]
    fn any_bytes_are_a_batch_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&bytes);
    }

    #[test]
    fn a_batch_that_was_tampered_with_is_read_or_refused(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let page = crate::script::run("start /?utm_source=x\ntrack a {\"value\":1.50,\"currency\":\"EUR\"}\nflush");
        let mut body = page.sent[0].body.clone().into_bytes();
        let at = at.index(body.len());
        body[at] = byte;
        body.truncate(if cut { at } else { body.len() });
        if let Ok(decoded) = decode(&body) {
            let written = decoded.batch.encode();
            let again = decode(written.as_bytes()).unwrap();
            prop_assert_eq!(to_string(&again.batch), written);
        }
    }
}
