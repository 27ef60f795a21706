//! Removes what is older than a site keeps it, a little at a time, so that senders never wait for long.
//! How long that is, and when this is done, is decided elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, TransactionBehavior, params};

use super::database::StoreError;

/// Rows that one transaction removes.
const ROWS: i64 = 1_000;

/// What was removed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Pruned {
    /// Events.
    pub events: u64,
    /// Events that the schema had refused.
    pub rejected: u64,
    /// Streams of which nothing was left.
    pub streams: u64,
}

/// Removes some of what a site has from before a moment (in ms since the epoch): what it was; nothing at the end.
pub(crate) fn prune_some(connection: &mut Connection, site: &str, before: i64) -> Result<Pruned, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut pruned = Pruned { events: events(&transaction, site, before)?, ..Pruned::default() };
    if pruned.events == 0 {
        pruned.rejected = rejected(&transaction, site, before)?;
    }
    if pruned == Pruned::default() {
        pruned.streams = streams(&transaction, site, before)?;
    }
    if pruned == Pruned::default() {
        tombstones(&transaction, site, before)?;
        orphans(&transaction, site, before)?;
    }
    transaction.commit()?;
    Ok(pruned)
}

impl std::ops::AddAssign for Pruned {
    fn add_assign(&mut self, other: Self) {
        self.events += other.events;
        self.rejected += other.rejected;
        self.streams += other.streams;
    }
}

fn events(connection: &Connection, site: &str, before: i64) -> rusqlite::Result<u64> {
    let mut statement = connection.prepare_cached(
        "SELECT stream, seq, batch FROM events \
         WHERE site = (SELECT id FROM sites WHERE name = ?1) AND at < ?2 ORDER BY at, stream, seq LIMIT ?3",
    )?;
    let rows = statement.query_map(params![site, before, ROWS], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let rows: Vec<(i64, i64, i64)> = rows.collect::<Result<_, _>>()?;
    for (stream, seq, _) in &rows {
        connection.prepare_cached("DELETE FROM events WHERE stream = ?1 AND seq = ?2")?.execute([stream, seq])?;
    }
    for (stream, batch) in rows.iter().map(|(stream, _, batch)| (stream, batch)).collect::<BTreeSet<_>>() {
        connection
            .prepare_cached("DELETE FROM batches WHERE id = ?2 AND NOT EXISTS (SELECT 1 FROM events WHERE stream = ?1 AND batch = ?2)")?
            .execute([stream, batch])?;
    }
    count(connection, rows.iter().map(|(stream, seq, _)| (*stream, *seq)))?;
    Ok(rows.len() as u64)
}

/// A refused event has no time that could be trusted, so the time it came counts. One without a number, or whose
/// number was stored after all, isn't among the counted.
fn rejected(connection: &Connection, site: &str, before: i64) -> rusqlite::Result<u64> {
    let mut statement = connection.prepare_cached(
        "SELECT id, stream, seq, EXISTS (SELECT 1 FROM events WHERE events.stream = rejected.stream AND events.seq = rejected.seq) \
         FROM rejected WHERE site = (SELECT id FROM sites WHERE name = ?1) AND received_at < ?2 ORDER BY received_at LIMIT ?3",
    )?;
    let rows = statement.query_map(params![site, before, ROWS], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let rows: Vec<(i64, i64, Option<i64>, bool)> = rows.collect::<Result<_, _>>()?;
    for (id, ..) in &rows {
        connection.prepare_cached("DELETE FROM rejected WHERE id = ?1")?.execute([id])?;
    }
    count(connection, rows.iter().filter(|(.., stored)| !stored).map(|(_, stream, seq, _)| (*stream, seq.unwrap_or(-1))))?;
    Ok(rows.len() as u64)
}

/// Notes with each stream how much is gone of it, and the highest number among that.
fn count(connection: &Connection, gone: impl Iterator<Item = (i64, i64)>) -> rusqlite::Result<()> {
    let mut streams: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    for (stream, seq) in gone {
        let (count, top) = streams.entry(stream).or_insert((0, -1));
        *count += 1;
        *top = (*top).max(seq);
    }
    for (stream, (count, top)) in streams {
        connection
            .prepare_cached("UPDATE streams SET pruned = pruned + ?2, top = nullif(max(coalesce(top, -1), ?3), -1) WHERE id = ?1")?
            .execute([stream, count, top])?;
    }
    Ok(())
}

/// What only stood for a number of a stream that goes on is one of the counted from now on.
fn tombstones(connection: &Connection, site: &str, before: i64) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "DELETE FROM tombstones WHERE at < ?2 AND stream IN (SELECT id FROM streams WHERE site = (SELECT id FROM sites WHERE name = ?1)) \
         RETURNING stream, seq",
    )?;
    let rows = statement.query_map(params![site, before], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let rows: Vec<(i64, i64)> = rows.collect::<Result<_, _>>()?;
    count(connection, rows.into_iter())
}

/// A stream goes with its ledger once nothing is left of it and it was heard of for the last time long enough ago.
fn streams(connection: &Connection, site: &str, before: i64) -> rusqlite::Result<u64> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM streams WHERE site = (SELECT id FROM sites WHERE name = ?1) AND last_heard < ?2 \
         AND NOT EXISTS (SELECT 1 FROM events WHERE stream = streams.id) AND NOT EXISTS (SELECT 1 FROM rejected WHERE stream = streams.id) \
         LIMIT ?3",
    )?;
    let streams: Vec<i64> = statement.query_map(params![site, before, ROWS], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for stream in &streams {
        for sql in ["DELETE FROM drops WHERE stream = ?1", "DELETE FROM tombstones WHERE stream = ?1", "DELETE FROM streams WHERE id = ?1"]
        {
            connection.prepare_cached(sql)?.execute([stream])?;
        }
    }
    Ok(streams.len() as u64)
}

/// Sessions and visitors that nothing names any more.
fn orphans(connection: &Connection, site: &str, before: i64) -> rusqlite::Result<()> {
    const SITE: &str = "site = (SELECT id FROM sites WHERE name = ?1)";
    connection.execute(
        &format!("DELETE FROM sessions WHERE {SITE} AND started_at < ?2 AND id NOT IN (SELECT session FROM events WHERE {SITE})"),
        params![site, before],
    )?;
    connection.execute(
        &format!(
            "DELETE FROM visitors WHERE {SITE} AND NOT EXISTS (SELECT 1 FROM events WHERE visitor = visitors.id) \
             AND id NOT IN (SELECT visitor FROM streams WHERE {SITE} AND visitor IS NOT NULL) \
             AND id NOT IN (SELECT visitor FROM rejected WHERE {SITE} AND visitor IS NOT NULL)"
        ),
        [site],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::{Database, Delivery, EventRow, insert};

    #[test]
    fn an_event_goes_one_millisecond_after_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database { folder: folder.path().into(), busy_wait: Duration::ZERO, max_pages: None };
        let mut connection = database.writer().unwrap();
        let events = (0..3).map(|seq| EventRow { seq, at: 5_000 + seq, ..EventRow::default() }).collect();
        let delivery = Delivery { site: "shop".into(), stream: "s1".into(), events, ..Delivery::default() };
        insert(&connection, &delivery).unwrap();
        let left = |connection: &Connection| connection.query_row("SELECT count(*) FROM events", [], |row| row.get::<_, i64>(0)).unwrap();
        for (before, expected) in [(5_000, 3), (5_001, 2), (5_001, 2), (5_003, 0)] {
            prune_some(&mut connection, "blog", 9_000).unwrap();
            prune_some(&mut connection, "shop", before).unwrap();
            assert_eq!(left(&connection), expected, "{before}");
        }
    }

    #[test]
    fn one_transaction_removes_only_so_much() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database { folder: folder.path().into(), busy_wait: Duration::ZERO, max_pages: None };
        let mut connection = database.writer().unwrap();
        let events = (0..2_500).map(|seq| EventRow { seq, at: seq, ..EventRow::default() }).collect();
        insert(&connection, &Delivery { site: "shop".into(), stream: "s1".into(), events, ..Delivery::default() }).unwrap();
        let portions: Vec<_> =
            (0..4).map(|_| prune_some(&mut connection, "shop", 9_000).unwrap()).map(|it| (it.events, it.streams)).collect();
        assert_eq!(portions, [(1_000, 0), (1_000, 0), (500, 0), (0, 1)]);
        let orphans = "SELECT (SELECT count(*) FROM batches) + (SELECT count(*) FROM streams) + (SELECT count(*) FROM drops)";
        assert_eq!(connection.query_row(orphans, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
    }
}
