//! What became of every event that browsers accepted, for a site, by browser and by engine.
//!
//! In each row accepted = stored + rejected + dropped + outstanding + missing; what was erased or pruned counts as
//! dropped. What is stored, rejected or has a
//! tombstone is known by its number; of the rest only the ledger's counts are.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, Row, params};
use serde::Serialize;

use super::query::Scope;
use super::rate::Rate;
use crate::store::{ERASED, StoreError};

/// How long a stream may be silent before what it still owes counts as missing: a browser keeps events for as long
/// and drops them then.
const SILENCE_MS: i64 = 7 * 86_400_000;

/// A stream with a number beyond this didn't count it.
const NUMBER_LIMIT: u64 = i32::MAX as u64;

/// The reason under which a tracker counts events that this collector has itself put aside.
const REJECTED: &str = "rejected";

/// The reason under which events count that were older than the site keeps them.
pub(crate) const PRUNED: &str = "pruned";

/// The accounts of a site's streams.
#[derive(Debug, Serialize)]
pub(crate) struct Delivery {
    pub(crate) site: String,
    pub(crate) from: Option<i64>,
    pub(crate) to: Option<i64>,
    pub(crate) total: Account,
    pub(crate) browsers: Vec<Part>,
    pub(crate) engines: Vec<Part>,
}

/// The streams of one browser family or engine.
#[derive(Debug, Serialize)]
pub(crate) struct Part {
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) account: Account,
}

/// What became of the events of some streams.
#[derive(Debug, Default, Clone, Serialize)]
pub(crate) struct Account {
    pub(crate) streams: u64,
    /// Events that the browsers took on.
    pub(crate) accepted: u64,
    /// Of these, events that the browsers know to be settled.
    pub(crate) delivered: u64,
    /// Events in the reports, each once.
    pub(crate) stored: u64,
    /// Events put aside because they are wrong.
    pub(crate) rejected: u64,
    /// Events given up, by reason.
    pub(crate) dropped: BTreeMap<String, u64>,
    /// Events that may still come: their stream was heard of in the last 7 days.
    pub(crate) outstanding: u64,
    /// Events that are lost without a reason: their stream has been silent for longer.
    pub(crate) missing: u64,
    /// Numbers never seen below the highest seen.
    pub(crate) gaps: u64,
    /// Events that came once more than needed.
    pub(crate) duplicates: u64,
    /// Events that were wrong in the page and never accepted.
    pub(crate) invalid: u64,
    /// Missing events, and dropped ones but for those that this collector had and removed, as a share of the accepted.
    pub(crate) loss_rate: Option<Rate>,
}

/// Counts of one stream by reason.
type Reasons = HashMap<i64, BTreeMap<String, u64>>;

/// Computes the accounts of the streams that were first heard of within `scope`, as they stand at `now_ms`.
pub(crate) fn delivery(connection: &Connection, scope: &Scope, now_ms: i64) -> Result<Delivery, StoreError> {
    let ledgers = reasons(connection, scope, "SELECT stream, reason, count FROM drops JOIN streams ON streams.id = stream WHERE ")?;
    let tombstones =
        reasons(connection, scope, "SELECT stream, reason, count(*) FROM tombstones JOIN streams ON streams.id = stream WHERE ")?;
    let (mut total, mut browsers, mut engines) = (Account::default(), BTreeMap::new(), BTreeMap::new());
    let mut statement = connection.prepare_cached(&format!(
        "SELECT id, browser, engine, last_heard, accepted, delivered, invalid, repeats, \
         (SELECT count(*) FROM events WHERE stream = streams.id), (SELECT max(seq) FROM events WHERE stream = streams.id), \
         (SELECT max(seq) FROM tombstones WHERE stream = streams.id), (SELECT max(seq) FROM rejected WHERE stream = streams.id), \
         (SELECT count(*) FROM rejected WHERE stream = streams.id AND {ASIDE} AND seq IS NOT NULL), \
         (SELECT count(*) FROM rejected WHERE stream = streams.id AND seq IS NULL), pruned, top FROM streams WHERE {IN_SCOPE}"
    ))?;
    let (from, to) = scope.bounds();
    let mut rows = statement.query(params![scope.site, from, to])?;
    while let Some(row) = rows.next()? {
        let stream: i64 = row.get(0)?;
        let account = account(row, ledgers.get(&stream), tombstones.get(&stream), now_ms)?;
        total.add(&account);
        browsers.entry(row.get::<_, String>(1)?).or_insert_with(Account::default).add(&account);
        engines.entry(row.get::<_, String>(2)?).or_insert_with(Account::default).add(&account);
    }
    Ok(Delivery {
        site: scope.site.clone(),
        from: scope.from,
        to: scope.to,
        total: total.rated(),
        browsers: parts(browsers),
        engines: parts(engines),
    })
}

const IN_SCOPE: &str = "streams.site = (SELECT id FROM sites WHERE name = ?1) AND first_heard >= ?2 AND first_heard < ?3";

/// A refused event whose number is stored after all is no second event.
const ASIDE: &str = "NOT EXISTS (SELECT 1 FROM events WHERE events.stream = rejected.stream AND events.seq = rejected.seq)";

fn reasons(connection: &Connection, scope: &Scope, select: &str) -> Result<Reasons, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{select}{IN_SCOPE} GROUP BY stream, reason"))?;
    let (from, to) = scope.bounds();
    let mut rows = statement.query(params![scope.site, from, to])?;
    let mut reasons = Reasons::new();
    while let Some(row) = rows.next()? {
        reasons.entry(row.get(0)?).or_default().insert(row.get(1)?, row.get(2)?);
    }
    Ok(reasons)
}

/// The account of one stream.
///
/// A copy may arrive of an event that the tracker then gave up: it is stored, so the ledger's drops count only as
/// far as there are accepted events left that nothing is known of.
fn account(
    row: &Row<'_>,
    ledger: Option<&BTreeMap<String, u64>>,
    tombstones: Option<&BTreeMap<String, u64>>,
    now_ms: i64,
) -> Result<Account, StoreError> {
    let (stored, numbered, unnumbered): (u64, u64, u64) = (row.get(8)?, row.get(12)?, row.get(13)?);
    let mut dropped = tombstones.cloned().unwrap_or_default();
    let pruned: u64 = row.get(14)?;
    let removed = pruned + dropped.get(ERASED).copied().unwrap_or(0);
    if pruned > 0 {
        *dropped.entry(PRUNED.into()).or_default() += pruned;
    }
    let seen = stored + numbered + dropped.values().sum::<u64>();
    let span = [9, 10, 11, 15].into_iter().map(|column| row.get::<_, Option<u64>>(column)).collect::<Result<Vec<_>, _>>()?;
    let span = span.into_iter().flatten().max().map_or(0, |highest| highest.min(NUMBER_LIMIT - 1) + 1);
    let rejected = numbered + unnumbered;
    let known = seen + unnumbered;
    let accepted = row.get::<_, u64>(4)?.max(span).max(known);
    let mut left = accepted - known;
    for (reason, count) in ledger.into_iter().flatten() {
        let count = if reason == REJECTED { count.saturating_sub(rejected + removed) } else { *count }.min(left);
        if count > 0 {
            *dropped.entry(reason.clone()).or_default() += count;
            left -= count;
        }
    }
    let silent = row.get::<_, i64>(3)? < now_ms.saturating_sub(SILENCE_MS);
    Ok(Account {
        streams: 1,
        accepted,
        delivered: row.get(5)?,
        stored,
        rejected,
        dropped,
        outstanding: if silent { 0 } else { left },
        missing: if silent { left } else { 0 },
        gaps: span.saturating_sub(seen),
        duplicates: row.get(7)?,
        invalid: row.get(6)?,
        loss_rate: None,
    })
}

fn parts(accounts: BTreeMap<String, Account>) -> Vec<Part> {
    let mut parts: Vec<_> = accounts.into_iter().map(|(name, account)| Part { name, account: account.rated() }).collect();
    parts.sort_by(|left, right| right.account.accepted.cmp(&left.account.accepted).then_with(|| left.name.cmp(&right.name)));
    parts
}

impl Account {
    /// Events given up, whatever the reason.
    pub(crate) fn given_up(&self) -> u64 {
        self.dropped.values().sum()
    }

    /// Events that never came, or came too late to be sent: what this collector had and removed isn't among them.
    pub(crate) fn lost(&self) -> u64 {
        let removed: u64 = [ERASED, PRUNED].iter().filter_map(|reason| self.dropped.get(*reason)).sum();
        self.given_up() - removed + self.missing
    }

    fn add(&mut self, other: &Self) {
        self.streams += other.streams;
        self.accepted += other.accepted;
        self.delivered += other.delivered;
        self.stored += other.stored;
        self.rejected += other.rejected;
        for (reason, count) in &other.dropped {
            *self.dropped.entry(reason.clone()).or_default() += count;
        }
        self.outstanding += other.outstanding;
        self.missing += other.missing;
        self.gaps += other.gaps;
        self.duplicates += other.duplicates;
        self.invalid += other.invalid;
    }

    fn rated(self) -> Self {
        Self { loss_rate: Rate::of(self.lost(), self.accepted), ..self }
    }
}
