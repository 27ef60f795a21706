//! A page that obeys the contract of the shell: it carries effects out in order, answers `Load` and `Recover` at once from
//! what stands for the browser's storage, keeps what is sent, and lets time pass.

use std::collections::{BTreeMap, VecDeque};

use milepost_core::options::Options;
use milepost_core::wire::{Batch, Event, decode};
use milepost_core::{Effect, Input, Now, Outcome, Recovered, Tracker, Urgency};

/// When every page starts.
pub(crate) const START: Now = Now { wall_ms: 1_763_752_000_000, mono_ms: 1_000 };

/// A batch that was sent.
pub(crate) struct Sent {
    pub(crate) number: u32,
    pub(crate) urgency: Urgency,
    pub(crate) body: String,
    pub(crate) batch: Batch,
}

/// A page with a tracker on it.
pub(crate) struct Page {
    pub(crate) tracker: Tracker,
    pub(crate) now: Now,
    /// What the browser keeps.
    pub(crate) store: Option<String>,
    /// The log: what was written while pages lived, and what was spilled when they were left.
    pub(crate) written: BTreeMap<String, String>,
    pub(crate) spilled: BTreeMap<String, String>,
    /// Everything that was sent.
    pub(crate) sent: Vec<Sent>,
    /// Every effect as a line.
    pub(crate) log: Vec<String>,
    /// When the tracker wants to be woken.
    pub(crate) wake: Option<u64>,
    /// Whether the log is shared with other tabs: then somebody else answers [`Effect::Recover`].
    pub(crate) shared: bool,
    /// The tracker asked for the log; it is done with the log.
    pub(crate) asks: bool,
    pub(crate) releases: bool,
    /// Parts of other pages, as they were read.
    pub(crate) found: BTreeMap<String, Vec<String>>,
    /// What is to be done; the outermost call does it.
    effects: VecDeque<Effect>,
    draining: bool,
    /// After so many effects the page is dead.
    pub(crate) dies_after: Option<usize>,
}

impl Page {
    /// A page whose options are these members beside `site` and `collector`.
    pub(crate) fn new(members: &str, seed: u64, store: Option<String>) -> Self {
        let text = format!(r#"{{"site":"shop","collector":"https://collect.example",{members}}}"#);
        let tracker = Tracker::new(Options::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}")), [seed, 2]);
        Self {
            tracker,
            now: START,
            store,
            written: BTreeMap::new(),
            spilled: BTreeMap::new(),
            sent: Vec::new(),
            log: Vec::new(),
            wake: None,
            shared: false,
            asks: false,
            releases: false,
            found: BTreeMap::new(),
            effects: VecDeque::new(),
            draining: false,
            dies_after: None,
        }
    }

    /// Tells the tracker something and does what it asks for.
    pub(crate) fn tell(&mut self, input: Input) {
        let mut effects = Vec::new();
        self.tracker.handle(input, self.now, &mut effects);
        self.effects.extend(effects);
        if std::mem::replace(&mut self.draining, true) {
            return;
        }
        while let Some(effect) = self.effects.pop_front() {
            match &mut self.dies_after {
                Some(0) => {
                    self.effects.clear();
                    break;
                }
                Some(effects) => *effects -= 1,
                None => {}
            }
            self.log.extend(line(&effect, self.now));
            match effect {
                Effect::Send { batch, body, urgency } => self.keep(batch, body, urgency),
                Effect::Load => self.tell(Input::Loaded(self.store.clone())),
                Effect::Persist(text) => self.store = Some(text),
                Effect::Log { key, text } => {
                    self.spilled.remove(&key);
                    self.found.entry(key.clone()).and_modify(|known| known.push(text.clone()));
                    self.written.insert(key, text);
                }
                Effect::Spill { key, text } => {
                    self.spilled.insert(key, text);
                }
                Effect::Unlog { key } => {
                    let known = self.found.remove(&key);
                    for parts in [&mut self.written, &mut self.spilled] {
                        // What another page has written since stays.
                        if parts.get(&key).is_some_and(|text| known.as_ref().is_none_or(|known| known.contains(text))) {
                            parts.remove(&key);
                        }
                    }
                }
                Effect::Recover if self.shared => self.asks = true,
                Effect::Recover => self.recover(),
                Effect::Release => self.releases = true,
                Effect::Forget => {
                    self.store = None;
                    self.written.clear();
                    self.spilled.clear();
                }
                Effect::Wake { at_mono_ms } => self.wake = at_mono_ms,
                Effect::Diagnose(_) => {}
            }
        }
        self.draining = false;
        let ledger = self.tracker.ledger();
        let dropped: u64 = ledger.dropped.iter().filter_map(|(_, count)| count.as_u64()).sum();
        assert_eq!(ledger.accepted, ledger.delivered + dropped + self.tracker.pending() as u64, "{ledger:?}");
    }

    /// Hands the log over.
    pub(crate) fn recover(&mut self) {
        let texts = |key: &String| [&self.written, &self.spilled].iter().filter_map(|parts| parts.get(key).cloned()).collect();
        self.found = self.written.keys().chain(self.spilled.keys()).map(|key| (key.clone(), texts(key))).collect();
        let log = self.recovered();
        self.tell(Input::Recovered(Some(Recovered { log, rest: 0 })));
    }

    /// What the log holds: a part that is spilled is newer than what was written of it.
    pub(crate) fn recovered(&self) -> String {
        let mut parts = self.written.clone();
        parts.extend(self.spilled.clone());
        parts.into_iter().map(|(key, text)| format!("{key}\n{text}")).collect::<Vec<_>>().join("\r")
    }

    /// Lets time pass, waking the tracker when it asked for it.
    pub(crate) fn pass(&mut self, ms: u64) {
        let end = self.now.mono_ms + ms;
        while let Some(at) = self.wake.filter(|at| *at <= end) {
            self.now.wall_ms += at.saturating_sub(self.now.mono_ms);
            self.now.mono_ms = at.max(self.now.mono_ms);
            self.wake = None;
            self.tell(Input::Woken);
        }
        self.now.wall_ms += end - self.now.mono_ms;
        self.now.mono_ms = end;
    }

    /// Answers the last batch that wants an answer.
    pub(crate) fn answer(&mut self, status: u16, retry_after_ms: Option<u64>, body: &str) {
        self.settle(Outcome::Answered { status, retry_after_ms, body: body.into() });
    }

    /// Settles the last batch that wants an answer.
    pub(crate) fn settle(&mut self, outcome: Outcome) {
        let batch = self.sent.iter().rev().find(|sent| sent.urgency == Urgency::Normal).expect("a batch was sent").number;
        self.tell(Input::Settled { batch, outcome });
    }

    /// Sends all that waits to a collector that takes everything.
    pub(crate) fn drain(&mut self) {
        for _ in 0..2_000 {
            self.tell(Input::Flush);
            if self.tracker.pending() == 0 {
                return;
            }
            self.answer(200, None, r#"{"accepted":1}"#);
            self.pass(1);
        }
        panic!("{} events are never sent", self.tracker.pending());
    }

    /// Each event that was sent, once, with the batch that carried it first.
    pub(crate) fn events(&self) -> Vec<(&Batch, &Event)> {
        let mut events = BTreeMap::new();
        for (at, sent) in self.sent.iter().enumerate() {
            for event in &sent.batch.events {
                let first = self.sent.iter().position(|sent| sent.batch.stream == self.sent[at].batch.stream);
                events.entry((first, event.seq)).or_insert((&sent.batch, event));
            }
        }
        events.into_values().collect()
    }

    /// The last batch.
    pub(crate) fn last(&self) -> &Batch {
        &self.sent.last().expect("something was sent").batch
    }

    fn keep(&mut self, number: u32, body: String, urgency: Urgency) {
        let decoded = decode(body.as_bytes()).unwrap_or_else(|error| panic!("{error}: {body}"));
        assert_eq!(decoded.rejected, [], "{body}");
        assert!(!decoded.batch.events.is_empty(), "{body}");
        let names: Vec<_> = decoded.batch.events.iter().map(|event| event.name.as_str()).collect();
        let verb = if urgency == Urgency::Leaving { "beacon" } else { "send" };
        self.log.push(format!("{verb} {number}: {}", names.join(" ")));
        self.sent.push(Sent { number, urgency, body, batch: decoded.batch });
    }
}

/// An effect as a line; what is sent has its own, since it has to be read for that.
fn line(effect: &Effect, now: Now) -> Option<String> {
    Some(match effect {
        Effect::Send { .. } => return None,
        Effect::Load => "load".into(),
        Effect::Persist(_) => "persist".into(),
        Effect::Log { key, text } => logged("log", key, text),
        Effect::Spill { key, text } => logged("spill", key, text),
        Effect::Unlog { key } => format!("unlog {}", part(key)),
        Effect::Recover => "recover".into(),
        Effect::Release => "release".into(),
        Effect::Forget => "forget".into(),
        Effect::Wake { at_mono_ms: Some(at) } => format!("wake +{}", at.saturating_sub(now.mono_ms)),
        Effect::Wake { at_mono_ms: None } => "wake never".into(),
        Effect::Diagnose(told) => format!("! {} {} {}", told.code, told.event, told.param).trim_end().into(),
    })
}

fn logged(verb: &str, key: &str, text: &str) -> String {
    let decoded = decode(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(decoded.rejected, [], "{text}");
    let names: Vec<_> = decoded.batch.events.iter().map(|event| event.name.as_str()).collect();
    format!("{verb} {}: {}", part(key), names.join(" "))
}

fn part(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or_default()
}
