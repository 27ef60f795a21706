//! The log: what isn't settled is written there, and what pages before left in it is sent with the numbers it had.
//! Deliberately not here: where the log is, and how tabs keep out of each other's way.

use alloc::string::String;
use core::mem;

use super::Tracker;
use crate::address::{cut, pieces, until};
use crate::effect::{Effect, Urgency};
use crate::input::Recovered;
use crate::json::integer;
use crate::queue::DropReason;

/// An event is written so soon after it happened, with all that happened meanwhile.
const LOG_AFTER_MS: u64 = 50;
/// What is younger may belong to a page that is there and about to send it.
const YOUNG_MS: u64 = 7_000;
/// What is older is not sent any more.
const EXPIRED_MS: u64 = 7 * 24 * 3_600_000;
/// The log is looked into again after so long.
const AGAIN_MS: u64 = 300_000;
/// Most bytes that pages before may leave behind.
const MAX_BYTES: u64 = 1024 * 1024;
/// Most bytes that are spilled when the page is left.
const MAX_SPILL_BYTES: usize = 256 * 1024;
/// Divides the parts that are read.
const PART_END: u8 = b'\r';
/// How an event begins.
const EVENT: &str = "{\"seq\"";
/// How an event ends that outlives others.
const OUTCOME: &str = "}\t}";
/// Most bytes of beacons at once: browsers cap what is in flight at 65,536, shared with `fetch` keepalive.
const MAX_BEACON_BYTES: usize = 60_000;

/// What pages before left in the log, while it is sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Replay {
    /// When the log is to be read.
    due: Option<u64>,
    /// What was read, and how far it is done.
    log: String,
    done: usize,
    part: Part,
    /// How many of its events the request under way carries.
    pub(super) under_way: usize,
}

/// A part of the log, taken apart where [`Tracker::batch`] ended lines.
#[derive(Clone, Debug, Default)]
struct Part {
    key: String,
    /// The envelope up to the time it was sent at, and what follows that.
    head: String,
    tail: String,
    sent_at: u64,
    /// Events that aren't settled yet, a line each.
    events: String,
}

impl Tracker {
    /// Parts of the log that are due are written.
    pub(super) fn write_log(&mut self) {
        while self.next_log().is_some_and(|due| due <= self.now.mono_ms) {
            let Some((part, _)) = self.queue.unlogged() else { break };
            let Some(text) = self.part(part, true) else { break };
            let key = log_key(&self.log, part);
            self.effects.push(Effect::Log { key, text });
        }
        self.log_now = false;
    }

    /// When the log is to be written; not any more when the page has been left: what browsers do then is spill.
    pub(super) fn next_log(&self) -> Option<u64> {
        if self.visit.is_none() || self.gone {
            return None;
        }
        let (_, since) = self.queue.unlogged()?;
        Some(if self.log_now { self.now.mono_ms } else { since.saturating_add(LOG_AFTER_MS) })
    }

    /// The page may be gone at once: what isn't settled is spilled, and copies go by beacon, as far as those carry.
    pub(super) fn spill(&mut self) {
        let (mut spill, mut beacons) = (MAX_SPILL_BYTES, MAX_BEACON_BYTES);
        while let Some(part) = self.queue.leave_part() {
            let Some(text) = self.part(part, false) else { break };
            if let Some(room) = spill.checked_sub(text.len()) {
                spill = room;
                let key = log_key(&self.log, part);
                self.effects.push(Effect::Spill { key, text: text.clone() });
            }
            if let Some(room) = beacons.checked_sub(text.len()) {
                beacons = room;
                self.send(text, Urgency::Leaving);
            }
        }
        // What is spilled stays as it is: the log of what comes is another part.
        self.queue.close_part();
    }

    /// Parts of the log of which all is settled are deleted.
    pub(super) fn trim_log(&mut self) {
        let Self { queue, logged, log, effects, .. } = self;
        logged.retain(|part| {
            let stays = queue.names_part(*part);
            if !stays {
                effects.push(Effect::Unlog { key: log_key(log, *part) });
            }
            stays
        });
    }

    fn part(&mut self, part: u32, written: bool) -> Option<String> {
        if !self.logged.contains(&part) {
            self.logged.push(part);
        }
        let run = self.queue.part(part, written);
        self.batch(run)
    }

    /// The log is read when it is due.
    pub(super) fn recover(&mut self) {
        if self.next_recovery().is_some_and(|due| due <= self.now.mono_ms) {
            self.replay.due = None;
            self.effects.push(Effect::Recover);
        }
    }

    /// When the log is to be read.
    pub(super) fn next_recovery(&self) -> Option<u64> {
        self.visit.as_ref().and(self.replay.due)
    }

    /// The log is read at once.
    pub(super) fn recover_now(&mut self) {
        self.replay.due = Some(self.now.mono_ms);
    }

    /// What the log holds is here.
    pub(super) fn recovered(&mut self, recovered: &mut Option<Recovered>) {
        let Some(Recovered { log, rest }) = recovered else { return self.recover_in(AGAIN_MS) };
        if self.visit.is_none() {
            return;
        }
        self.replay = Replay::default();
        if *rest > 0 {
            self.recover_in(YOUNG_MS);
        }
        let mut bytes = rest.saturating_add(log.len() as u64);
        for text in pieces(log, PART_END) {
            let mut part = Part::read(text);
            if bytes > MAX_BYTES && !part.key.starts_with(&self.log) {
                // Should this page not get it through either, only so much is kept of it.
                part.events = events(&part.events, 0, usize::MAX, DropReason::QueueFull.code(), true);
                let kept = part.batch(usize::MAX, part.sent_at);
                bytes = bytes.saturating_sub(text.len().saturating_sub(kept.len()) as u64);
                self.effects.push(Effect::Log { key: part.key, text: kept });
            }
        }
        self.replay.log = mem::take(log);
        self.next_part();
    }

    /// What is left of the pass is left for another time: this page goes, or nothing gets through.
    pub(super) fn give_way(&mut self, due: Option<u64>) {
        self.replay = Replay { due, ..Replay::default() };
        self.effects.push(Effect::Release);
    }

    pub(super) fn has_replay(&self) -> bool {
        !self.replay.part.events.is_empty()
    }

    pub(super) fn send_replay(&mut self, most: usize) {
        let part = &self.replay.part;
        self.replay.under_way = pieces(&part.events, b'\n').count().min(most);
        let body = part.batch(most, self.now.wall_ms);
        self.delivery.under_way = Some(self.delivery.next_batch);
        self.send(body, Urgency::Normal);
    }

    /// What was under way is settled.
    pub(super) fn replayed(&mut self) {
        let settled = mem::take(&mut self.replay.under_way);
        self.replay.part.keep(settled);
        if !self.has_replay() {
            let key = mem::take(&mut self.replay.part.key);
            self.effects.push(Effect::Unlog { key });
            self.next_part();
        }
    }

    /// The collector refuses an event even alone: that is told in its stead. Should it refuse that too, nothing is.
    pub(super) fn bury_replayed(&mut self, reason: &'static str) {
        let before = &self.replay.part.events;
        let mut told = events(before, 0, 1, reason, false);
        if told.len() == events(before, 0, 1, "", false).len() {
            return self.replayed();
        }
        self.replay.under_way = 0;
        let others = events(before, 1, usize::MAX, "", false);
        if !others.is_empty() {
            told.push_str(",\n");
            told.push_str(&others);
        }
        self.replay.part.events = told;
    }

    fn next_part(&mut self) {
        while let Some(rest) = self.replay.log.get(self.replay.done..).filter(|rest| !rest.is_empty()) {
            let text = until(rest, PART_END);
            self.replay.done += text.len() + 1;
            let mut part = Part::read(text);
            if part.key.starts_with(&self.log) {
                continue;
            }
            let age = self.now.wall_ms.checked_sub(part.sent_at).unwrap_or(YOUNG_MS);
            if age < YOUNG_MS {
                self.recover_in(YOUNG_MS);
                continue;
            }
            if age > EXPIRED_MS {
                part.events = events(&part.events, 0, usize::MAX, "expired", false);
            }
            self.replay.part = part;
            if self.has_replay() {
                return;
            }
            let key = mem::take(&mut self.replay.part.key);
            self.effects.push(Effect::Unlog { key });
        }
        self.recover_in(AGAIN_MS);
        self.effects.push(Effect::Release);
    }

    fn recover_in(&mut self, ms: u64) {
        let due = self.now.mono_ms.saturating_add(ms);
        self.replay.due = Some(self.replay.due.map_or(due, |earlier| earlier.min(due)));
    }
}

impl Part {
    /// What is no part of a log has no events.
    fn read(text: &str) -> Self {
        let mut part = Self::default();
        let mut lines = pieces(text, b'\n');
        let mut next = || lines.next().unwrap_or_default();
        part.key = next().into();
        part.head = next().into();
        part.sent_at = number(next());
        part.tail = next().into();
        part.events = events(text, 0, usize::MAX, "", false);
        part
    }

    /// The batch of the first events.
    fn batch(&self, most: usize, sent_at: u64) -> String {
        let mut out = String::new();
        let events = events(&self.events, 0, most, "", false);
        for piece in [&self.head, "\n", &integer(sent_at), ",\n", &self.tail, "\n", &events, "\n]}"] {
            out.push_str(piece);
        }
        out
    }

    /// Leaves the first events out.
    fn keep(&mut self, settled: usize) {
        self.events = events(&self.events, settled, usize::MAX, "", false);
    }
}

/// Some of the lines that are events. Given a reason why they were given up, only number, name, time and page are told.
#[inline(never)]
fn events(lines: &str, skip: usize, take: usize, reason: &str, keep_outcomes: bool) -> String {
    let mut out = String::new();
    for line in pieces(lines, b'\n').filter(|line| line.starts_with(EVENT)).skip(skip).take(take) {
        if !out.is_empty() {
            out.push_str(",\n");
        }
        let line = line.strip_suffix(',').unwrap_or(line);
        match cut(line, b'\t') {
            Some((told, _)) if !(reason.is_empty() || keep_outcomes && line.ends_with(OUTCOME)) => {
                for piece in [told, ",\"dropped\":\"", reason, "\"}"] {
                    out.push_str(piece);
                }
            }
            _ => out.push_str(line),
        }
    }
    out
}

/// Names a part of the log.
fn log_key(log: &str, part: u32) -> String {
    let mut key: String = log.into();
    key.push('.');
    key.push_str(&integer(part.into()));
    key
}

fn number(text: &str) -> u64 {
    let digits = text.bytes().filter(u8::is_ascii_digit);
    digits.fold(0, |number: u64, digit| number.wrapping_mul(10).wrapping_add((digit - b'0').into()))
}
