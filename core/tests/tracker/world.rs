//! A browser with three tabs on one site, on a network that loses and repeats: pages obey the shell's contract, people
//! browse, decide on consent, leave and come back; tabs and the whole browser die between any two effects.
//! Deliberately not here: inputs that break the contract.

mod healing;

use std::collections::{BTreeMap, BTreeSet};

use milepost_core::wire::decode;
use milepost_core::{Decimal, Input, Outcome, Recovered, Urgency};

use crate::collector::Collector;
use crate::dice::Dice;
use crate::page::Page;
use crate::script::{map, step};

const OPTIONS: &str = r#""conversions":"ecommerce","batch":{"maxEvents":20}"#;
/// So many events may wait in a tab before the network is kind: far from where events make room for others.
const PATIENCE: usize = 60;
/// What is older is written, whatever happens to the page.
const WRITTEN_AFTER_MS: u64 = 51;

/// What a browser keeps. localStorage reaches the disk some time later, a committed transaction at once.
#[derive(Clone, Default)]
struct Disk {
    store: Option<String>,
    written: BTreeMap<String, String>,
    spilled: BTreeMap<String, String>,
}

/// The browser, and the collector beyond the network.
pub(crate) struct World {
    tabs: Vec<Tab>,
    disk: Disk,
    /// localStorage as it is on the disk.
    flushed: Disk,
    /// Which tab is at the log.
    lock: Option<usize>,
    collector: Collector,
    analytics: &'static str,
    told: u64,
    amounts: BTreeMap<u64, Decimal>,
    /// Events of pages that are gone, that must arrive.
    owed: BTreeSet<u64>,
    seeds: u64,
}

struct Tab {
    page: Page,
    seen: usize,
    unanswered: Option<u32>,
    /// Events the tracker took, that must arrive, and when.
    owed: BTreeMap<u64, u64>,
}

impl World {
    /// A world in which every tab has just been opened.
    pub(crate) fn new() -> Self {
        let mut world = Self {
            tabs: Vec::new(),
            disk: Disk::default(),
            flushed: Disk::default(),
            lock: None,
            collector: Collector::default(),
            analytics: "unknown",
            told: 0,
            amounts: BTreeMap::new(),
            owed: BTreeSet::new(),
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
        if dice.once_in(8) {
            // Whatever comes next is the page's last.
            self.tabs[at].page.dies_after = dice.once_in(6).then(|| dice.below(6) as usize);
        }
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
            21 => self.say(at, dice.pick(&["flush", "online"]), dice),
            22 | 23 => self.pass(dice),
            24..40 => self.track(at, dice),
            40..50 => self.pass(dice),
            50..54 => self.hand_over(at, Some(dice)),
            _ => self.answer(at, dice),
        }
        if self.tabs[at].page.dies_after.is_some() {
            if dice.once_in(4) {
                self.kill(dice);
            } else {
                self.crash(at, dice);
            }
        }
        if self.tabs[at].page.tracker.pending() > PATIENCE {
            self.drain(at);
        }
    }

    fn tab(&mut self) -> Tab {
        self.seeds += 1;
        let members = format!("\"consent\":{{\"mode\":\"required\"}},{OPTIONS}");
        let now = self.tabs.first().map(|tab| tab.page.now);
        let mut page = Page::new(&members, self.seeds.wrapping_mul(0x9e37_79b9_7f4a_7c15), None);
        page.now = now.unwrap_or(page.now);
        page.shared = true;
        Tab { page, seen: 0, unanswered: None, owed: BTreeMap::new() }
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
        let Disk { store, written, spilled } = std::mem::take(&mut self.disk);
        let page = &mut self.tabs[at].page;
        (page.store, page.written, page.spilled) = (store, written, spilled);
        act(page);
        page.log.clear();
        self.disk =
            Disk { store: page.store.take(), written: std::mem::take(&mut page.written), spilled: std::mem::take(&mut page.spilled) };
        if std::mem::take(&mut page.releases) && self.lock == Some(at) {
            self.lock = None;
        }
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
        let tab = &mut self.tabs[at];
        if count(&tab.page) > before {
            tab.owed.insert(number, tab.page.now.mono_ms);
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
            self.tabs[at].page.dies_after = None;
            self.with(at, |page| step(page, &line));
            let tab = &mut self.tabs[at];
            if self.analytics == "granted" {
                // What waited in memory for the choice is written from now on.
                let now = tab.page.now.mono_ms;
                tab.owed.values_mut().for_each(|told| *told = now);
            } else {
                assert_eq!(tab.page.sent.len(), before, "nothing is sent with a refusal");
                tab.unanswered = None;
                // What waited is dropped, but for what waits since for another choice.
                if self.analytics == "denied" || tab.page.tracker.held().0 == 0 {
                    tab.owed.clear();
                }
            }
            self.carry(at, Some(dice));
        }
        if self.analytics != "granted" {
            self.owed.clear();
            self.lock = None;
            let Disk { store, written, spilled } = &self.disk;
            assert!(store.is_none() && written.is_empty() && spilled.is_empty(), "what was kept is forgotten");
            self.flushed = Disk::default();
        }
    }

    /// Another page is loaded in the tab: all that is owed is spilled.
    fn navigate(&mut self, at: usize, dice: &mut Dice) {
        self.tabs[at].page.dies_after = None;
        self.with(at, |page| step(page, "leave"));
        self.carry(at, Some(dice));
        self.bury(at, 0);
        self.replace(at, dice);
    }

    /// The tab's process dies, maybe in the middle of what it did.
    fn crash(&mut self, at: usize, dice: &mut Dice) {
        self.carry(at, Some(dice));
        self.bury(at, WRITTEN_AFTER_MS);
        self.replace(at, dice);
    }

    /// The whole browser dies, and with it what localStorage hadn't written yet.
    fn kill(&mut self, dice: &mut Dice) {
        self.disk.store = self.flushed.store.clone();
        self.disk.spilled = self.flushed.spilled.clone();
        for at in 0..self.tabs.len() {
            self.carry(at, Some(dice));
            self.bury(at, WRITTEN_AFTER_MS);
        }
        // What pages spilled before is lost as well, where it wasn't written too.
        let kept = self.kept();
        self.owed.retain(|owed| kept.contains(owed));
        self.lock = None;
        for at in 0..self.tabs.len() {
            self.replace(at, dice);
        }
    }

    /// What the page owed is what outlives it, and that must be all that is so old.
    fn bury(&mut self, at: usize, age: u64) {
        let kept = self.kept();
        let tab = &mut self.tabs[at];
        let now = tab.page.now.mono_ms;
        let waits = tab.page.tracker.held().0 > 0 || self.analytics != "granted";
        let owed = std::mem::take(&mut tab.owed);
        for (number, told) in owed {
            if kept.contains(&number) {
                self.owed.insert(number);
            } else {
                assert!(waits || told + age > now, "event {number}, {} ms old, is lost with its page", now - told);
            }
        }
    }

    fn replace(&mut self, at: usize, dice: &mut Dice) {
        if self.lock == Some(at) {
            self.lock = None;
        }
        let tab = self.tab();
        self.tabs[at] = tab;
        self.open(at);
        self.carry(at, Some(dice));
    }

    /// Events that arrived, or will from the log.
    fn kept(&self) -> BTreeSet<u64> {
        let texts = self.disk.written.values().chain(self.disk.spilled.values());
        let logged = texts.flat_map(|text| decode(text.as_bytes()).expect("the log holds batches").batch.events);
        logged.chain(self.collector.events().cloned()).filter_map(|event| event.params.get("n")?.as_u64()).collect()
    }

    fn pass(&mut self, dice: &mut Dice) {
        let ms = dice.pick(&[1, 60, 300, 2_000, 8_000, 40_000, 2_000_000]);
        for at in 0..self.tabs.len() {
            if self.tabs[at].page.dies_after.is_none() {
                self.with(at, |page| page.pass(ms));
                self.carry(at, Some(dice));
            } else {
                // The others' time is its own.
                let now = &mut self.tabs[at].page.now;
                (now.wall_ms, now.mono_ms) = (now.wall_ms + ms, now.mono_ms + ms);
                self.tabs[at].owed.values_mut().for_each(|told| *told += ms);
            }
        }
        if ms > 6_000 {
            self.flushed = self.disk.clone();
        }
    }

    /// A tab gets the log that it asked for, unless another one is at it.
    fn hand_over(&mut self, at: usize, dice: Option<&mut Dice>) {
        if !std::mem::take(&mut self.tabs[at].page.asks) {
            return;
        }
        match self.lock {
            Some(_) => self.with(at, |page| page.tell(Input::Recovered(None::<Recovered>))),
            None => {
                self.lock = Some(at);
                self.with(at, Page::recover);
            }
        }
        self.carry(at, dice);
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
}
