//! The latest events that the schema refused, with their reasons and their text as it came.

use rusqlite::{Connection, params};
use serde::Serialize;

use crate::store::StoreError;

/// Refused events of a site, the latest first.
#[derive(Debug, Serialize)]
pub(crate) struct RejectedEvents {
    pub(crate) site: String,
    /// How many are kept, listed or not.
    pub(crate) total: u64,
    pub(crate) rejected: Vec<RejectedEvent>,
}

/// One refused event.
#[derive(Debug, Serialize)]
pub(crate) struct RejectedEvent {
    pub(crate) received_at: i64,
    pub(crate) stream: String,
    pub(crate) seq: Option<i64>,
    pub(crate) name: Option<String>,
    pub(crate) code: String,
    pub(crate) param: Option<String>,
    /// The event's text, possibly only its beginning.
    pub(crate) raw: String,
    /// How long the whole text was, in bytes.
    pub(crate) raw_bytes: u64,
}

/// Reads the latest `limit` refused events.
pub(crate) fn rejected(connection: &Connection, site: &str, limit: u32) -> Result<RejectedEvents, StoreError> {
    let total = connection
        .prepare_cached("SELECT count(*) FROM rejected WHERE site = (SELECT id FROM sites WHERE name = ?1)")?
        .query_row([site], |row| row.get(0))?;
    let mut statement = connection.prepare_cached(
        "SELECT rejected.received_at, streams.name, rejected.seq, rejected.name, rejected.code, rejected.param, rejected.raw, rejected.raw_bytes \
         FROM rejected JOIN streams ON streams.id = rejected.stream \
         WHERE rejected.site = (SELECT id FROM sites WHERE name = ?1) ORDER BY rejected.received_at DESC, rejected.id DESC LIMIT ?2",
    )?;
    let rejected = statement.query_map(params![site, limit], |row| {
        Ok(RejectedEvent {
            received_at: row.get(0)?,
            stream: row.get(1)?,
            seq: row.get(2)?,
            name: row.get(3)?,
            code: row.get(4)?,
            param: row.get(5)?,
            raw: row.get(6)?,
            raw_bytes: row.get(7)?,
        })
    })?;
    Ok(RejectedEvents { site: site.into(), total, rejected: rejected.collect::<Result<_, _>>()? })
}
