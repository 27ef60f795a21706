//! Finds valgrind, whose callgrind counts instructions, or installs the distribution's.
//! Not here: running it.

use std::path::PathBuf;

use super::debian::{self, Package};
use crate::failure::{Failure, Outcome};
use crate::process;

/// Looks on PATH, then asks for Debian's package.
pub(crate) fn ensure() -> Outcome<PathBuf> {
    if let Some(found) = process::find("valgrind") {
        return Ok(found);
    }
    debian::install(&[Package::new("valgrind", "counts the instructions that the core and the collector take")])?;
    process::find("valgrind").ok_or_else(|| Failure::new("no valgrind on PATH"))
}
