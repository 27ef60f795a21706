//! A browser with three tabs on one site, on a network that loses and repeats: pages obey the shell's contract, people
//! browse, decide on consent, leave and come back.
//! Deliberately not here: inputs that break the contract.

use std::collections::{BTreeMap, BTreeSet};

use milepost_core::{Decimal, Input, Outcome, Urgency};

use crate::collector::Collector;
use crate::dice::Dice;
use crate::page::Page;
use crate::script::{map, step};

const OPTIONS: &str = r#""conversions":"ecommerce","batch":{"maxEvents":20}"#;
/// So many events may wait in a tab before the network is kind: far from where events make room for others.
const PATIENCE: usize = 60;

/// The browser, and the collector beyond the network.
pub(crate) struct World {
    tabs: Vec<Tab>,
    kept: Option<String>,
    collector: Collector,
    analytics: &'static str,
    told: u64,
    amounts: BTreeMap<u64, Decimal>,
    seeds: u64,
}

struct Tab {
    page: Page,
    seen: usize,
    unanswered: Option<u32>,
    /// Events the tracker took, that must arrive.
    owed: BTreeSet<u64>,
}

impl World {
    /// A world in which every tab has just been opened.
    pub(crate) fn new() -> Self {
        let mut world = Self {
            tabs: Vec::new(),
            kept: None,
            collector: Collector::default(),
            analytics: "unknown",
            told: 0,
            amounts: BTreeMap::new(),
            seeds: 1,
        };
        for _ in 0..3 {
            let tab = world.tab();
            world.tabs.push(tab);
        }
        (0..3).for_each(|at| world.open(at));
        world
    }

    /// One thing happens.
    pub(crate) fn act(&mut self, dice: &mut Dice) {
        let at = dice.below(self.tabs.len() as u64) as usize;
        match dice.below(if self.analytics == "granted" { 64 } else { 24 }) {
            0..12 => self.track(at, dice),
            12 => self.say(at, &format!("route /p/{}", dice.below(9)), dice),
            13 => self.say(at, &format!("scroll {}/9000", dice.below(9_000)), dice),
            14 => self.say(at, "hide", dice),
            15 => self.say(at, "show", dice),
            16 => self.say(at, "return /back", dice),
            17 => self.say(at, &format!("identify user-{}", dice.below(3)), dice),
            18 if dice.once_in(4) => self.say(at, "reset", dice),
            19 if dice.once_in(3) => self.consent(dice),
            20 if dice.once_in(4) => self.navigate(at, dice),
            21 => self.say(at, "flush", dice),
            22 | 23 => self.pass(dice),
            24..40 => self.track(at, dice),
            40..50 => self.pass(dice),
            _ => self.answer(at, dice),
        }
        if self.tabs[at].page.tracker.pending() > PATIENCE {
            self.drain(at);
        }
    }

    /// The network is kind at last: all that is owed has arrived, once, and nothing that nobody told.
    pub(crate) fn heal(&mut self) {
        (0..self.tabs.len()).for_each(|at| self.drain(at));
        let mut arrived = BTreeSet::new();
        for event in self.collector.events().filter(|event| event.name != "page_view" && event.name != "scroll") {
            let number = event.params.get("n").and_then(|n| n.as_u64()).expect("only what was told arrives");
            assert!(arrived.insert(number), "event {number} arrived under two numbers");
            let value = event.params.get("value").and_then(|value| value.as_decimal());
            assert_eq!(value, self.amounts.get(&number).copied(), "the amount of event {number}");
        }
        for tab in &self.tabs {
            let missing: Vec<_> = if self.analytics == "granted" { tab.owed.difference(&arrived).collect() } else { Vec::new() };
            assert!(missing.is_empty(), "events {missing:?} never arrived");
        }
    }

    fn tab(&mut self) -> Tab {
        self.seeds += 1;
        let members = format!("\"consent\":{{\"mode\":\"required\"}},{OPTIONS}");
        let now = self.tabs.first().map(|tab| tab.page.now);
        let mut page = Page::new(&members, self.seeds.wrapping_mul(0x9e37_79b9_7f4a_7c15), None);
        page.now = now.unwrap_or(page.now);
        Tab { page, seen: 0, unanswered: None, owed: BTreeSet::new() }
    }

    /// The tab's page is there, and hears what the visitor has decided before.
    fn open(&mut self, at: usize) {
        self.with(at, |page| step(page, "start /?utm_source=news"));
        if self.analytics != "unknown" {
            let call = format!("consent {{\"analytics\":\"{}\"}}", self.analytics);
            self.with(at, |page| step(page, &call));
        }
    }

    /// The tab's storage is the browser's.
    fn with(&mut self, at: usize, act: impl FnOnce(&mut Page)) {
        let tab = &mut self.tabs[at];
        tab.page.store = self.kept.take();
        act(&mut tab.page);
        self.kept = tab.page.store.clone();
        tab.page.log.clear();
    }

    fn say(&mut self, at: usize, line: &str, dice: &mut Dice) {
        self.with(at, |page| step(page, line));
        self.carry(at, Some(dice));
    }

    fn track(&mut self, at: usize, dice: &mut Dice) {
        self.told += 1;
        let amount = format!("{}.{:02}", dice.below(100_000), dice.below(100));
        let name = dice.pick(&["own_event", "own_event", "generate_lead", "generate_lead", "purchase"]);
        let quote = dice.pick(&["\"", ""]);
        let number = self.told;
        let order = if name == "purchase" { format!(",\"transaction_id\":{number},\"items\":[{{\"item_id\":1}}]") } else { String::new() };
        let params = format!("{{\"n\":{number},\"value\":{quote}{amount}{quote},\"currency\":\"EUR\"{order}}}");
        let count = |page: &Page| page.tracker.ledger().accepted + page.tracker.held().0 as u64;
        let before = count(&self.tabs[at].page);
        let input = Input::Track { name: name.into(), params: map(&params), at: None };
        self.with(at, |page| page.tell(input));
        if count(&self.tabs[at].page) > before {
            self.tabs[at].owed.insert(number);
        }
        self.amounts.insert(number, amount.parse().unwrap());
        self.carry(at, Some(dice));
    }

    /// The visitor decides; every tab hears it.
    fn consent(&mut self, dice: &mut Dice) {
        self.analytics = dice.pick(&["granted", "granted", "granted", "denied", "unknown"]);
        let line = format!("consent {{\"analytics\":\"{}\"}}", self.analytics);
        for at in 0..self.tabs.len() {
            let before = self.tabs[at].page.sent.len();
            self.with(at, |page| step(page, &line));
            let tab = &mut self.tabs[at];
            if self.analytics != "granted" {
                assert_eq!(tab.page.sent.len(), before, "nothing is sent with a refusal");
                tab.unanswered = None;
                // What waited is dropped, but for what waits since for another choice.
                if self.analytics == "denied" || tab.page.tracker.held().0 == 0 {
                    tab.owed.clear();
                }
            }
            self.carry(at, Some(dice));
        }
        assert!(self.analytics == "granted" || self.kept.is_none(), "what was kept is forgotten: {:?}", self.kept);
    }

    /// Another page is loaded in the tab; what a beacon carried of the old one has to do.
    fn navigate(&mut self, at: usize, dice: &mut Dice) {
        let lucky = dice.once_in(2);
        if lucky {
            // What beacons carried while it was hidden may be lost: seen again, it sends all of it anew.
            self.with(at, |page| step(page, "show"));
        }
        let before = self.tabs[at].page.sent.len();
        self.with(at, |page| step(page, "hide"));
        let bytes: usize = self.tabs[at].page.sent.iter().skip(before).map(|sent| sent.body.len()).sum();
        self.carry(at, if lucky { None } else { Some(dice) });
        if lucky && self.analytics == "granted" && bytes < 45_000 {
            let arrived: BTreeSet<_> = self.collector.events().filter_map(|event| event.params.get("n")?.as_u64()).collect();
            let missing: Vec<_> = self.tabs[at].owed.difference(&arrived).collect();
            assert!(missing.is_empty(), "beacons left {missing:?} behind");
        }
        let tab = self.tab();
        self.tabs[at] = tab;
        self.open(at);
        self.carry(at, Some(dice));
    }

    fn pass(&mut self, dice: &mut Dice) {
        let ms = dice.pick(&[1, 300, 2_000, 6_000, 40_000, 2_000_000]);
        for at in 0..self.tabs.len() {
            self.with(at, |page| page.pass(ms));
            self.carry(at, Some(dice));
        }
    }

    /// An answer comes, or doesn't.
    fn answer(&mut self, at: usize, dice: &mut Dice) {
        let Some(batch) = self.tabs[at].unanswered.take() else { return };
        let (status, retry_after_ms) =
            dice.pick(&[(200, None), (200, None), (200, None), (200, None), (200, None), (0, None), (503, Some(3_000)), (500, None)]);
        if status == 200 {
            self.arrive(at, batch);
        }
        let outcome = match status {
            0 => Outcome::Failed,
            _ => Outcome::Answered { status, retry_after_ms, body: r#"{"accepted":1}"#.into() },
        };
        self.with(at, |page| page.tell(Input::Settled { batch, outcome }));
        self.carry(at, Some(dice));
    }

    /// What is answered has arrived.
    fn arrive(&mut self, at: usize, batch: u32) {
        let sent = self.tabs[at].page.sent.iter().rev().find(|sent| sent.number == batch).expect("it was sent");
        self.collector.take(&sent.batch);
    }

    /// The network carries what was sent: without dice it is kind; with them a request may get there without an answer, a
    /// beacon be lost, and each come twice.
    fn carry(&mut self, at: usize, mut dice: Option<&mut Dice>) {
        let tab = &mut self.tabs[at];
        for sent in &tab.page.sent[tab.seen..] {
            let lost = dice.as_mut().is_some_and(|dice| dice.once_in(2));
            if sent.urgency == Urgency::Normal {
                tab.unanswered = Some(sent.number);
            }
            if !lost {
                self.collector.take(&sent.batch);
            }
        }
        // Only what may still be answered is looked at again.
        if tab.unanswered.is_none() && tab.page.sent.len() > 64 {
            tab.page.sent.clear();
        }
        tab.seen = tab.page.sent.len();
    }

    /// The network is kind to a tab until all has gone.
    fn drain(&mut self, at: usize) {
        for _ in 0..2_000 {
            if self.tabs[at].page.tracker.pending() == 0 {
                return;
            }
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
        panic!("{} events are never sent", self.tabs[at].page.tracker.pending());
    }
}
