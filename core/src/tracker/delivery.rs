//! Batches out, answers in: when to send, what an answer means, when to try again.
//! Deliberately not here: how a batch travels.

use alloc::string::String;
use alloc::vec::Vec;

use super::Tracker;
use crate::consent::Grant;
use crate::effect::{Effect, Urgency};
use crate::input::Outcome;
use crate::json::{Builder, Map, Value, integer, read};
use crate::queue::{DropReason, Run};
use crate::wire::VERSION;

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
    /// The collector refused a batch: the next one holds at most so many events, until one gets through.
    shrunk_to: Option<usize>,
}

impl Delivery {
    /// A new start that doesn't take late answers of the old one for its own.
    pub(super) fn after(old: &Self) -> Self {
        Self { next_batch: old.next_batch, ..Self::default() }
    }
}

impl Tracker {
    /// What waits is sent now; what comes later has its own time.
    pub(super) fn hurry(&mut self) {
        self.delivery.hurried |= self.queue.waiting().0 > 0;
    }

    /// Sends what is due, of this page first.
    pub(super) fn pump(&mut self) {
        if self.next_send().is_none_or(|due| due > self.now.mono_ms) {
            return;
        }
        let most = self.delivery.shrunk_to.unwrap_or(self.options.batch.max_events as usize);
        if self.next_own().is_none_or(|due| due > self.now.mono_ms) {
            return self.send_replay(self.delivery.shrunk_to.unwrap_or(usize::MAX));
        }
        let number = self.delivery.next_batch;
        let Some(run) = self.queue.take(number, most, self.options.batch.max_bytes as usize) else { return };
        self.delivery.under_way = Some(number);
        // One batch at a time: the rest of what was hurried follows its answer.
        self.delivery.hurried &= self.queue.waiting().0 > 0;
        if let Some(body) = self.batch(run) {
            self.send(body, Urgency::Normal);
        }
    }

    /// When the next request is due by the monotonic clock; nothing while there is nothing to send or an answer is awaited.
    pub(super) fn next_send(&self) -> Option<u64> {
        if self.visit.is_none() || self.delivery.under_way.is_some() {
            return None;
        }
        let due = if self.has_replay() { Some(self.now.mono_ms) } else { self.next_own() };
        Some(due?.max(self.delivery.not_before))
    }

    /// When what happened on this page is due.
    fn next_own(&self) -> Option<u64> {
        let (events, bytes, oldest) = self.queue.waiting();
        let batch = &self.options.batch;
        let full = events >= batch.max_events as usize || bytes >= batch.max_bytes as usize;
        let due = oldest?.saturating_add(batch.max_wait_ms.into());
        Some(if full || self.delivery.hurried { self.now.mono_ms } else { due })
    }

    pub(super) fn settled(&mut self, batch: u32, outcome: &Outcome) {
        if self.delivery.under_way != Some(batch) {
            return;
        }
        self.delivery.under_way = None;
        let (status, retry_after_ms, body) = match outcome {
            Outcome::Answered { status, retry_after_ms, body } => (*status, *retry_after_ms, body.as_str()),
            Outcome::Failed => (0, None, ""),
        };
        let answer = read(body).unwrap_or_default().into_map();
        match status {
            // The page of a captive portal is no answer of a collector.
            200..=299 if answer.get("accepted").is_some() => {
                let rejected = self.rejected(answer);
                self.queue.settle(batch, &rejected);
                if self.replay.under_way > 0 {
                    self.replayed();
                }
                self.delivery.failures = 0;
                self.delivery.refusals = 0;
                self.delivery.shrunk_to = None;
                self.forget_pages();
                self.forget_visits();
            }
            // The batch itself is at fault: halves of it show which event.
            400 | 413 | 422 => {
                let size = self.queue.size_of(batch) + self.replay.under_way;
                if size > 1 {
                    self.queue.release(batch);
                    self.delivery.shrunk_to = Some(size / 2);
                    self.delivery.hurried = true;
                } else if size == 1 {
                    let reason = DropReason::Refused;
                    if self.replay.under_way > 0 {
                        self.bury_replayed(reason.code());
                    } else {
                        self.queue.give_up(batch, reason);
                    }
                    self.diagnose(reason.code(), "");
                    self.delivery.refusals += 1;
                    // One event was wrong; when a second one is, it may be all of them.
                    if self.delivery.refusals > 1 {
                        self.delay(0);
                    }
                }
            }
            _ => {
                self.queue.release(batch);
                self.delay(retry_after_ms.unwrap_or(0));
                // It was due, and stays so.
                self.delivery.hurried = true;
                if self.has_replay() {
                    self.give_way(Some(self.delivery.not_before));
                }
                self.diagnose("collector_unavailable", "");
            }
        }
        self.trim_log();
    }

    fn delay(&mut self, least_ms: u64) {
        let asked = least_ms.min(LONGEST_PAUSE_MS * 12);
        let pause = self.pause().max(asked);
        self.delivery.asked_until = self.now.mono_ms.saturating_add(asked);
        self.delivery.not_before = self.now.mono_ms.saturating_add(pause);
        self.delivery.failures = self.delivery.failures.saturating_add(1);
    }

    /// The network is back: no need to wait any longer, unless the collector asked for it.
    pub(super) fn online(&mut self) {
        self.delivery.not_before = self.delivery.asked_until;
        self.recover_now();
    }

    /// Full jitter, so that browsers that failed together don't come back together.
    fn pause(&mut self) -> u64 {
        let longest = (FIRST_PAUSE_MS << self.delivery.failures.min(20)).min(LONGEST_PAUSE_MS);
        FIRST_PAUSE_MS / 2 + self.random.up_to(longest)
    }

    pub(super) fn send(&mut self, body: String, urgency: Urgency) {
        let batch = self.delivery.next_batch;
        self.delivery.next_batch = batch.wrapping_add(1);
        self.effects.push(Effect::Send { batch, body, urgency });
    }

    /// The batch of a run, as JSON. Lines end where the log takes it apart: around the time it was sent at, and each event.
    pub(super) fn batch(&self, run: Run) -> Option<String> {
        let visit = self.visit.iter().chain(&self.past_visits).find(|visit| visit.epoch == run.epoch)?;
        let mut out = Builder::default();
        out.open('{');
        out.number("v", VERSION.into());
        out.text("site", &self.options.site);
        out.text("stream", &self.stream);
        out.name("sent_at");
        out.mark("\n");
        out.raw(&integer(self.now.wall_ms));
        out.mark(",\n");
        out.text("engine", &self.engine);
        out.some("visitor", if self.options.cookieless { "" } else { &visit.visitor });
        out.some("user", visit.user.as_deref().unwrap_or_default());
        visit.session.write(&mut out);
        visit.origin.write_campaign(self.marketing == Grant::Granted, &mut out);
        self.device.write(&mut out);
        self.signals.write(self.chosen_at, &mut out);
        self.queue.write_ledger(&mut out);
        if !self.pages.is_empty() {
            out.name("pages");
            out.open('[');
            for page in &self.pages {
                if run.pages.contains(&page.id) {
                    page.write(&mut out);
                }
            }
            out.close(']');
        }
        out.name("events");
        out.open('[');
        out.mark("\n");
        out.raw(&run.json);
        out.mark("\n]}");
        Some(out.finish())
    }

    /// Visits that no event belongs to any more are forgotten.
    fn forget_visits(&mut self) {
        let queue = &self.queue;
        self.past_visits.retain(|visit| queue.names_epoch(visit.epoch));
    }

    /// The numbers of the events that an answer says were put aside.
    fn rejected(&mut self, mut answer: Map) -> Vec<u64> {
        let mut numbers = Vec::new();
        for entry in answer.take_list("rejected") {
            let Value::Map(mut entry) = entry else { continue };
            if let Some(number) = entry.get("seq").and_then(Value::as_u64) {
                numbers.push(number);
            }
            let (event, param) = (entry.take_text("code"), entry.take_text("param"));
            self.tell(DropReason::Rejected.code(), event, param);
        }
        numbers
    }
}
