//! What arrived, by event name, and what was lost on the way. Revenue of macro conversions and the estimated
//! worth of micro conversions are two columns that nothing adds together.

use std::collections::{BTreeMap, HashMap, HashSet};

use milepost_core::Decimal;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;

use super::delivery::PRUNED;
use super::marks::{BotCount, Marks};
use super::query::Scope;
use crate::store::StoreError;

const DAY_MS: i64 = 86_400_000;

/// What a macro conversion with a value but no currency is counted under.
const NO_CURRENCY: &str = "(not set)";

/// Amounts by currency, as decimal text.
pub(crate) type Amounts = BTreeMap<String, String>;

/// The events of a site.
#[derive(Debug, Serialize)]
pub(crate) struct Events {
    pub(crate) site: String,
    pub(crate) from: Option<i64>,
    pub(crate) to: Option<i64>,
    pub(crate) events: Vec<EventLine>,
    pub(crate) totals: Totals,
}

/// One event name.
#[derive(Debug, Serialize)]
pub(crate) struct EventLine {
    pub(crate) name: String,
    pub(crate) count: u64,
    /// Sessions it happened in.
    pub(crate) sessions: u64,
    /// What the site's conversion map said of the latest such event.
    #[serde(flatten)]
    pub(crate) conversion: Conversion,
    /// Sum of `value` of the macro conversions.
    pub(crate) revenue: Amounts,
    /// Sum of the estimated worth of the micro conversions.
    pub(crate) worth: Option<String>,
}

/// Conversion fields of an event name.
#[derive(Debug, Default, Clone, Serialize)]
pub(crate) struct Conversion {
    pub(crate) tier: Option<String>,
    pub(crate) category: Option<String>,
    pub(crate) stage: Option<String>,
    #[serde(rename = "macro")]
    pub(crate) macro_name: Option<String>,
    pub(crate) primary: Option<bool>,
}

/// Sums over the site. Streams, drops and repeats are of all time, since a stream's ledger only knows its running
/// count; the rest follows the asked time.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Totals {
    pub(crate) events: u64,
    pub(crate) sessions: u64,
    pub(crate) visitors: u64,
    /// Visitors without an id, each counted once a day, over the days that the asked time touches.
    pub(crate) day_visitors: u64,
    /// Sessions whose browser sent a Global Privacy Control signal.
    pub(crate) gpc_sessions: u64,
    pub(crate) bots: BotCount,
    pub(crate) rejected: u64,
    pub(crate) streams: u64,
    pub(crate) dropped: BTreeMap<String, u64>,
    pub(crate) repeats_refused: u64,
}

#[derive(Default)]
struct Tally {
    count: u64,
    sessions: HashSet<i64>,
    conversion: Conversion,
    revenue: BTreeMap<String, Decimal>,
    worth: Option<Decimal>,
}

/// Computes the list and the totals.
pub(crate) fn events(connection: &Connection, scope: &Scope) -> Result<Events, StoreError> {
    let mut totals = totals(connection, scope)?;
    let marks = Marks::of(connection, &scope.site)?;
    let mut sieve = marks.sieve(scope.bots);
    let mut tallies: HashMap<String, Tally> = HashMap::new();
    let (mut sessions, mut visitors) = (HashSet::new(), HashSet::new());
    let mut statement = connection.prepare_cached(
        "SELECT name, session, visitor, tier, category, stage, macro, is_primary, currency, value, worth FROM events \
         WHERE site = (SELECT id FROM sites WHERE name = ?1) AND at >= ?2 AND at < ?3 ORDER BY at, stream, seq",
    )?;
    let (from, to) = scope.bounds();
    let mut rows = statement.query(params![scope.site, from, to])?;
    while let Some(row) = rows.next()? {
        let session: i64 = row.get(1)?;
        if !sieve.keeps(session) {
            continue;
        }
        totals.events += 1;
        sessions.insert(session);
        visitors.extend(row.get::<_, Option<i64>>(2)?);
        tally(tallies.entry(row.get(0)?).or_default(), session, row)?;
    }
    totals.bots = sieve.count();
    totals.gpc_sessions = marks.gpc.intersection(&sessions).count() as u64;
    totals.sessions = sessions.len() as u64;
    totals.visitors = visitors.len() as u64;
    let mut lines: Vec<EventLine> = tallies.into_iter().map(line).collect();
    lines.sort_by(|left, right| right.count.cmp(&left.count).then_with(|| left.name.cmp(&right.name)));
    Ok(Events { site: scope.site.clone(), from: scope.from, to: scope.to, events: lines, totals })
}

fn tally(tally: &mut Tally, session: i64, row: &Row<'_>) -> Result<(), StoreError> {
    tally.count += 1;
    tally.sessions.insert(session);
    let conversion =
        Conversion { tier: row.get(3)?, category: row.get(4)?, stage: row.get(5)?, macro_name: row.get(6)?, primary: row.get(7)? };
    match conversion.tier.as_deref() {
        Some("macro") => {
            let currency: Option<String> = row.get(8)?;
            if let Some(value) = decimal(row, 9)? {
                let sum = tally.revenue.entry(currency.unwrap_or_else(|| NO_CURRENCY.into())).or_insert(Decimal::ZERO);
                *sum = add(*sum, value)?;
            }
        }
        Some("micro") => {
            if let Some(worth) = decimal(row, 10)? {
                tally.worth = Some(add(tally.worth.unwrap_or(Decimal::ZERO), worth)?);
            }
        }
        _ => return Ok(()),
    }
    tally.conversion = conversion;
    Ok(())
}

fn decimal(row: &Row<'_>, column: usize) -> Result<Option<Decimal>, StoreError> {
    let text: Option<String> = row.get(column)?;
    let parse = |text: String| text.parse().map_err(|_| StoreError::Unavailable(format!("not a decimal: {text}")));
    text.map(parse).transpose()
}

fn add(left: Decimal, right: Decimal) -> Result<Decimal, StoreError> {
    left.checked_add(right).ok_or_else(|| StoreError::Unavailable("a sum is too large".into()))
}

fn line((name, tally): (String, Tally)) -> EventLine {
    EventLine {
        name,
        count: tally.count,
        sessions: tally.sessions.len() as u64,
        conversion: tally.conversion,
        revenue: tally.revenue.into_iter().map(|(currency, sum)| (currency, sum.to_text())).collect(),
        worth: tally.worth.map(Decimal::to_text),
    }
}

fn totals(connection: &Connection, scope: &Scope) -> Result<Totals, StoreError> {
    let (from, to) = scope.bounds();
    let site: Option<i64> =
        connection.prepare_cached("SELECT id FROM sites WHERE name = ?1")?.query_row([&scope.site], |row| row.get(0)).optional()?;
    let mut totals = Totals {
        rejected: connection
            .prepare_cached("SELECT count(*) FROM rejected WHERE site = ?1 AND received_at >= ?2 AND received_at < ?3")?
            .query_row(params![site, from, to], |row| row.get(0))?,
        day_visitors: connection
            .prepare_cached("SELECT coalesce(sum(visitors), 0) FROM day_visitors WHERE site = ?1 AND day >= ?2 AND day * ?4 < ?3")?
            .query_row(params![site, from.div_euclid(DAY_MS), to, DAY_MS], |row| row.get(0))?,
        ..Totals::default()
    };
    let (streams, repeats, invalid, pruned) = connection
        .prepare_cached(
            "SELECT count(*), coalesce(sum(repeats), 0), coalesce(sum(invalid), 0), coalesce(sum(pruned), 0) FROM streams WHERE site = ?1",
        )?
        .query_row([site], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, u64>(2)?, row.get::<_, u64>(3)?)))?;
    (totals.streams, totals.repeats_refused) = (streams, repeats);
    let mut statement = connection.prepare_cached(
        "SELECT reason, sum(count) FROM (SELECT stream, reason, count FROM drops UNION ALL SELECT stream, reason, 1 FROM tombstones) \
         JOIN streams ON streams.id = stream WHERE site = ?1 GROUP BY reason",
    )?;
    totals.dropped = statement.query_map([site], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    for (reason, count) in [("invalid", invalid), (PRUNED, pruned)] {
        if count > 0 {
            *totals.dropped.entry(reason.into()).or_default() += count;
        }
    }
    Ok(totals)
}
