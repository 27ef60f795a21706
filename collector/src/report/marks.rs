//! Which sessions are of crawlers, and which sent a Global Privacy Control signal.

use std::collections::HashSet;

use rusqlite::Connection;
use serde::Serialize;

use crate::store::StoreError;

/// What becomes of crawlers in a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Bots {
    /// They are left out, and counted.
    #[default]
    Exclude,
    /// They count like people.
    Include,
}

/// Sessions that are marked, by row.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    pub(crate) bots: HashSet<i64>,
    pub(crate) gpc: HashSet<i64>,
}

/// The crawlers that came within a report's time.
#[derive(Debug, Default, Serialize)]
pub(crate) struct BotCount {
    /// Whether the report counts them.
    pub(crate) included: bool,
    pub(crate) sessions: u64,
    pub(crate) events: u64,
}

/// Tells crawlers' events from others' while a report reads them, and counts them.
#[derive(Debug)]
pub(crate) struct Sieve<'a> {
    marks: &'a Marks,
    bots: Bots,
    events: u64,
    sessions: HashSet<i64>,
}

impl Marks {
    /// Reads the marks of a site's sessions.
    pub(crate) fn of(connection: &Connection, site: &str) -> Result<Self, StoreError> {
        let mut statement = connection.prepare_cached(
            "SELECT id, bot, gpc FROM sessions WHERE site = (SELECT id FROM sites WHERE name = ?1) AND (bot = 1 OR gpc = 1)",
        )?;
        let mut rows = statement.query([site])?;
        let mut marks = Self::default();
        while let Some(row) = rows.next()? {
            let session = row.get(0)?;
            if row.get(1)? {
                marks.bots.insert(session);
            }
            if row.get(2)? {
                marks.gpc.insert(session);
            }
        }
        Ok(marks)
    }

    /// A sieve for one reading.
    pub(crate) fn sieve(&self, bots: Bots) -> Sieve<'_> {
        Sieve { marks: self, bots, events: 0, sessions: HashSet::new() }
    }
}

impl Sieve<'_> {
    /// Whether an event of this session counts.
    pub(crate) fn keeps(&mut self, session: i64) -> bool {
        if self.marks.bots.is_empty() || !self.marks.bots.contains(&session) {
            return true;
        }
        self.events += 1;
        self.sessions.insert(session);
        self.bots == Bots::Include
    }

    /// How many crawlers there were.
    pub(crate) fn count(self) -> BotCount {
        BotCount { included: self.bots == Bots::Include, sessions: self.sessions.len() as u64, events: self.events }
    }
}
