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
    batch: Option<u32>,
    beacon: Option<u32>,
}

/// Events of one stream, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    events: Vec<Queued>,
    bytes: usize,
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
    /// The events as JSON, with commas between them.
    pub(crate) json: Builder,
}

/// Which events go into a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pick {
    /// Those that no request carries: they become part of this batch.
    Batch(u32),
    /// Those that no beacon carries yet: copies, since a beacon's fate is never known.
    Beacon(u32),
}

impl Queue {
    /// Takes an event in and numbers it. `keep` marks those that outlive others when too much waits.
    /// Returns how many had to make room.
    pub(crate) fn push(&mut self, event: &mut Event, epoch: u32, keep: bool, mono_ms: u64) -> usize {
        event.seq = self.next_seq;
        self.next_seq += 1;
        let json = event.to_json();
        if json.len() > MAX_BYTES {
            // It would drive all others out and then itself.
            self.count(DropReason::QueueFull, 1);
            return 1;
        }
        self.bytes += json.len();
        let (seq, page) = (event.seq, event.page);
        self.events.push(Queued { seq, page, epoch, json, keep, since_mono_ms: mono_ms, batch: None, beacon: None });
        let mut gone = 0;
        while self.events.len() > MAX_EVENTS || self.bytes > MAX_BYTES {
            let spare = |keep: bool| self.events.iter().find(|event| event.batch.is_none() && event.keep == keep);
            let Some(oldest) = spare(false).or_else(|| spare(true)).map(|event| event.seq) else { break };
            self.remove(&|event| event.seq == oldest);
            self.count(DropReason::QueueFull, 1);
            gone += 1;
        }
        gone
    }

    /// The next run: at most so many events and bytes, all of one epoch.
    pub(crate) fn take(&mut self, pick: Pick, max_events: usize, max_bytes: usize) -> Option<Run> {
        let mut run = Run::default();
        let mut bytes = 0;
        for event in &mut self.events {
            let free = match pick {
                Pick::Batch(_) => event.batch.is_none(),
                Pick::Beacon(_) => event.beacon.is_none(),
            };
            if !free {
                continue;
            }
            let full = run.events >= max_events || bytes + event.json.len() > max_bytes || event.epoch != run.epoch;
            if full && run.events > 0 {
                break;
            }
            match pick {
                Pick::Batch(batch) => event.batch = Some(batch),
                // One event beyond the limit of a beacon can only go by a request that is read.
                Pick::Beacon(_) if event.json.len() > max_bytes => continue,
                Pick::Beacon(beacon) => event.beacon = Some(beacon),
            }
            bytes += event.json.len() + 1;
            run.epoch = event.epoch;
            if !run.pages.contains(&event.page) {
                run.pages.push(event.page);
            }
            run.json.raw(&event.json);
            run.events += 1;
        }
        (run.events > 0).then_some(run)
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

    /// What a beacon may have carried is sent again, since a beacon's fate is never known.
    pub(crate) fn doubt_beacons(&mut self) {
        for event in &mut self.events {
            event.beacon = None;
        }
    }

    /// This beacon carries nothing after all.
    pub(crate) fn withhold(&mut self, beacon: u32) {
        for event in self.events.iter_mut().filter(|event| event.beacon == Some(beacon)) {
            event.beacon = None;
        }
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
