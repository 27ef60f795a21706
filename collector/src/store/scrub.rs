//! Drives what was deleted out of the files: the write-ahead log, and copies that SQLite leaves behind in its pages.
//!
//! `secure_delete` overwrites a row where it is, but not the copies that stay in the unused part of a page when its
//! rows move to another one: of 2,000 ids deleted from among 20,000, one could still be read in the file. Only `VACUUM`
//! gets rid of those, since it writes the whole file afresh.

use rusqlite::{Connection, params};

use super::database::StoreError;

/// Largest database, in pages of 4 KiB, that is written afresh while senders wait: 64 MiB take a quarter of a second.
const AT_ONCE_PAGES: i64 = 16_384;

const OWED: &str = "scrub_owed";

/// Notes, within the transaction that deletes, that the files have to be cleaned after it.
pub(super) fn owe(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute("INSERT INTO secrets (name, value) VALUES (?1, x'') ON CONFLICT (name) DO NOTHING", params![OWED]).map(drop)
}

/// Cleans the files if that is owed; a database that is large only when there is time for it.
pub(crate) fn scrub(connection: &Connection, have_time: bool) -> Result<(), StoreError> {
    let owed: bool = connection.query_row("SELECT EXISTS (SELECT 1 FROM secrets WHERE name = ?1)", [OWED], |row| row.get(0))?;
    let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
    if owed && (have_time || pages <= AT_ONCE_PAGES) {
        connection.execute_batch("VACUUM")?;
        if empty_log(connection)? {
            connection.execute("DELETE FROM secrets WHERE name = ?1", [OWED])?;
        }
    }
    empty_log(connection)?;
    Ok(())
}

/// Moves the write-ahead log into the database and cuts it to nothing; false when a reader still needs it.
fn empty_log(connection: &Connection) -> Result<bool, StoreError> {
    Ok(connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0))? == 0)
}
