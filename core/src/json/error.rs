//! What is wrong with a JSON value that is to become a type, and where.

use alloc::string::String;
use core::fmt;

/// What doesn't fit, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    code: &'static str,
    path: String,
}

impl DecodeError {
    /// An error at a place.
    #[must_use]
    pub fn at(code: &'static str, path: &str) -> Self {
        Self { code, path: path.into() }
    }

    /// `unknown` (no such member), `missing` (a member that must be there isn't), `invalid` (wrong type or value).
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// Where: members joined by points, positions in brackets; empty for the root.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The same error, seen from the object or array that holds its place under `name`.
    #[must_use]
    pub fn under(mut self, name: &str) -> Self {
        if !self.path.is_empty() && !self.path.starts_with('[') {
            self.path.insert(0, '.');
        }
        self.path.insert_str(0, name);
        self
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code)?;
        formatter.write_str(": ")?;
        formatter.write_str(&self.path)
    }
}

impl core::error::Error for DecodeError {}
