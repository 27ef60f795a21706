//! Random histories of trackers, a network and a collector: whatever happens, every accepted event is in one place.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{Server, batch, bearer, broken, event, folder, usually_or_nightly, with_token};
use proptest::prelude::*;
use serde_json::{Value, json};

const AGENTS: [&str; 3] = ["Mozilla/5.0 Gecko/20100101 Firefox/153.0", "AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36", ""];
const SUMMED: [&str; 9] = ["streams", "accepted", "stored", "rejected", "outstanding", "missing", "gaps", "duplicates", "invalid"];

/// Something that happens to one of the streams.
#[derive(Debug, Clone)]
enum Step {
    /// The page does things; every so many of them make an event that the schema refuses.
    Track { events: u64, broken_each: u64 },
    /// The tracker drops what has waited longest.
    GiveUp { events: usize, reason: &'static str },
    /// Another tab finds events too old to send.
    Bury { events: usize, reason: &'static str },
    /// A batch that arrives or not, and whose answer arrives or not.
    Send { events: usize, arrives: bool, answered: bool },
    /// A batch of long ago comes again, as it was then.
    Repeat { batch: usize },
    /// Its visitor is erased.
    Erase,
    /// The collector is stopped and started.
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let reason = prop_oneof![Just("queue_full"), Just("expired"), Just("consent_withdrawn")];
    prop_oneof![
        4 => (1..8_u64, 2..6_u64).prop_map(|(events, broken_each)| Step::Track { events, broken_each }),
        1 => (1..4_usize, reason.clone()).prop_map(|(events, reason)| Step::GiveUp { events, reason }),
        1 => (1..4_usize, reason).prop_map(|(events, reason)| Step::Bury { events, reason }),
        6 => (0..9_usize, prop::bool::weighted(0.8), prop::bool::weighted(0.7))
            .prop_map(|(events, arrives, answered)| Step::Send { events, arrives, answered }),
        2 => (0..20_usize).prop_map(|batch| Step::Repeat { batch }),
        1 => Just(Step::Restart),
        1 => Just(Step::Erase),
    ]
}

/// A tracker with its ledger, and what has reached the collector of its events.
#[derive(Default)]
struct Stream {
    name: String,
    agent: &'static str,
    accepted: u64,
    delivered: u64,
    dropped: BTreeMap<&'static str, u64>,
    waiting: Vec<Value>,
    sent: Vec<Value>,
    stored: BTreeSet<u64>,
    refused: BTreeSet<u64>,
    buried: BTreeMap<u64, String>,
    duplicates: u64,
    erased: bool,
    gone: BTreeSet<u64>,
}

impl Stream {
    fn track(&mut self, events: u64, broken_each: u64) {
        for _ in 0..events {
            let seq = self.accepted;
            self.waiting.push(if seq % broken_each == 1 { broken(seq) } else { event(seq, "page_view") });
            self.accepted += 1;
        }
    }

    fn take(&mut self, events: usize) -> Vec<Value> {
        self.waiting.drain(..events.min(self.waiting.len())).collect()
    }

    fn give_up(&mut self, events: usize, reason: &'static str) {
        let gone = self.take(events).len() as u64;
        *self.dropped.entry(reason).or_default() += gone;
    }

    fn bury(&mut self, events: usize, reason: &'static str) {
        for event in self.waiting.iter_mut().take(events) {
            *event = json!({ "seq": event["seq"], "name": event["name"], "at": event["at"], "dropped": reason });
        }
    }

    fn erase(&mut self, server: &Server) {
        let (site, visitor) = ("shop", format!("visitor-of-{}", self.name));
        let answer = server.client.send("DELETE", &format!("/api/visitors/{visitor}?site={site}"), &[], &[bearer()]).unwrap();
        assert_eq!(answer.json(), json!({ "erased": self.stored.len() + self.refused.len() }));
        self.gone.append(&mut self.stored);
        self.gone.append(&mut self.refused);
        self.erased = true;
    }

    fn batch(&self, events: &[Value]) -> Value {
        let mut batch = batch(&self.name, json!(events));
        batch["ledger"] = json!({ "accepted": self.accepted, "delivered": self.delivered, "dropped": self.dropped });
        batch
    }

    fn send(&mut self, server: &Server, events: usize, arrives: bool, answered: bool) {
        let events = self.take(events);
        let batch = self.batch(&events);
        self.sent.push(batch.clone());
        if arrives {
            self.post(server, &batch);
        }
        if arrives && answered {
            self.delivered += events.len() as u64;
        } else {
            self.waiting.splice(..0, events);
        }
    }

    /// Posts a batch and foretells the answer.
    fn post(&mut self, server: &Server, batch: &Value) {
        let answer = server.client.post("/v1/batch", batch.to_string().as_bytes(), &[("user-agent", self.agent)]).json();
        let events = batch["events"].as_array().unwrap();
        let (mut accepted, mut rejected) = (0, 0);
        let real = |event: &&Value| event.get("dropped").is_none();
        for event in events.iter().filter(real) {
            let seq = event["seq"].as_u64().unwrap();
            if self.erased {
                let new = !self.buried.contains_key(&seq) && self.gone.insert(seq);
                if event["name"] == "page_view" {
                    accepted += u64::from(new)
                } else {
                    rejected += 1
                };
                continue;
            }
            if event["name"] == "page_view" {
                accepted += u64::from(self.stored.insert(seq))
            } else {
                rejected += 1
            };
            if event["name"] != "page_view" {
                self.refused.insert(seq);
            }
            self.buried.remove(&seq);
        }
        for event in events.iter().filter(|event| !real(event)) {
            let seq = event["seq"].as_u64().unwrap();
            if self.erased {
                accepted += u64::from(!self.buried.contains_key(&seq) && self.gone.insert(seq));
            } else if !self.stored.contains(&seq) && !self.refused.contains(&seq) && !self.buried.contains_key(&seq) {
                self.buried.insert(seq, event["dropped"].as_str().unwrap().into());
                accepted += 1;
            }
        }
        let duplicates = events.len() as u64 - accepted - rejected;
        self.duplicates += duplicates;
        assert_eq!((answer["accepted"].as_u64(), answer["duplicates"].as_u64()), (Some(accepted), Some(duplicates)), "{answer}");
        assert_eq!(answer["rejected"].as_array().unwrap().len() as u64, rejected);
    }
}

fn play(streams: &mut [Stream], server: &mut Option<Server>, folder: &std::path::Path, stream: usize, step: &Step) {
    if matches!(step, Step::Restart) {
        drop(server.take());
        *server = Some(with_token(folder));
    }
    let (stream, server) = (&mut streams[stream], server.as_ref().unwrap());
    match *step {
        Step::Track { events, broken_each } => stream.track(events, broken_each),
        Step::GiveUp { events, reason } => stream.give_up(events, reason),
        Step::Bury { events, reason } => stream.bury(events, reason),
        Step::Send { events, arrives, answered } => stream.send(server, events, arrives, answered),
        Step::Repeat { batch } => {
            if let Some(again) = stream.sent.get(batch).cloned() {
                stream.post(server, &again);
            }
        }
        Step::Erase => stream.erase(server),
        Step::Restart => {}
    }
}

fn number(account: &Value, field: &str) -> u64 {
    account[field].as_u64().unwrap()
}

fn dropped(account: &Value) -> u64 {
    account["dropped"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum()
}

fn report(server: &Server) -> Value {
    let report = server.client.send("GET", "/api/report/delivery?site=shop", &[], &[bearer()]).unwrap().json();
    let total = &report["total"];
    for (name, parts) in [("total", json!([total])), ("browsers", report["browsers"].clone()), ("engines", report["engines"].clone())] {
        let parts = parts.as_array().unwrap();
        for row in parts {
            let places = ["stored", "rejected", "outstanding", "missing"].map(|field| number(row, field)).into_iter().sum::<u64>();
            assert_eq!(number(row, "accepted"), places + dropped(row), "{name}: {row}");
        }
        for field in SUMMED {
            assert_eq!(number(total, field), parts.iter().map(|row| number(row, field)).sum::<u64>(), "{field} of {name}");
        }
        assert_eq!(dropped(total), parts.iter().map(dropped).sum::<u64>());
    }
    report
}

fn sum(streams: &[Stream], of: fn(&Stream) -> u64) -> u64 {
    streams.iter().map(of).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: usually_or_nightly(24, 1000), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_accepted_event_is_in_exactly_one_place(
        steps in prop::collection::vec((0..3_usize, step()), 1..40),
        silent in 0..4_usize,
    ) {
        let folder = folder();
        let mut server = Some(with_token(folder.path()));
        let mut streams: Vec<_> = AGENTS.into_iter().enumerate()
            .map(|(number, agent)| Stream { name: format!("s{number}"), agent, ..Stream::default() })
            .collect();
        for (stream, step) in &steps {
            play(&mut streams, &mut server, folder.path(), *stream, step);
        }
        let server = server.unwrap();
        let total = report(&server)["total"].clone();
        prop_assert_eq!(number(&total, "stored"), sum(&streams, |it| it.stored.len() as u64));
        prop_assert_eq!(number(&total, "rejected"), sum(&streams, |it| it.refused.len() as u64));
        prop_assert_eq!(total["dropped"]["erased"].as_u64().unwrap_or(0), sum(&streams, |it| it.gone.len() as u64));
        prop_assert_eq!(number(&total, "duplicates"), sum(&streams, |it| it.duplicates));
        let seen = |it: &Stream| it.stored.iter().chain(&it.refused).chain(it.buried.keys()).chain(&it.gone).copied().collect::<BTreeSet<_>>();
        prop_assert_eq!(number(&total, "gaps"), streams.iter().map(seen).map(|seen| seen.last().map_or(0, |last| last + 1 - seen.len() as u64)).sum::<u64>());

        // A silent stream's debts become losses; nothing else changes, and the rows still add up.
        server.database().execute("UPDATE streams SET last_heard = 0 WHERE name = ?1", [format!("s{silent}")]).unwrap();
        let aged = report(&server)["total"].clone();
        prop_assert_eq!(number(&aged, "outstanding") + number(&aged, "missing"), number(&total, "outstanding"));

        // Once everything that waits has been sent and the ledgers are known, nothing is owed.
        for stream in &mut streams {
            stream.send(&server, usize::MAX, true, true);
        }
        let settled = report(&server)["total"].clone();
        prop_assert_eq!((number(&settled, "accepted"), number(&settled, "outstanding"), number(&settled, "missing")), (sum(&streams, |it| it.accepted), 0, 0));
        prop_assert!(dropped(&settled) >= sum(&streams, |it| it.buried.len() as u64));
        prop_assert_eq!(number(&settled, "gaps") <= sum(&streams, |it| it.dropped.values().sum()), true);
    }
}
