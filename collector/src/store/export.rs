//! All that is held of one visitor, as JSON; parameters, campaigns and the like exactly as they were sent.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, ToSql, params};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::database::StoreError;
use super::erase::erased_at;

/// Columns that hold JSON text.
const JSON: [&str; 5] = ["params", "campaign", "device", "consent", "dropped"];
/// Columns that are true or false.
const FLAGS: [&str; 3] = ["bot", "gpc", "primary"];

const VISITOR: &str = "(SELECT id FROM visitors WHERE site = (SELECT id FROM sites WHERE name = ?1) AND name = ?2)";

/// One row, by column; JSON text is embedded as it is.
type Line = std::collections::BTreeMap<String, Box<RawValue>>;

/// What is held of a visitor.
#[derive(Debug, Serialize)]
pub(crate) struct Held {
    site: String,
    visitor: String,
    /// When they were erased, if they were; nothing else is held then.
    #[serde(skip_serializing_if = "Option::is_none")]
    erased_at: Option<i64>,
    sessions: Vec<Line>,
    events: Vec<Line>,
    /// What the events of a delivery share, the consent record among it; `batch` of an event names one.
    batches: Vec<Line>,
    /// Events that the schema refused, with their text as it is kept.
    rejected: Vec<Line>,
    /// Events that the browser gave up.
    given_up: Vec<Line>,
    /// The runs of the tracker, with the ledger of each.
    streams: Vec<Line>,
}

/// Reads all that is held of a visitor, in one state of the database.
pub(crate) fn export(connection: &Connection, site: &str, visitor: &str) -> Result<Held, StoreError> {
    connection.execute_batch("BEGIN")?;
    let held = read(connection, site, visitor);
    connection.execute_batch("COMMIT")?;
    held
}

fn read(connection: &Connection, site: &str, visitor: &str) -> Result<Held, StoreError> {
    let streams = format!(
        "(SELECT id FROM streams WHERE site = (SELECT id FROM sites WHERE name = ?1) AND visitor = {VISITOR} \
         UNION SELECT stream FROM events WHERE visitor = {VISITOR})"
    );
    let names = params![site, visitor];
    let lines = |sql: String| lines(connection, &sql, names);
    Ok(Held {
        site: site.into(),
        visitor: visitor.into(),
        erased_at: erased_at(connection, site, visitor)?,
        sessions: lines(format!(
            "SELECT name AS id, number, started_at, landing, bot, gpc FROM sessions \
             WHERE id IN (SELECT session FROM events WHERE visitor = {VISITOR}) ORDER BY started_at, id"
        ))?,
        events: lines(format!(
            "SELECT streams.name AS stream, seq, sessions.name AS session, batch, events.name AS name, at, page_url, page_title, referrer, \
             params, tier, category, stage, macro, is_primary AS \"primary\", worth \
             FROM events JOIN streams ON streams.id = stream LEFT JOIN sessions ON sessions.id = session \
             WHERE events.visitor = {VISITOR} ORDER BY at, streams.id, seq"
        ))?,
        batches: lines(format!(
            "SELECT batches.id AS id, streams.name AS stream, sent_at, received_at, batches.engine AS engine, user, campaign, device, consent \
             FROM batches JOIN streams ON streams.id = stream \
             WHERE batches.id IN (SELECT batch FROM events WHERE visitor = {VISITOR}) ORDER BY batches.id"
        ))?,
        rejected: lines(format!(
            "SELECT streams.name AS stream, seq, rejected.name AS name, code, param, raw, raw_bytes, received_at \
             FROM rejected JOIN streams ON streams.id = stream \
             WHERE rejected.site = (SELECT id FROM sites WHERE name = ?1) AND rejected.visitor = {VISITOR} ORDER BY rejected.id"
        ))?,
        given_up: lines(format!(
            "SELECT streams.name AS stream, seq, tombstones.name AS name, at, reason, received_at \
             FROM tombstones JOIN streams ON streams.id = stream WHERE stream IN {streams} ORDER BY stream, seq"
        ))?,
        streams: lines(format!(
            "SELECT name AS id, engine, browser, first_heard, last_heard, accepted, delivered, invalid, repeats, \
             (SELECT json_group_object(reason, count) FROM drops WHERE stream = streams.id) AS dropped \
             FROM streams WHERE id IN {streams} ORDER BY id"
        ))?,
    })
}

fn lines(connection: &Connection, sql: &str, values: &[&dyn ToSql]) -> Result<Vec<Line>, StoreError> {
    let mut statement = connection.prepare(sql)?;
    let names: Vec<String> = statement.column_names().map(String::from).collect();
    let mut rows = statement.query(values)?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        lines.push(line(row, &names)?);
    }
    Ok(lines)
}

fn line(row: &Row<'_>, names: &[String]) -> Result<Line, StoreError> {
    let mut line = Line::new();
    for (column, name) in names.iter().enumerate() {
        if let Some(value) = value(row.get_ref(column)?, name)? {
            line.insert(name.clone(), value);
        }
    }
    Ok(line)
}

/// What isn't there is left out.
fn value(value: ValueRef<'_>, name: &str) -> Result<Option<Box<RawValue>>, StoreError> {
    let broken = |error: &dyn std::fmt::Display| StoreError::Unavailable(format!("column {name}: {error}"));
    let text = match value {
        ValueRef::Null => return Ok(None),
        ValueRef::Integer(number) if FLAGS.contains(&name) => (number != 0).to_string(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Text(text) => {
            let text = std::str::from_utf8(text).map_err(|error| broken(&error))?;
            if JSON.contains(&name) { text.to_owned() } else { Value::from(text).to_string() }
        }
        ValueRef::Real(_) | ValueRef::Blob(_) => return Err(broken(&"neither a whole number nor text")),
    };
    RawValue::from_string(text).map(Some).map_err(|error| broken(&error))
}
