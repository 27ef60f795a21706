//! Batches out, answers in: when to send, what an answer means, when to try again.
//! Deliberately not here: how a batch travels.

use alloc::string::String;

use super::when::{NEVER, later};
use super::{Tracker, members};
use crate::consent::Grant;
use crate::effect::Ask;
use crate::input::short;
use crate::json::{Builder, Map, Value, integer};
use crate::queue::{DropReason, Run, WAITING};
use crate::visit::Visit;
use crate::wire::{VERSION, write_device};

/// First pause after a failure; each further one doubles it.
const FIRST_PAUSE_MS: u64 = 1_000;
/// Longest pause.
const LONGEST_PAUSE_MS: u64 = 300_000;

/// What is under way, and when to try again.
#[derive(Clone, Debug, Default)]
pub(super) struct Delivery {
    pub(super) next_batch: u32,
    pub(super) under_way: Option<u32>,
    failures: u32,
    /// Until then the collector itself wants to be left alone.
    asked_until: u64,
    /// Events in a row that the collector refused even alone.
    refusals: u32,
    not_before: u64,
    hurried: bool,
    /// The collector refused a batch: the next one holds at most so many events, until one gets through; 0 otherwise.
    shrunk_to: usize,
}

impl Tracker {
    /// What waits is sent now; what comes later has its own time.
    pub(super) fn hurry(&mut self) {
        self.kept.delivery.hurried |= self.kept.queue.size_of(WAITING) > 0;
    }

    /// Sends what is due, of this page first.
    pub(super) fn pump(&mut self) {
        if self.next_send() > self.now.mono_ms {
            return;
        }
        let most = |otherwise| if self.kept.delivery.shrunk_to > 0 { self.kept.delivery.shrunk_to } else { otherwise };
        if self.next_own() > self.now.mono_ms {
            return self.send_replay(most(usize::MAX));
        }
        let number = self.kept.delivery.next_batch;
        if !self.kept.queue.take(number, most(self.options.max_events()), self.options.max_bytes()) {
            return;
        }
        self.kept.delivery.under_way = Some(number);
        // One batch at a time: the rest of what was hurried follows its answer.
        self.kept.delivery.hurried &= self.kept.queue.size_of(WAITING) > 0;
        let body = self.batch(Run::of_batch(number));
        self.send(Ask::SEND, body);
    }

    /// When the next request is due by the monotonic clock; never while there is nothing to send or an answer is awaited.
    pub(super) fn next_send(&self) -> u64 {
        if !self.kept.visit.is_some() || self.kept.delivery.under_way.is_some() {
            return NEVER;
        }
        let due = if self.has_replay() { self.now.mono_ms } else { self.next_own() };
        due.max(self.kept.delivery.not_before)
    }

    /// When what happened on this page is due.
    fn next_own(&self) -> u64 {
        let (events, bytes, oldest) = self.kept.queue.waiting();
        let full = events >= self.options.max_events() || bytes >= self.options.max_bytes();
        match events {
            0 => NEVER,
            _ if full || self.kept.delivery.hurried => self.now.mono_ms,
            _ => later(oldest, self.options.max_wait_ms()),
        }
    }

    pub(super) fn settled(&mut self, told: &Map) {
        let batch = short(told, "batch");
        if self.kept.delivery.under_way != Some(batch) {
            return;
        }
        self.kept.delivery.under_way = None;
        let answer = members(told.text("body"));
        // Without a status, none could be read.
        match told.number("status", 0) {
            // The page of a captive portal is no answer of a collector.
            200..=299 if answer.get("accepted").is_some() => {
                self.rejected(batch, &answer);
                self.kept.queue.settle(batch);
                if self.kept.replay.under_way > 0 {
                    self.replayed();
                }
                self.kept.delivery.failures = 0;
                self.kept.delivery.refusals = 0;
                self.kept.delivery.shrunk_to = 0;
                self.forget_past();
            }
            // The batch itself is at fault: halves of it show which event.
            400 | 413 | 422 => {
                let size = self.kept.queue.size_of(batch) + self.kept.replay.under_way;
                if size > 1 {
                    self.kept.queue.release(batch);
                    self.kept.delivery.shrunk_to = size / 2;
                    self.kept.delivery.hurried = true;
                } else if size == 1 {
                    let reason = DropReason::Refused;
                    if self.kept.replay.under_way > 0 {
                        self.bury_replayed(reason.code());
                    } else {
                        self.kept.queue.give_up(batch, reason);
                    }
                    self.diagnose(reason.code(), "");
                    self.kept.delivery.refusals += 1;
                    // One event was wrong; when a second one is, it may be all of them.
                    if self.kept.delivery.refusals > 1 {
                        self.delay(0);
                    }
                }
            }
            _ => {
                self.kept.queue.release(batch);
                self.delay(told.number("wait", 0));
                // It was due, and stays so.
                self.kept.delivery.hurried = true;
                if self.has_replay() {
                    self.give_way(self.kept.delivery.not_before);
                }
                self.diagnose("collector_unavailable", "");
            }
        }
        self.trim_log();
    }

    fn delay(&mut self, least_ms: u64) {
        let asked = least_ms.min(LONGEST_PAUSE_MS * 12);
        let pause = self.pause().max(asked);
        self.kept.delivery.asked_until = later(self.now.mono_ms, asked);
        self.kept.delivery.not_before = later(self.now.mono_ms, pause);
        self.kept.delivery.failures = self.kept.delivery.failures.saturating_add(1);
    }

    /// The network is back: no need to wait any longer, unless the collector asked for it.
    pub(super) fn online(&mut self) {
        self.kept.delivery.not_before = self.kept.delivery.asked_until;
        self.recover_now();
    }

    /// Full jitter, so that browsers that failed together don't come back together.
    fn pause(&mut self) -> u64 {
        let longest = (FIRST_PAUSE_MS << self.kept.delivery.failures.min(20)).min(LONGEST_PAUSE_MS);
        FIRST_PAUSE_MS / 2 + self.random.up_to(longest)
    }

    pub(super) fn send(&mut self, kind: u32, body: String) {
        let batch = self.kept.delivery.next_batch;
        self.kept.delivery.next_batch = batch.wrapping_add(1);
        self.ask(kind, batch.into(), body);
    }

    /// The batch of a run, as JSON; there is a visit where there are events.
    pub(super) fn batch(&self, run: Run) -> String {
        let mut out = Builder::default();
        let epoch = self.kept.queue.epoch(run);
        let visit = self.kept.past_visits.iter().find(|visit| visit.epoch == epoch).unwrap_or(&self.kept.visit);
        self.write_batch(visit, run, &mut out);
        out.finish()
    }

    /// Lines end where the log takes it apart: around the time it was sent at, and each event.
    #[inline(never)]
    fn write_batch(&self, visit: &Visit, run: Run, out: &mut Builder) {
        out.open('{');
        out.number("v", VERSION.into());
        out.text("site", &self.options.site);
        out.text("stream", &self.kept.stream);
        out.name("sent_at");
        out.mark("\n");
        out.raw(&integer(self.now.wall_ms));
        out.mark(",\n");
        out.text("engine", self.facts.text("engine"));
        visit.write(self.options.cookieless(), self.marketing == Grant::Granted, out);
        write_device(&self.facts, out);
        self.signals.write(self.chosen_at, out);
        self.kept.queue.write_ledger(out);
        if !self.pages.is_empty() {
            out.name("pages");
            out.open('[');
            for page in &self.pages {
                if self.kept.queue.names_page(run, page.id) {
                    page.write(out);
                }
            }
            out.close(']');
        }
        out.name("events");
        out.open('[');
        self.kept.queue.write(run, out);
        out.mark("\n]}");
    }

    /// Takes note of the events that an answer says were put aside.
    fn rejected(&mut self, batch: u32, answer: &Map) {
        for entry in answer.list("rejected") {
            let Value::Map(entry) = entry else { continue };
            self.kept.queue.reject(batch, entry.number("seq", NEVER).min(NEVER - 1));
            self.tell(DropReason::Rejected.code(), entry.text("code"), entry.text("param"));
        }
    }
}
