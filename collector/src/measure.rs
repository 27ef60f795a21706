//! What the benches reach of the collector: decoding to rows, the store and the reports, without server, queue and thread.
//! No promise to anyone else.

use std::path::Path;
use std::time::Duration;

use axum::body::Bytes;
use rusqlite::{Connection, TransactionBehavior};

use crate::report::{self, By, ECOMMERCE, Scope};
use crate::store::{Database, Delivery, StoreError, insert};

/// A batch as the rows it becomes.
#[derive(Debug)]
pub struct Rows(Delivery);

/// A database of its own.
#[derive(Debug)]
pub struct Shelf(Connection);

impl Rows {
    /// Unpacks, decodes and checks a body; nothing when it is no batch.
    #[must_use]
    pub fn read(body: &Bytes) -> Option<Self> {
        crate::intake::read(body.clone(), usize::MAX).ok().map(Self)
    }
}

impl Shelf {
    /// Makes the database in a folder.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let database = Database { folder: folder.to_owned(), busy_wait: Duration::ZERO, max_pages: None };
        database.writer().map(Self)
    }

    /// Puts batches into one transaction and commits it: how many events were new.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn store(&mut self, batches: &[Rows]) -> Result<u64, StoreError> {
        let transaction = self.0.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut accepted = 0;
        for Rows(delivery) in batches {
            accepted += insert(&transaction, delivery)?.accepted;
        }
        transaction.commit()?;
        Ok(accepted)
    }

    /// Computes the e-commerce funnel by visitor: how many were considered.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn funnel(&self, site: &str) -> Result<u64, StoreError> {
        report::funnel(&self.0, &all_of(site), &ECOMMERCE.map(String::from), By::Visitor).map(|funnel| funnel.considered)
    }

    /// Computes the list of events: how many there are.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn events(&self, site: &str) -> Result<u64, StoreError> {
        report::events(&self.0, &all_of(site)).map(|events| events.totals.events)
    }
}

fn all_of(site: &str) -> Scope {
    Scope { site: site.to_owned(), ..Scope::default() }
}
