//! The reports, each a function from a read-only connection to plain data. Who asks, and how it is shown, is
//! `http`'s and `page`'s business.

mod delivery;
mod events;
mod funnel;
mod marks;
mod query;
mod rate;
mod rejected;

use rusqlite::Connection;

use crate::store::StoreError;

pub(crate) use delivery::{Account, Delivery, Part, delivery};
pub(crate) use events::{Amounts, EventLine, Events, events};
pub(crate) use funnel::{By, Funnel, Step, funnel};

pub(crate) use query::{ECOMMERCE, Query, Scope};
pub(crate) use rate::Rate;
pub(crate) use rejected::{RejectedEvent, RejectedEvents, rejected};

/// Names of all sites that have sent something, in alphabetical order.
pub(crate) fn sites(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT name FROM sites ORDER BY name")?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}
