//! Removes all that is held of a visitor, and refuses what comes of them later.
//!
//! What stays of an erased visitor's streams are counts: a tombstone for each event, without name and time, and the
//! ledger, under a keyed hash of the stream's name. So the delivery report still adds up.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::database::StoreError;
use super::record::{Delivery, Outcome};
use super::scrub::owe;
use super::secret::{keyed, secret};
use super::stream::{find_stream, insert_stream, note};

/// The reason under which an erased visitor's events are counted.
pub(crate) const ERASED: &str = "erased";

const KEY: &str = "erased";

/// Removes a visitor's rows from every table, in one transaction: how many events went, refused ones included.
pub(crate) fn erase(connection: &mut Connection, site: &str, visitor: &str, now_ms: i64) -> Result<u64, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let hash = keyed(&secret(&transaction, KEY)?, &[site, visitor])?;
    transaction.execute("INSERT INTO erased (hash, at) VALUES (?1, ?2) ON CONFLICT (hash) DO NOTHING", params![hash, now_ms])?;
    let known = transaction
        .query_row(
            "SELECT site, id FROM visitors WHERE site = (SELECT id FROM sites WHERE name = ?1) AND name = ?2",
            params![site, visitor],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let mut erased = 0;
    if let Some((site_id, visitor)) = known {
        erased = remove(&transaction, site, site_id, visitor, now_ms)?;
        owe(&transaction)?;
    }
    transaction.commit()?;
    Ok(erased)
}

/// When the visitor was erased, in ms since the epoch, if they were.
pub(crate) fn erased_at(connection: &Connection, site: &str, visitor: &str) -> Result<Option<i64>, StoreError> {
    let key: Option<Vec<u8>> =
        connection.prepare_cached("SELECT value FROM secrets WHERE name = ?1")?.query_row([KEY], |row| row.get(0)).optional()?;
    let Some(key) = key else { return Ok(None) };
    let at =
        connection.prepare_cached("SELECT at FROM erased WHERE hash = ?1")?.query_row([keyed(&key, &[site, visitor])?], |row| row.get(0));
    Ok(at.optional()?)
}

/// Whether a delivery is of an erased visitor's stream: of that, nothing is taken from anybody.
pub(super) fn hides(connection: &Connection, site: i64, delivery: &Delivery) -> Result<bool, StoreError> {
    Ok(find_hidden(connection, site, delivery)?.is_some())
}

fn find_hidden(connection: &Connection, site: i64, delivery: &Delivery) -> Result<Option<i64>, StoreError> {
    let any: bool = connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM erased)")?.query_row([], |row| row.get(0))?;
    if any { Ok(find_stream(connection, site, &hidden(connection, &delivery.site, &delivery.stream)?)?) } else { Ok(None) }
}

/// Takes a delivery of an erased visitor: each of its events becomes a tombstone, unless its number is known.
pub(super) fn bury(connection: &Connection, site: i64, delivery: &Delivery) -> Result<Outcome, StoreError> {
    let stream = match find_stream(connection, site, &delivery.stream)? {
        Some(stream) => stream,
        None => match find_hidden(connection, site, delivery)? {
            Some(stream) => stream,
            None => insert_stream(connection, site, &hidden(connection, &delivery.site, &delivery.stream)?, delivery.received_at)?,
        },
    };
    let mut accepted = 0;
    let came = delivery.events.iter().map(|event| event.seq).chain(delivery.tombstones.iter().map(|tombstone| tombstone.seq));
    for seq in came {
        accepted += bury_number(connection, stream, seq, delivery.received_at)?;
    }
    for seq in delivery.rejected.iter().filter_map(|event| event.seq) {
        bury_number(connection, stream, seq, delivery.received_at)?;
    }
    let duplicates = (delivery.events.len() + delivery.tombstones.len()) as u64 - accepted;
    note(connection, stream, delivery, None, duplicates)?;
    Ok(Outcome { accepted, duplicates })
}

fn bury_number(connection: &Connection, stream: i64, seq: i64, now_ms: i64) -> rusqlite::Result<u64> {
    let buried = connection
        .prepare_cached(
            "INSERT INTO tombstones (stream, seq, name, at, reason, received_at) SELECT ?1, ?2, '', ?3, ?4, ?3 \
             WHERE NOT EXISTS (SELECT 1 FROM events WHERE stream = ?1 AND seq = ?2) \
             AND NOT EXISTS (SELECT 1 FROM rejected WHERE stream = ?1 AND seq = ?2) \
             ON CONFLICT (stream, seq) DO NOTHING",
        )?
        .execute(params![stream, seq, now_ms, ERASED])?;
    Ok(buried as u64)
}

fn remove(connection: &Connection, site: &str, site_id: i64, visitor: i64, now_ms: i64) -> Result<u64, StoreError> {
    let streams = ids(
        connection,
        "SELECT id FROM streams WHERE site = ?1 AND visitor = ?2 UNION SELECT stream FROM events WHERE visitor = ?2 \
         UNION SELECT stream FROM rejected WHERE site = ?1 AND visitor = ?2",
        [site_id, visitor],
    )?;
    let mut erased = 0;
    for stream in streams {
        erased += remove_events(connection, stream, visitor, now_ms)?;
        erased += remove_rejected(connection, stream, visitor, now_ms)?;
        connection.execute("UPDATE tombstones SET name = '', at = received_at WHERE stream = ?1", [stream])?;
        connection.execute("DELETE FROM batches WHERE stream = ?1 AND id NOT IN (SELECT batch FROM events WHERE stream = ?1)", [stream])?;
        hide(connection, site, stream)?;
    }
    connection.execute("DELETE FROM visitors WHERE id = ?1", [visitor])?;
    Ok(erased)
}

/// What has no visitor in a visitor's stream is of the same tab, and goes as well; so do the sessions.
fn remove_events(connection: &Connection, stream: i64, visitor: i64, now_ms: i64) -> Result<u64, StoreError> {
    const THEIRS: &str = "FROM events WHERE stream = ?1 AND (visitor = ?2 OR visitor IS NULL)";
    for session in ids(connection, &format!("SELECT DISTINCT session {THEIRS}"), [stream, visitor])? {
        connection.execute("DELETE FROM sessions WHERE id = ?1", [session])?;
    }
    connection.execute(
        &format!(
            "INSERT INTO tombstones (stream, seq, name, at, reason, received_at) SELECT stream, seq, '', ?3, ?4, ?3 {THEIRS} \
             ON CONFLICT (stream, seq) DO NOTHING"
        ),
        params![stream, visitor, now_ms, ERASED],
    )?;
    Ok(connection.execute(&format!("DELETE {THEIRS}"), [stream, visitor])? as u64)
}

/// A refused event without a number has no tombstone: it is only counted.
fn remove_rejected(connection: &Connection, stream: i64, visitor: i64, now_ms: i64) -> Result<u64, StoreError> {
    const THEIRS: &str = "FROM rejected WHERE stream = ?1 AND (visitor = ?2 OR visitor IS NULL)";
    connection.execute(
        &format!(
            "INSERT INTO tombstones (stream, seq, name, at, reason, received_at) SELECT stream, seq, '', ?3, ?4, ?3 {THEIRS} \
             AND seq IS NOT NULL AND NOT EXISTS (SELECT 1 FROM events WHERE events.stream = rejected.stream AND events.seq = rejected.seq) \
             ON CONFLICT (stream, seq) DO NOTHING"
        ),
        params![stream, visitor, now_ms, ERASED],
    )?;
    connection.execute(
        &format!(
            "INSERT INTO drops (stream, reason, count) SELECT stream, ?3, count(*) {THEIRS} AND seq IS NULL GROUP BY stream \
             ON CONFLICT (stream, reason) DO UPDATE SET count = count + excluded.count"
        ),
        params![stream, visitor, ERASED],
    )?;
    Ok(connection.execute(&format!("DELETE {THEIRS}"), [stream, visitor])? as u64)
}

/// Takes the name off a stream of which nothing is left but counts.
fn hide(connection: &Connection, site: &str, stream: i64) -> Result<(), StoreError> {
    connection.execute("UPDATE streams SET visitor = NULL WHERE id = ?1", [stream])?;
    let shared: bool = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM events WHERE stream = ?1) OR EXISTS (SELECT 1 FROM rejected WHERE stream = ?1)",
        [stream],
        |row| row.get(0),
    )?;
    if !shared {
        let name: String = connection.query_row("SELECT name FROM streams WHERE id = ?1", [stream], |row| row.get(0))?;
        connection.execute("UPDATE streams SET name = ?2 WHERE id = ?1", params![stream, hidden(connection, site, &name)?])?;
    }
    Ok(())
}

fn hidden(connection: &Connection, site: &str, stream: &str) -> Result<String, StoreError> {
    let hash = keyed(&secret(connection, KEY)?, &[site, "stream", stream])?;
    Ok(hash.iter().fold(format!("{ERASED}:"), |text, byte| text + &format!("{byte:02x}")))
}

fn ids(connection: &Connection, sql: &str, values: [i64; 2]) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let ids = statement.query_map(values, |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(ids)
}
