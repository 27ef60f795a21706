//! What is noted of a stream with every delivery: who sends, when it was heard of, and its ledger.
//! Its events are `insert`'s.

use rusqlite::{Connection, OptionalExtension, params};

use super::record::Delivery;

/// The row of a stream, if it has one.
pub(super) fn find_stream(connection: &Connection, site: i64, name: &str) -> rusqlite::Result<Option<i64>> {
    let known =
        connection.prepare_cached("SELECT id FROM streams WHERE site = ?1 AND name = ?2")?.query_row(params![site, name], |row| row.get(0));
    known.optional()
}

/// Makes the row of a stream that is first heard of now.
pub(super) fn insert_stream(connection: &Connection, site: i64, name: &str, now_ms: i64) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("INSERT INTO streams (site, name, first_heard, last_heard, accepted, delivered) VALUES (?1, ?2, ?3, ?3, 0, 0)")?
        .insert(params![site, name, now_ms])
}

/// Notes the delivery's ledger and sender. Counts only grow, so the largest seen is the latest, whatever order
/// deliveries arrive in.
pub(super) fn note(connection: &Connection, stream: i64, delivery: &Delivery, visitor: Option<i64>, repeats: u64) -> rusqlite::Result<()> {
    let ledger = &delivery.ledger;
    connection
        .prepare_cached(
            "UPDATE streams SET \
             engine = CASE engine WHEN 'unknown' THEN ?2 ELSE engine END, \
             browser = CASE browser WHEN 'unknown' THEN ?3 ELSE browser END, \
             first_heard = min(first_heard, ?4), last_heard = max(last_heard, ?4), \
             accepted = max(accepted, ?5), delivered = max(delivered, ?6), invalid = max(invalid, ?7), repeats = repeats + ?8, \
             visitor = coalesce(visitor, ?9) \
             WHERE id = ?1",
        )?
        .execute(params![
            stream,
            engine(&delivery.engine),
            delivery.browser,
            delivery.received_at,
            ledger.accepted,
            ledger.delivered,
            ledger.invalid,
            repeats as i64,
            visitor,
        ])?;
    for (reason, count) in &ledger.dropped {
        connection
            .prepare_cached(
                "INSERT INTO drops (stream, reason, count) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (stream, reason) DO UPDATE SET count = max(count, excluded.count)",
            )?
            .execute(params![stream, reason, count])?;
    }
    Ok(())
}

/// The builds of the core by name; the field is the sender's, and reports list every engine.
fn engine(sent: &str) -> &str {
    match sent {
        "wasm" | "wasm2js" => sent,
        "" => "unknown",
        _ => "other",
    }
}
