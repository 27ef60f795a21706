//! The network becomes kind: what is owed arrives, and nothing stays behind.

use std::collections::BTreeSet;

use milepost_core::{Input, Outcome};

use super::World;
use crate::script::step;

impl World {
    /// The network is kind at last: all that is owed has arrived, once, and nothing that nobody told; the log is empty.
    pub(crate) fn heal(&mut self) {
        for at in 0..self.tabs.len() {
            self.with(at, |page| step(page, "show"));
            self.carry(at, None);
            self.drain(at);
        }
        if self.analytics == "granted" {
            self.empty_log();
        }
        let mut arrived = BTreeSet::new();
        for event in self.collector.events().filter(|event| event.name != "page_view" && event.name != "scroll") {
            if event.dropped.is_some() {
                continue;
            }
            let number = event.params.get("n").and_then(|n| n.as_u64()).expect("only what was told arrives");
            assert!(arrived.insert(number), "event {number} arrived under two numbers");
            let value = event.params.get("value").and_then(|value| value.as_decimal());
            assert_eq!(value, self.amounts.get(&number).copied(), "the amount of event {number}");
        }
        let owed = self.tabs.iter().flat_map(|tab| tab.owed.keys()).chain(&self.owed);
        let missing: Vec<_> = if self.analytics == "granted" { owed.filter(|owed| !arrived.contains(owed)).collect() } else { Vec::new() };
        assert!(missing.is_empty(), "events {missing:?} never arrived");
    }

    /// The network is kind to a tab until all has gone.
    pub(super) fn drain(&mut self, at: usize) {
        for _ in 0..2_000 {
            if self.tabs[at].page.tracker.pending() == 0 {
                return;
            }
            self.settle(at);
        }
        panic!("{} events are never sent", self.tabs[at].page.tracker.pending());
    }

    fn settle(&mut self, at: usize) {
        match self.tabs[at].unanswered.take() {
            Some(batch) => {
                self.arrive(at, batch);
                let outcome = Outcome::Answered { status: 200, retry_after_ms: None, body: r#"{"accepted":1}"#.into() };
                self.with(at, |page| page.tell(Input::Settled { batch, outcome }));
            }
            None => self.with(at, |page| page.pass(10_000)),
        }
        self.carry(at, None);
    }

    /// One tab after another reads the log until nothing is in it.
    fn empty_log(&mut self) {
        for _ in 0..400 {
            for at in 0..self.tabs.len() {
                for _ in 0..40 {
                    self.settle(at);
                }
                self.hand_over(at, None);
            }
            if self.disk.written.is_empty() && self.disk.spilled.is_empty() {
                return;
            }
        }
        panic!("{:?} stay in the log", self.disk.written.keys().chain(self.disk.spilled.keys()).collect::<Vec<_>>());
    }
}
