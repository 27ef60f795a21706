//! The log: what isn't settled is written there, and what pages before left in it is sent with the numbers it had.
//! Deliberately not here: where the log is, and how tabs keep out of each other's way.

use alloc::string::String;
use core::mem;

use super::when::{NEVER, later};
use super::{Tracker, set};
use crate::address::{cut, find, pieces, slice, until};
use crate::effect::Ask;
use crate::json::{Map, Value, integer};
use crate::queue::{DropReason, Run};

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
/// Lines of a part, before those of its events: its key, the envelope up to the time it was sent at, that time, what follows it.
const KEY: usize = 0;
const HEAD: usize = 1;
const SENT_AT: usize = 2;
const TAIL: usize = 3;
/// How an event begins.
const EVENT: &str = "{\"seq\"";
/// How an event ends that outlives others.
const OUTCOME: &str = "}\t}";
/// Most bytes of beacons at once: browsers cap what is in flight at 65,536, shared with `fetch` keepalive.
const MAX_BEACON_BYTES: usize = 60_000;

/// What pages before left in the log, while it is sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Replay {
    /// What was read.
    log: String,
    /// Where in it the part begins that is being sent, and the next one.
    part: usize,
    next: usize,
    /// Events of the part that aren't settled yet, a line each.
    events: String,
    /// How many of them the request under way carries.
    pub(super) under_way: usize,
}

impl Tracker {
    /// Parts of the log that are due are written.
    pub(super) fn write_log(&mut self) {
        while self.next_log() <= self.now.mono_ms {
            let Some(part) = self.kept.queue.unlogged().map(|event| event.part) else { break };
            let text = self.batch(Run::of_part(part));
            self.log_part(Ask::LOG, part, &text);
            self.kept.queue.log_part(part);
        }
        self.log_now = false;
    }

    /// When the log is to be written; not any more when the page has been left: what browsers do then is spill.
    pub(super) fn next_log(&self) -> u64 {
        match self.kept.queue.unlogged() {
            Some(event) if self.kept.visit.is_some() && !self.gone => {
                if self.log_now {
                    self.now.mono_ms
                } else {
                    later(event.since_mono_ms, LOG_AFTER_MS)
                }
            }
            _ => NEVER,
        }
    }

    /// The page may be gone at once: what isn't settled is spilled, and copies go by beacon, as far as those carry.
    pub(super) fn spill(&mut self) {
        let (mut spill, mut beacons) = (MAX_SPILL_BYTES, MAX_BEACON_BYTES);
        while let Some(part) = self.kept.queue.leave_part() {
            let text = self.batch(Run::of_part(part));
            if let Some(room) = spill.checked_sub(text.len()) {
                spill = room;
                self.log_part(Ask::SPILL, part, &text);
            }
            if let Some(room) = beacons.checked_sub(text.len()) {
                beacons = room;
                self.send(Ask::BEACON, text);
            }
        }
        // What is spilled stays as it is: the log of what comes is another part.
        self.kept.queue.close_part();
    }

    /// Parts of the log of which all is settled are deleted.
    pub(super) fn trim_log(&mut self) {
        let mut logged = mem::take(&mut self.kept.logged);
        for (key, part) in logged.iter_mut() {
            if !self.kept.queue.names_part(part.as_u64().unwrap_or(NEVER)) {
                *part = Value::Null;
                self.ask_keyed(Ask::UNLOG, key, "");
            }
        }
        logged.drop_nulls();
        mem::swap(&mut self.kept.logged, &mut logged);
    }

    /// Writes a part of the log.
    #[inline(never)]
    fn log_part(&mut self, ask: u32, part: u32, text: &str) {
        let key = log_key(&self.log, part);
        self.ask_keyed(ask, &key, text);
        self.kept.logged.put(key, u64::from(part).into());
    }

    /// The log is read when it is due.
    pub(super) fn recover(&mut self) {
        if self.next_recovery() <= self.now.mono_ms {
            self.recover_at = NEVER;
            self.ask_for(Ask::RECOVER);
        }
    }

    /// When the log is to be read.
    pub(super) fn next_recovery(&self) -> u64 {
        if self.kept.visit.is_some() { self.recover_at } else { NEVER }
    }

    /// The log is read at once.
    pub(super) fn recover_now(&mut self) {
        self.recover_at = self.now.mono_ms;
    }

    /// What the log holds is here.
    pub(super) fn recovered(&mut self, told: &mut Map) {
        if told.get("log").is_none() {
            // Another tab is at the log, as it was when that tab began.
            return self.recover_in(YOUNG_MS);
        }
        if !self.kept.visit.is_some() {
            return;
        }
        self.recover_at = NEVER;
        let (log, rest) = (told.text("log"), told.number("rest", 0));
        if rest > 0 {
            self.recover_in(YOUNG_MS);
        }
        let mut bytes = rest.saturating_add(log.len() as u64);
        for part in pieces(log, PART_END) {
            if bytes > MAX_BYTES && !part.starts_with(&self.log) {
                // Should this page not get it through either, only so much is kept of it.
                let text = batch(part, &events(part, 0, usize::MAX, DropReason::QueueFull.code(), true), sent_at(part));
                bytes = bytes.saturating_sub(part.len().saturating_sub(text.len()) as u64);
                self.ask_keyed(Ask::LOG, line(part, KEY), &text);
            }
        }
        self.kept.replay.clear();
        set(&mut self.kept.replay.log, told.take_text("log"));
        self.next_part();
    }

    /// What is left of the pass is left for another time: this page goes, or nothing gets through.
    pub(super) fn give_way(&mut self, due: u64) {
        self.recover_at = due;
        self.kept.replay.clear();
        self.ask_for(Ask::RELEASE);
    }

    pub(super) fn has_replay(&self) -> bool {
        !self.kept.replay.events.is_empty()
    }

    pub(super) fn send_replay(&mut self, most: usize) {
        let lines = &self.kept.replay.events;
        let body = batch(self.kept.replay.part(), &events(lines, 0, most, "", false), self.now.wall_ms);
        self.kept.replay.under_way = pieces(lines, b'\n').count().min(most);
        self.kept.delivery.under_way = Some(self.kept.delivery.next_batch);
        self.send(Ask::SEND, body);
    }

    /// What was under way is settled.
    pub(super) fn replayed(&mut self) {
        let settled = mem::take(&mut self.kept.replay.under_way);
        let left = events(&self.kept.replay.events, settled, usize::MAX, "", false);
        set(&mut self.kept.replay.events, left);
        if !self.has_replay() {
            self.unlog_replayed();
            self.next_part();
        }
    }

    /// The collector refuses an event even alone: that is told in its stead. Should it refuse that too, nothing is.
    pub(super) fn bury_replayed(&mut self, reason: &'static str) {
        let before = &self.kept.replay.events;
        if cut(until(before, b'\n'), b'\t').is_none() {
            // It is told of already.
            return self.replayed();
        }
        let mut told = events(before, 0, 1, reason, false);
        self.kept.replay.under_way = 0;
        let others = events(before, 1, usize::MAX, "", false);
        if !others.is_empty() {
            told.push_str(",\n");
            told.push_str(&others);
        }
        set(&mut self.kept.replay.events, told);
    }

    fn next_part(&mut self) {
        while self.kept.replay.next < self.kept.replay.log.len() {
            self.kept.replay.part = self.kept.replay.next;
            let end = find(&self.kept.replay.log, self.kept.replay.next, PART_END);
            self.kept.replay.next = end + 1;
            let part = self.kept.replay.part();
            if part.starts_with(&self.log) {
                continue;
            }
            let age = self.now.wall_ms.checked_sub(sent_at(part)).unwrap_or(YOUNG_MS);
            if age < YOUNG_MS {
                self.recover_in(YOUNG_MS);
                continue;
            }
            let told = events(part, 0, usize::MAX, if age > EXPIRED_MS { "expired" } else { "" }, false);
            set(&mut self.kept.replay.events, told);
            if self.has_replay() {
                return;
            }
            self.unlog_replayed();
        }
        self.recover_in(AGAIN_MS);
        self.ask_for(Ask::RELEASE);
    }

    /// The part that is being sent isn't needed any more.
    fn unlog_replayed(&mut self) {
        let key = line(self.kept.replay.part(), KEY).into();
        self.ask(Ask::UNLOG, 0, key);
    }

    fn recover_in(&mut self, ms: u64) {
        self.recover_at = self.recover_at.min(later(self.now.mono_ms, ms));
    }
}

impl Replay {
    #[inline(never)]
    fn clear(&mut self) {
        self.log.clear();
        self.events.clear();
        self.next = 0;
        self.under_way = 0;
    }

    /// The part that is being sent.
    fn part(&self) -> &str {
        slice(&self.log, self.part, find(&self.log, self.part, PART_END))
    }
}

/// A line of a part of the log: where [`Tracker::batch`] ended one. What is no part of a log has no events.
#[inline(never)]
fn line(part: &str, mut number: usize) -> &str {
    for line in pieces(part, b'\n') {
        if number == 0 {
            return line;
        }
        number -= 1;
    }
    ""
}

/// When the batch of a part was last put together.
fn sent_at(part: &str) -> u64 {
    let digits = line(part, SENT_AT).bytes().filter(u8::is_ascii_digit);
    digits.fold(0, |number: u64, digit| number.wrapping_mul(10).wrapping_add((digit - b'0').into()))
}

/// The batch of a part with these of its events.
fn batch(part: &str, events: &str, sent_at: u64) -> String {
    let mut out = String::new();
    out.push_str(line(part, HEAD));
    out.push('\n');
    out.push_str(&integer(sent_at));
    out.push_str(",\n");
    out.push_str(line(part, TAIL));
    out.push('\n');
    out.push_str(events);
    out.push_str("\n]}");
    out
}

/// Some of the lines that are events. Given a reason why they were given up, only number, name, time and page are told.
#[inline(never)]
fn events(lines: &str, skip: usize, take: usize, reason: &str, keep_outcomes: bool) -> String {
    let mut out = String::new();
    let mut number = 0;
    for line in pieces(lines, b'\n') {
        if !line.starts_with(EVENT) {
            continue;
        }
        number += 1;
        if number <= skip || number - skip > take {
            continue;
        }
        if !out.is_empty() {
            out.push_str(",\n");
        }
        let line = slice(line, 0, line.len() - usize::from(line.ends_with(",")));
        match cut(line, b'\t') {
            Some((told, _)) if !(reason.is_empty() || keep_outcomes && line.ends_with(OUTCOME)) => {
                out.push_str(told);
                out.push_str(",\"dropped\":\"");
                out.push_str(reason);
                out.push_str("\"}");
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
