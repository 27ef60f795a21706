//! Keyed hashes, under keys that are made here and exist nowhere but in the database.

use hmac::{Hmac, KeyInit, Mac};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::Sha256;

use super::database::StoreError;

/// A keyed hash.
pub(super) type Hash = [u8; 32];

/// The key of this name, made when it is first asked for.
pub(super) fn secret(connection: &Connection, name: &str) -> Result<Vec<u8>, StoreError> {
    let known = connection.prepare_cached("SELECT value FROM secrets WHERE name = ?1")?.query_row([name], |row| row.get(0));
    if let Some(key) = known.optional()? {
        return Ok(key);
    }
    let key = random()?.to_vec();
    connection.prepare_cached("INSERT INTO secrets (name, value) VALUES (?1, ?2)")?.execute(params![name, key])?;
    Ok(key)
}

/// 256 bits that nobody can guess.
pub(super) fn random() -> Result<Hash, StoreError> {
    let mut bytes = Hash::default();
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Unavailable(error.to_string()))?;
    Ok(bytes)
}

/// HMAC-SHA256 of some texts, each with its length, so that no two lists of texts are one text.
pub(super) fn keyed(key: &[u8], texts: &[&str]) -> Result<Hash, StoreError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|error| StoreError::Unavailable(error.to_string()))?;
    for text in texts {
        mac.update(&(text.len() as u64).to_be_bytes());
        mac.update(text.as_bytes());
    }
    Ok(mac.finalize().into_bytes().into())
}
