//! Accepted events until a collector's answer settles them, and the ledger of what became of each.
//! Deliberately not here: when to send, and consent.

use alloc::string::String;
use alloc::vec::Vec;

use crate::json::{Builder, Map, Value};
use crate::wire::{Event, Ledger};

/// Most events that wait.
pub(crate) const MAX_EVENTS: usize = 1_000;
/// Most bytes of events that wait.
pub(crate) const MAX_BYTES: usize = 512 * 1024;
/// Most bytes of events in a part of the log, unless one alone has more.
const MAX_PART_BYTES: usize = 16_000;

/// Why an accepted event was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropReason {
    /// Too much waits: the oldest event that is no macro conversion goes first.
    QueueFull,
    /// The visitor took consent back.
    ConsentWithdrawn,
    /// The collector keeps the event aside as invalid.
    Rejected,
    /// The collector refuses the batch even with this event alone in it.
    Refused,
}

impl DropReason {
    const ALL: [Self; 4] = [Self::QueueFull, Self::ConsentWithdrawn, Self::Rejected, Self::Refused];

    /// The stable code used in the ledger and in diagnostics.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::ConsentWithdrawn => "consent_withdrawn",
            Self::Rejected => "rejected",
            Self::Refused => "refused",
        }
    }
}

#[derive(Clone, Debug)]
struct Queued {
    seq: u64,
    page: u32,
    epoch: u32,
    json: String,
    keep: bool,
    since_mono_ms: u64,
    /// The request that carries it.
    batch: Option<u32>,
    /// The part of the log that it belongs to, whether it is written there, and whether all was done for it on leaving.
    part: u32,
    logged: bool,
    left: bool,
}

/// Events of one stream, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    events: Vec<Queued>,
    bytes: usize,
    /// The part of the log that is being filled; full when nothing more goes in.
    part: u32,
    part_epoch: u32,
    part_page: Option<u32>,
    part_bytes: usize,
    next_seq: u64,
    delivered: u64,
    dropped: [u64; 4],
    /// Events that were wrong and never got here.
    pub(crate) invalid: u64,
}

/// A run of events that share an envelope.
#[derive(Debug, Default)]
pub(crate) struct Run {
    pub(crate) epoch: u32,
    pub(crate) pages: Vec<u32>,
    /// How many events.
    pub(crate) events: usize,
    /// The events as JSON, a line each, with commas between them.
    pub(crate) json: String,
}

impl Run {
    fn add(&mut self, event: &Queued) {
        self.epoch = event.epoch;
        if !self.pages.contains(&event.page) {
            self.pages.push(event.page);
        }
        if self.events > 0 {
            self.json.push_str(",\n");
        }
        self.json.push_str(&event.json);
        self.events += 1;
    }
}

impl Queue {
    /// Takes an event in and numbers it. `keep` marks those that outlive others when too much waits; `page_bytes` is what its
    /// page adds to an envelope. Returns how many had to make room.
    pub(crate) fn push(&mut self, event: &mut Event, epoch: u32, keep: bool, mono_ms: u64, page_bytes: usize) -> usize {
        event.seq = self.next_seq;
        self.next_seq += 1;
        let json = event.to_json();
        if json.len() > MAX_BYTES {
            // It would drive all others out and then itself.
            self.count(DropReason::QueueFull, 1);
            return 1;
        }
        self.bytes += json.len();
        if self.part_bytes > 0 && (self.part_bytes + json.len() > MAX_PART_BYTES || self.part_epoch != epoch) {
            self.close_part();
        }
        if self.part_page != Some(event.page) {
            self.part_bytes += page_bytes;
        }
        self.part_bytes += json.len();
        self.part_epoch = epoch;
        self.part_page = Some(event.page);
        let (seq, page, part) = (event.seq, event.page, self.part);
        self.events.push(Queued { seq, page, epoch, json, keep, since_mono_ms: mono_ms, batch: None, part, logged: false, left: false });
        let mut gone = 0;
        while self.events.len() > MAX_EVENTS || self.bytes > MAX_BYTES {
            let spare = |keep: bool| self.events.iter().find(|event| event.batch.is_none() && event.keep == keep);
            let Some((oldest, part)) = spare(false).or_else(|| spare(true)).map(|event| (event.seq, event.part)) else { break };
            self.remove(&|event| event.seq == oldest);
            // The log must not bring it back.
            self.events.iter_mut().filter(|event| event.part == part).for_each(|event| event.logged = false);
            self.count(DropReason::QueueFull, 1);
            gone += 1;
        }
        gone
    }

    /// The next run that no request carries: at most so many events and bytes, all of one epoch; it becomes this batch.
    pub(crate) fn take(&mut self, batch: u32, max_events: usize, max_bytes: usize) -> Option<Run> {
        let mut run = Run::default();
        let mut bytes = 0;
        for event in self.events.iter_mut().filter(|event| event.batch.is_none()) {
            let full = run.events >= max_events || bytes + event.json.len() > max_bytes || event.epoch != run.epoch;
            if full && run.events > 0 {
                break;
            }
            event.batch = Some(batch);
            bytes += event.json.len() + 1;
            run.add(event);
        }
        (run.events > 0).then_some(run)
    }

    /// What envelopes say has changed: the log is to be written anew.
    pub(crate) fn rewrite(&mut self) {
        self.events.iter_mut().for_each(|event| event.logged = false);
    }

    /// All events of a part of the log, and whether that is written now.
    pub(crate) fn part(&mut self, part: u32, written: bool) -> Run {
        let mut run = Run::default();
        for event in self.events.iter_mut().filter(|event| event.part == part) {
            event.logged |= written;
            run.add(event);
        }
        run
    }

    /// The first part that has to be written, and since when.
    pub(crate) fn unlogged(&self) -> Option<(u32, u64)> {
        self.events.iter().find(|event| !event.logged).map(|event| (event.part, event.since_mono_ms))
    }

    /// The part that matters most of those for which nothing was done on leaving yet: with an outcome, else the newest.
    pub(crate) fn leave_part(&mut self) -> Option<u32> {
        let staying = |keep: bool| self.events.iter().rev().find(|event| !event.left && event.keep >= keep);
        let part = staying(true).or_else(|| staying(false))?.part;
        self.events.iter_mut().filter(|event| event.part == part).for_each(|event| event.left = true);
        Some(part)
    }

    /// Nothing more goes into the part that is being filled.
    pub(crate) fn close_part(&mut self) {
        self.part += u32::from(self.part_bytes > 0);
        self.part_bytes = 0;
        self.part_page = None;
    }

    /// Whether events of the part are still there.
    pub(crate) fn names_part(&self, part: u32) -> bool {
        self.events.iter().any(|event| event.part == part)
    }

    /// The collector has settled a batch: each of its events is delivered, but for those it rejected.
    pub(crate) fn settle(&mut self, batch: u32, rejected: &[u64]) {
        let before = self.events.len();
        let settled = |event: &Queued| event.batch == Some(batch);
        let refused = self.events.iter().filter(|event| settled(event) && rejected.contains(&event.seq)).count();
        self.remove(&settled);
        self.count(DropReason::Rejected, refused);
        self.delivered += (before - self.events.len() - refused) as u64;
    }

    /// The batch has not arrived as far as is known: its events wait again.
    pub(crate) fn release(&mut self, batch: u32) {
        for event in self.events.iter_mut().filter(|event| event.batch == Some(batch)) {
            event.batch = None;
        }
    }

    /// Gives a batch's events up.
    pub(crate) fn give_up(&mut self, batch: u32, reason: DropReason) {
        let before = self.events.len();
        self.remove(&|event| event.batch == Some(batch));
        self.count(reason, before - self.events.len());
    }

    /// The page lives on: what a beacon may have carried goes again with the next leaving, since its fate is never known.
    pub(crate) fn stay(&mut self) {
        self.events.iter_mut().for_each(|event| event.left = false);
    }

    /// How many events a batch holds.
    pub(crate) fn size_of(&self, batch: u32) -> usize {
        self.events.iter().filter(|event| event.batch == Some(batch)).count()
    }

    /// Number, bytes and the oldest one's time of the events that no request carries.
    pub(crate) fn waiting(&self) -> (usize, usize, Option<u64>) {
        let (mut events, mut bytes, mut oldest) = (0, 0, None);
        for event in &self.events {
            if event.batch.is_none() {
                events += 1;
                bytes += event.json.len();
                oldest = oldest.or(Some(event.since_mono_ms));
            }
        }
        (events, bytes, oldest)
    }

    /// Whether an event names the page.
    pub(crate) fn names_page(&self, page: u32) -> bool {
        self.events.iter().any(|event| event.page == page)
    }

    /// Whether an event belongs to the epoch.
    pub(crate) fn names_epoch(&self, epoch: u32) -> bool {
        self.events.iter().any(|event| event.epoch == epoch)
    }

    /// How many events are not settled yet.
    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    /// What became of the events so far.
    pub(crate) fn ledger(&self) -> Ledger {
        let mut dropped = Map::new();
        for (reason, count) in DropReason::ALL.iter().zip(self.dropped) {
            if count > 0 {
                dropped.insert(reason.code(), Value::from(count));
            }
        }
        Ledger { accepted: self.next_seq, delivered: self.delivered, dropped, invalid: self.invalid }
    }

    /// The [`ledger`](Self::ledger) as a member.
    pub(crate) fn write_ledger(&self, out: &mut Builder) {
        out.object("ledger");
        out.number("accepted", self.next_seq);
        out.number("delivered", self.delivered);
        if self.dropped != [0; 4] {
            out.object("dropped");
            for (reason, count) in DropReason::ALL.iter().zip(self.dropped) {
                if count > 0 {
                    out.number(reason.code(), count);
                }
            }
            out.close('}');
        }
        if self.invalid > 0 {
            out.number("invalid", self.invalid);
        }
        out.close('}');
    }

    #[inline(never)]
    fn remove(&mut self, gone: &dyn Fn(&Queued) -> bool) {
        let bytes = &mut self.bytes;
        self.events.retain(|event| {
            let gone = gone(event);
            *bytes -= if gone { event.json.len() } else { 0 };
            !gone
        });
    }

    fn count(&mut self, reason: DropReason, events: usize) {
        if let Some(count) = self.dropped.get_mut(reason as usize) {
            *count += events as u64;
        }
    }
}
