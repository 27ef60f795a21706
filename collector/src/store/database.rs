//! Opens the database file: durability settings, schema, version check. Reads and writes are elsewhere.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

const SCHEMA: &str = include_str!("schema.sql");
const UPGRADE_2: &str = include_str!("upgrade_2.sql");
const UPGRADE_3: &str = include_str!("upgrade_3.sql");
const VERSION: i64 = 3;
const FILE: &str = "milepost.sqlite3";
const STATEMENTS: usize = 32;

/// Why the store could not take or give something. Nothing was acknowledged.
#[derive(Debug, Clone)]
pub enum StoreError {
    /// More deliveries wait for the disk than the queue may hold.
    QueueFull,
    /// Another process held the database longer than the wait allows.
    Busy,
    /// The disk, or the database's size limit, is full.
    Full,
    /// Any other failure of the database, with its cause.
    Unavailable(String),
    /// The file was written by a later version of the collector.
    NewerVersion(i64),
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::QueueFull => out.write_str("too many deliveries wait for the disk"),
            Self::Busy => out.write_str("the database is locked"),
            Self::Full => out.write_str("the database is full"),
            Self::Unavailable(cause) => write!(out, "the database failed: {cause}"),
            Self::NewerVersion(found) => write!(out, "the database has version {found}, this collector knows {VERSION}"),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DiskFull) => Self::Full,
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

/// Where the database is and how it is opened.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    /// Folder of the database file.
    pub(crate) folder: PathBuf,
    /// How long to wait for another process's lock.
    pub(crate) busy_wait: Duration,
    /// Largest size in pages of 4 KiB; none means as large as the disk.
    pub(crate) max_pages: Option<u32>,
}

impl Database {
    /// Opens the file for the one writer, and makes it if it isn't there.
    pub(crate) fn writer(&self) -> Result<Connection, StoreError> {
        std::fs::create_dir_all(&self.folder).map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let mut connection = Connection::open(self.path())?;
        self.settle(&connection)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        // What is deleted is overwritten as well (https://www.sqlite.org/pragma.html#pragma_secure_delete).
        connection.pragma_update(None, "secure_delete", true)?;
        // Without indexes on all that points at a row, each deletion of one would read whole tables.
        connection.pragma_update(None, "foreign_keys", false)?;
        if let Some(pages) = self.max_pages {
            connection.pragma_update(None, "max_page_count", pages)?;
        }
        migrate(&mut connection)?;
        Ok(connection)
    }

    /// Opens the file for reading only.
    pub(crate) fn reader(&self) -> Result<Connection, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(self.path(), flags)?;
        self.settle(&connection)?;
        Ok(connection)
    }

    fn settle(&self, connection: &Connection) -> Result<(), StoreError> {
        connection.busy_timeout(self.busy_wait)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(())
    }

    fn path(&self) -> PathBuf {
        database_file(&self.folder)
    }
}

/// The database file inside the data folder.
#[must_use]
pub fn database_file(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// Makes the tables in an empty file, and brings those of an earlier version up to date, in one transaction.
fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match found {
        0 => transaction.execute_batch(SCHEMA)?,
        1 => transaction.execute_batch(UPGRADE_2).and_then(|()| transaction.execute_batch(UPGRADE_3))?,
        2 => transaction.execute_batch(UPGRADE_3)?,
        VERSION => return Ok(()),
        newer => return Err(StoreError::NewerVersion(newer)),
    }
    transaction.pragma_update(None, "user_version", VERSION)?;
    Ok(transaction.commit()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_synced_to_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database { folder: folder.path().into(), busy_wait: Duration::ZERO, max_pages: None };
        let connection = database.writer().unwrap();
        let setting = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0)).unwrap();
        // 2 is FULL: the write-ahead log is synced at each commit (https://www.sqlite.org/pragma.html#pragma_synchronous).
        assert_eq!((setting("journal_mode"), setting("synchronous")), (String::from("wal").into(), 2.into()));
    }
}
