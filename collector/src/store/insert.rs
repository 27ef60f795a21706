//! Puts one delivery into an open transaction. Opening, grouping and committing are `writer`'s.

use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::database::StoreError;
use super::record::{Delivery, EventRow, Outcome, RejectedRow};
use super::stream::{find_stream, insert_stream, note};
use super::{day, erase};

/// Longest kept text of a refused event, in bytes.
pub const RAW_LIMIT: usize = 4096;

/// Where an event belongs, as row ids.
struct Place {
    site: i64,
    stream: i64,
    session: i64,
    visitor: Option<i64>,
    batch: i64,
}

/// Stores what is new in `delivery` and counts what was there already.
///
/// Real events go before tombstones, so that a number sent both ways in one delivery is an event.
pub(crate) fn insert(connection: &Connection, delivery: &Delivery) -> Result<Outcome, StoreError> {
    let site = site_id(connection, &delivery.site)?;
    let visitor = match delivery.visitor.as_deref() {
        None => None,
        Some(name) => match find_visitor(connection, site, name)? {
            None if erase::erased_at(connection, &delivery.site, name)?.is_some() => return erase::bury(connection, site, delivery),
            None => Some(insert_visitor(connection, site, name)?),
            known => known,
        },
    };
    let stream = match find_stream(connection, site, &delivery.stream)? {
        Some(stream) => stream,
        None if erase::hides(connection, site, delivery)? => return erase::bury(connection, site, delivery),
        None => insert_stream(connection, site, &delivery.stream, delivery.received_at)?,
    };
    let mut accepted = if delivery.events.is_empty() { 0 } else { insert_events(connection, site, stream, visitor, delivery)? };
    if let Some(features) = delivery.features.as_deref().filter(|_| accepted > 0) {
        day::count(connection, site, delivery.received_at, features)?;
    }
    for rejected in &delivery.rejected {
        insert_rejected(connection, site, stream, visitor, delivery.received_at, rejected)?;
    }
    lift_tombstones(connection, stream, delivery)?;
    accepted += insert_tombstones(connection, stream, delivery)?;
    let duplicates = (delivery.events.len() + delivery.tombstones.len()) as u64 - accepted;
    note(connection, stream, delivery, visitor, duplicates)?;
    Ok(Outcome { accepted, duplicates })
}

fn insert_events(connection: &Connection, site: i64, stream: i64, visitor: Option<i64>, delivery: &Delivery) -> rusqlite::Result<u64> {
    let kept = |event: &&EventRow| delivery.keep_from.is_none_or(|first| event.at >= first);
    let mut accepted = 0;
    for event in delivery.events.iter().filter(|event| !kept(event)) {
        accepted += count_pruned(connection, stream, event.seq)? as u64;
    }
    let mut events = delivery.events.iter().filter(kept).peekable();
    if events.peek().is_none() {
        return Ok(accepted);
    }
    let session = session_id(connection, site, delivery)?;
    let place = Place { site, stream, session, visitor, batch: insert_batch(connection, stream, delivery)? };
    let mut stored = 0;
    for event in events {
        stored += insert_event(connection, &place, event)? as u64;
    }
    if stored == 0 {
        connection.prepare_cached("DELETE FROM batches WHERE id = ?1")?.execute([place.batch])?;
    }
    Ok(accepted + stored)
}

/// Counts an event that came when it was already older than the site keeps events. Whether a number that isn't above
/// all others came before can't be told any more: it counts as a repeat.
fn count_pruned(connection: &Connection, stream: i64, seq: i64) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "UPDATE streams SET pruned = pruned + 1, top = ?2 WHERE id = ?1 AND coalesce(top, -1) < ?2 \
             AND NOT EXISTS (SELECT 1 FROM events WHERE stream = ?1 AND seq = ?2) \
             AND NOT EXISTS (SELECT 1 FROM tombstones WHERE stream = ?1 AND seq = ?2)",
        )?
        .execute([stream, seq])
}

fn site_id(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    let known = connection.prepare_cached("SELECT id FROM sites WHERE name = ?1")?.query_row([name], |row| row.get(0));
    match known.optional()? {
        Some(id) => Ok(id),
        None => connection.prepare_cached("INSERT INTO sites (name) VALUES (?1)")?.insert([name]),
    }
}

fn session_id(connection: &Connection, site: i64, delivery: &Delivery) -> rusqlite::Result<i64> {
    let session = &delivery.session;
    let known = connection
        .prepare_cached("SELECT id, bot, gpc FROM sessions WHERE site = ?1 AND name = ?2")?
        .query_row(params![site, session.id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    if let Some((id, bot, gpc)) = known.optional()? {
        let marked: (bool, bool) = (bot || session.bot, gpc || session.gpc);
        if marked != (bot, gpc) {
            connection.prepare_cached("UPDATE sessions SET bot = ?2, gpc = ?3 WHERE id = ?1")?.execute(params![id, marked.0, marked.1])?;
        }
        return Ok(id);
    }
    connection
        .prepare_cached("INSERT INTO sessions (site, name, number, started_at, landing, bot, gpc) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .insert(params![site, session.id, session.number, session.started_at, session.landing, session.bot, session.gpc])
}

fn find_visitor(connection: &Connection, site: i64, name: &str) -> rusqlite::Result<Option<i64>> {
    let known = connection
        .prepare_cached("SELECT id FROM visitors WHERE site = ?1 AND name = ?2")?
        .query_row(params![site, name], |row| row.get(0));
    known.optional()
}

fn insert_visitor(connection: &Connection, site: i64, name: &str) -> rusqlite::Result<i64> {
    connection.prepare_cached("INSERT INTO visitors (site, name) VALUES (?1, ?2)")?.insert(params![site, name])
}

fn insert_batch(connection: &Connection, stream: i64, delivery: &Delivery) -> rusqlite::Result<i64> {
    connection
        .prepare_cached(
            "INSERT INTO batches (stream, sent_at, received_at, engine, user, campaign, device, consent) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .insert(params![
            stream,
            delivery.sent_at,
            delivery.received_at,
            delivery.engine,
            delivery.user,
            delivery.campaign,
            delivery.device,
            delivery.consent,
        ])
}

/// Returns 1 for a new event and 0 for a repeat.
///
/// The conflict target is named: `INSERT OR IGNORE` would also swallow a broken row, which must be an error.
fn insert_event(connection: &Connection, place: &Place, event: &EventRow) -> rusqlite::Result<usize> {
    let conversion = event.conversion.as_ref();
    connection
        .prepare_cached(
            "INSERT INTO events (stream, seq, site, batch, session, visitor, name, at, page_url, page_title, referrer, params, \
             tier, category, stage, macro, is_primary, currency, value, worth) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20) \
             ON CONFLICT (stream, seq) DO NOTHING",
        )?
        .execute(params![
            place.stream,
            event.seq,
            place.site,
            place.batch,
            place.session,
            place.visitor,
            event.name,
            event.at,
            event.page_url,
            event.page_title,
            event.referrer,
            event.params,
            conversion.map(|it| &it.tier),
            conversion.and_then(|it| it.category.as_deref()),
            conversion.and_then(|it| it.stage.as_deref()),
            conversion.and_then(|it| it.macro_name.as_deref()),
            conversion.and_then(|it| it.primary),
            event.currency,
            event.value,
            conversion.and_then(|it| it.worth.as_deref()),
        ])
}

fn insert_rejected(
    connection: &Connection,
    site: i64,
    stream: i64,
    visitor: Option<i64>,
    received_at: i64,
    event: &RejectedRow,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO rejected (stream, site, identity, seq, name, code, param, raw, raw_bytes, received_at, visitor) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (stream, identity) DO NOTHING",
        )?
        .execute(params![
            stream,
            site,
            identity(event),
            event.seq,
            event.name,
            event.code,
            event.param,
            truncated(&event.raw),
            event.raw.len() as i64,
            received_at,
            visitor,
        ])
        .map(drop)
}

/// Stores those whose number isn't known in any other way, and returns how many.
fn insert_tombstones(connection: &Connection, stream: i64, delivery: &Delivery) -> rusqlite::Result<u64> {
    let mut accepted = 0;
    for tombstone in &delivery.tombstones {
        accepted += connection
            .prepare_cached(
                "INSERT INTO tombstones (stream, seq, name, at, reason, received_at) SELECT ?1, ?2, ?3, ?4, ?5, ?6 \
                 WHERE NOT EXISTS (SELECT 1 FROM events WHERE stream = ?1 AND seq = ?2) \
                 AND NOT EXISTS (SELECT 1 FROM rejected WHERE stream = ?1 AND identity = ?7) \
                 ON CONFLICT (stream, seq) DO NOTHING",
            )?
            .execute(params![
                stream,
                tombstone.seq,
                tombstone.name,
                tombstone.at,
                tombstone.reason,
                delivery.received_at,
                numbered(tombstone.seq),
            ])? as u64;
    }
    Ok(accepted)
}

/// Removes the tombstones of what has come all the same.
fn lift_tombstones(connection: &Connection, stream: i64, delivery: &Delivery) -> rusqlite::Result<()> {
    let any: bool =
        connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM tombstones WHERE stream = ?1)")?.query_row([stream], |row| row.get(0))?;
    if any {
        let came = delivery.events.iter().map(|event| event.seq).chain(delivery.rejected.iter().filter_map(|event| event.seq));
        for seq in came {
            connection.prepare_cached("DELETE FROM tombstones WHERE stream = ?1 AND seq = ?2")?.execute([stream, seq])?;
        }
    }
    Ok(())
}

fn identity(event: &RejectedRow) -> String {
    match event.seq {
        Some(seq) => numbered(seq),
        None => Sha256::digest(event.raw.as_bytes()).iter().fold(String::from("sha256:"), |text, byte| text + &format!("{byte:02x}")),
    }
}

fn numbered(seq: i64) -> String {
    format!("seq:{seq}")
}

fn truncated(raw: &str) -> &str {
    raw.get(..raw.floor_char_boundary(RAW_LIMIT)).unwrap_or(raw)
}
