//! Counts visitors without a stored identifier, for one day at a time: by a hash under a salt that exists for that day only.
//! What a visitor is told apart by is the caller's business.

use rusqlite::{Connection, OptionalExtension, params};

use super::database::StoreError;
use super::secret::{keyed, random};

const DAY_MS: i64 = 86_400_000;

/// The salt in use, and its day.
struct Salt {
    day: i64,
    salt: Vec<u8>,
}

/// Counts whoever `features` describe, unless they were counted today already.
pub(super) fn count(connection: &Connection, site: i64, now_ms: i64, features: &str) -> Result<(), StoreError> {
    let Salt { day, salt } = salt(connection, now_ms.div_euclid(DAY_MS))?;
    let hash = keyed(&salt, &[&site.to_string(), features])?;
    let new = connection
        .prepare_cached("INSERT INTO day_hashes (site, hash) VALUES (?1, ?2) ON CONFLICT (site, hash) DO NOTHING")?
        .execute(params![site, hash])?;
    if new > 0 {
        connection
            .prepare_cached(
                "INSERT INTO day_visitors (site, day, visitors) VALUES (?1, ?2, 1) \
                 ON CONFLICT (site, day) DO UPDATE SET visitors = visitors + 1",
            )?
            .execute([site, day])?;
    }
    Ok(())
}

/// Destroys the salt and the hashes of a day that is over; true when there were any.
pub(crate) fn end_day(connection: &Connection, now_ms: i64) -> Result<bool, StoreError> {
    let today = now_ms.div_euclid(DAY_MS);
    let over: bool = connection.query_row("SELECT EXISTS (SELECT 1 FROM day_salt WHERE day < ?1)", [today], |row| row.get(0))?;
    if over {
        // Without a condition SQLite zeroes every page of the table.
        connection.execute_batch("BEGIN IMMEDIATE; DELETE FROM day_salt; DELETE FROM day_hashes; COMMIT")?;
    }
    Ok(over)
}

/// Today's salt. A clock that was set back doesn't bring a day back: its salt is gone.
fn salt(connection: &Connection, today: i64) -> Result<Salt, StoreError> {
    let known = connection
        .prepare_cached("SELECT day, salt FROM day_salt")?
        .query_row([], |row| Ok(Salt { day: row.get(0)?, salt: row.get(1)? }))
        .optional()?;
    match known {
        Some(salt) if salt.day >= today => Ok(salt),
        _ => {
            connection.execute_batch("DELETE FROM day_salt; DELETE FROM day_hashes")?;
            let salt = random()?.to_vec();
            connection.prepare_cached("INSERT INTO day_salt (day, salt) VALUES (?1, ?2)")?.execute(params![today, salt])?;
            Ok(Salt { day: today, salt })
        }
    }
}
