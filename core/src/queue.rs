//! Accepted events until a collector's answer settles them, and the ledger of what became of each.
//! Deliberately not here: when to send, and consent.

use alloc::string::String;
use alloc::vec::Vec;

use crate::json::{Builder, Map, Value};
use crate::tracker::NEVER;
use crate::wire::{Happened, Ledger};

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

/// The batch of what no request carries yet. Real batches are numbered from 0, and no page sends so many.
pub(crate) const WAITING: u32 = u32::MAX;
/// The batch of what is given up and about to go.
const GONE: u32 = u32::MAX - 1;

/// Any part of the log: none gets so far.
const ANY: u32 = u32::MAX;
/// Mark of an event that its part of the log has.
const LOGGED: u32 = 1;
/// Mark of an event for which all was done on leaving.
const LEFT: u32 = 2;

/// An event that isn't settled.
#[derive(Clone, Debug)]
pub(crate) struct Queued {
    seq: u64,
    pub(crate) since_mono_ms: u64,
    page: u32,
    epoch: u32,
    json: String,
    keep: bool,
    /// The request that carries it.
    batch: u32,
    /// The part of the log that it belongs to.
    pub(crate) part: u32,
    marks: u32,
}

/// Events that share an envelope: those that have a number in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    number: fn(&Queued) -> u32,
    wanted: u32,
}

impl Run {
    pub(crate) fn of_batch(batch: u32) -> Self {
        Self { number: |event| event.batch, wanted: batch }
    }

    pub(crate) fn of_part(part: u32) -> Self {
        Self { number: |event| event.part, wanted: part }
    }

    fn has(self, event: &Queued) -> bool {
        (self.number)(event) == self.wanted
    }
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

impl Queue {
    /// Takes an event in and numbers it. `keep` marks those that outlive others when too much waits; `page_bytes` is what its
    /// page adds to an envelope. Returns whether some had to make room.
    pub(crate) fn push(&mut self, event: &mut Happened, epoch: u32, keep: bool, mono_ms: u64, page_bytes: usize) -> bool {
        event.seq = self.next_seq;
        self.next_seq += 1;
        let json = event.to_json();
        if json.len() > MAX_BYTES {
            // It would drive all others out and then itself.
            self.count(DropReason::QueueFull, 1);
            return true;
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
        self.events.push(Queued {
            seq: event.seq,
            since_mono_ms: mono_ms,
            page: event.page,
            epoch,
            json,
            keep,
            batch: WAITING,
            part: self.part,
            marks: 0,
        });
        let mut crowded = false;
        while (self.events.len() > MAX_EVENTS || self.bytes > MAX_BYTES) && (self.drop_oldest(false) || self.drop_oldest(true)) {
            crowded = true;
        }
        crowded
    }

    /// Gives up the oldest event that no request carries, of those that outlive others or of the others.
    fn drop_oldest(&mut self, keep: bool) -> bool {
        let Some(oldest) = self.events.iter_mut().find(|event| event.batch == WAITING && event.keep == keep) else { return false };
        oldest.batch = GONE;
        let part = oldest.part;
        // The log must not bring it back.
        self.mark(part, LOGGED, 0);
        self.give_up(GONE, DropReason::QueueFull);
        true
    }

    /// The next run that no request carries becomes this batch: at most so many events and bytes, all of one epoch. Returns
    /// whether there is one.
    pub(crate) fn take(&mut self, batch: u32, max_events: usize, max_bytes: usize) -> bool {
        let (mut events, mut bytes, mut epoch) = (0, 0, 0);
        for event in &mut self.events {
            if event.batch != WAITING {
                continue;
            }
            if events > 0 && (events >= max_events || bytes + event.json.len() > max_bytes || event.epoch != epoch) {
                break;
            }
            event.batch = batch;
            events += 1;
            bytes += event.json.len() + 1;
            epoch = event.epoch;
        }
        events > 0
    }

    /// A part of the log is written.
    pub(crate) fn log_part(&mut self, part: u32) {
        self.mark(part, LOGGED, LOGGED);
    }

    /// The epoch of a run.
    pub(crate) fn epoch(&self, run: Run) -> u32 {
        self.events.iter().find(|event| run.has(event)).map_or(0, |event| event.epoch)
    }

    /// Whether an event of a run names the page.
    pub(crate) fn names_page(&self, run: Run, page: u32) -> bool {
        self.events.iter().any(|event| event.page == page && run.has(event))
    }

    /// A run as JSON, a line each, with commas between them.
    pub(crate) fn write(&self, run: Run, out: &mut Builder) {
        let mut line = "\n";
        for event in &self.events {
            if run.has(event) {
                out.mark(line);
                out.raw(&event.json);
                line = ",\n";
            }
        }
    }

    /// What envelopes say has changed: the log is to be written anew.
    pub(crate) fn rewrite(&mut self) {
        self.mark(ANY, LOGGED, 0);
    }

    /// The first event whose part has to be written.
    pub(crate) fn unlogged(&self) -> Option<&Queued> {
        self.events.iter().find(|event| event.marks & LOGGED == 0)
    }

    /// The part that matters most of those for which nothing was done on leaving yet: with an outcome, else the newest.
    pub(crate) fn leave_part(&mut self) -> Option<u32> {
        let mut found: Option<&Queued> = None;
        for event in &self.events {
            if event.marks & LEFT == 0 && found.is_none_or(|found| event.keep >= found.keep) {
                found = Some(event);
            }
        }
        let part = found?.part;
        self.mark(part, LEFT, LEFT);
        Some(part)
    }

    /// Nothing more goes into the part that is being filled.
    pub(crate) fn close_part(&mut self) {
        self.part += u32::from(self.part_bytes > 0);
        self.part_bytes = 0;
        self.part_page = None;
    }

    /// Whether events of the part are still there.
    pub(crate) fn names_part(&self, part: u64) -> bool {
        self.events.iter().any(|event| u64::from(event.part) == part)
    }

    /// The collector keeps an event of a batch aside; [`NEVER`] numbers none and isn't to be asked for.
    pub(crate) fn reject(&mut self, batch: u32, seq: u64) {
        self.pass(batch, seq, GONE);
    }

    /// The collector has settled a batch: each of its events is delivered, but for those it rejected.
    pub(crate) fn settle(&mut self, batch: u32) {
        self.give_up(GONE, DropReason::Rejected);
        self.delivered += self.remove(batch);
    }

    /// The batch has not arrived as far as is known: its events wait again.
    pub(crate) fn release(&mut self, batch: u32) {
        self.pass(batch, NEVER, WAITING);
    }

    /// Gives a batch's events up.
    pub(crate) fn give_up(&mut self, batch: u32, reason: DropReason) {
        let events = self.remove(batch);
        self.count(reason, events);
    }

    /// The page lives on: what a beacon may have carried goes again with the next leaving, since its fate is never known.
    pub(crate) fn stay(&mut self) {
        self.mark(ANY, LEFT, 0);
    }

    /// How many events a batch holds.
    pub(crate) fn size_of(&self, batch: u32) -> usize {
        self.having(Run::of_batch(batch))
    }

    /// Number, bytes and the oldest one's time of the events that no request carries; [`NEVER`] when there are none.
    pub(crate) fn waiting(&self) -> (usize, usize, u64) {
        let (mut events, mut bytes, mut oldest) = (0, 0, NEVER);
        for event in &self.events {
            if event.batch == WAITING {
                events += 1;
                bytes += event.json.len();
                oldest = oldest.min(event.since_mono_ms);
            }
        }
        (events, bytes, oldest)
    }

    /// Whether an event belongs to the epoch.
    pub(crate) fn names_epoch(&self, epoch: u32) -> bool {
        self.having(Run { number: |event| event.epoch, wanted: epoch }) > 0
    }

    /// How many events a run has.
    #[inline(never)]
    fn having(&self, run: Run) -> usize {
        self.events.iter().filter(|event| run.has(event)).count()
    }

    /// How many events are not settled yet.
    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    /// What became of the events so far.
    pub(crate) fn ledger(&self) -> Ledger {
        let mut dropped = Map::new();
        for (reason, count) in DropReason::ALL.iter().zip(&self.dropped) {
            if *count > 0 {
                dropped.insert(reason.code(), Value::from(*count));
            }
        }
        Ledger { accepted: self.next_seq, delivered: self.delivered, dropped, invalid: self.invalid }
    }

    /// The [`ledger`](Self::ledger) as a member.
    pub(crate) fn write_ledger(&self, out: &mut Builder) {
        out.object("ledger");
        out.number("accepted", self.next_seq);
        out.number("delivered", self.delivered);
        let mut any = false;
        for (reason, count) in DropReason::ALL.iter().zip(&self.dropped) {
            if *count > 0 {
                if !any {
                    out.object("dropped");
                }
                any = true;
                out.number(reason.code(), *count);
            }
        }
        if any {
            out.close('}');
        }
        if self.invalid > 0 {
            out.number("invalid", self.invalid);
        }
        out.close('}');
    }

    /// Makes events of a batch, or the one of that number, part of another.
    #[inline(never)]
    fn pass(&mut self, batch: u32, seq: u64, to: u32) {
        for event in &mut self.events {
            if event.batch == batch && (seq == NEVER || event.seq == seq) {
                event.batch = to;
            }
        }
    }

    /// Sets one of the marks of a part's events.
    #[inline(never)]
    fn mark(&mut self, part: u32, mark: u32, value: u32) {
        for event in &mut self.events {
            if part == ANY || event.part == part {
                event.marks = event.marks & !mark | value;
            }
        }
    }

    /// Takes out the events of a batch; returns how many there were.
    #[inline(never)]
    fn remove(&mut self, batch: u32) -> u64 {
        let before = self.events.len();
        let bytes = &mut self.bytes;
        self.events.retain(|event| {
            let gone = event.batch == batch;
            *bytes -= if gone { event.json.len() } else { 0 };
            !gone
        });
        (before - self.events.len()) as u64
    }

    fn count(&mut self, reason: DropReason, events: u64) {
        if let Some(count) = self.dropped.get_mut(reason as usize) {
            *count += events;
        }
    }
}
