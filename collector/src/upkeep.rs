//! What has to be done once a day: removing what is older than a site keeps it, ending the day of cookieless
//! visitors, and cleaning the files. It runs at the start, after midnight UTC, and as `milepost-collector prune`.

use std::time::Duration;

use rusqlite::Connection;

use crate::clock::now_ms;
use crate::config::Sites;
use crate::options::Options;
use crate::report;
use crate::store::{Database, Pruned, Store, StoreError, database_file, end_day, prune_some, scrub};

const DAY_MS: i64 = 86_400_000;

/// The clock may be set, and a machine may sleep: hence the time is looked at rather than waited for.
const LOOK: Duration = Duration::from_secs(60);

/// Does today's work now, and again each day; for ever.
pub(crate) async fn keep_up(store: Store, sites: Sites) {
    let mut done = None;
    loop {
        let now = now_ms();
        let today = now.div_euclid(DAY_MS);
        if done != Some(today) {
            match once(&store, &sites, now).await {
                Ok(pruned) => {
                    tracing::info!(events = pruned.events, rejected = pruned.rejected, streams = pruned.streams, "pruned");
                    done = Some(today);
                }
                Err(error) => tracing::error!(%error, "today's upkeep failed; it is tried again"),
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Does it on a database, whether or not a collector serves it: `milepost-collector prune`.
///
/// # Errors
/// What the database says, and when there is none: a wrong folder isn't filled with an empty one.
pub fn prune(options: &Options) -> Result<Pruned, StoreError> {
    let limits = &options.limits;
    let database = Database { folder: options.data.clone(), busy_wait: limits.busy_wait, max_pages: limits.database_pages };
    if !database_file(&options.data).exists() {
        return Err(StoreError::Unavailable(format!("there is none in {}", options.data.display())));
    }
    let mut connection = database.writer()?;
    let now = now_ms();
    end_day(&connection, now)?;
    let mut all = Pruned::default();
    for (site, before) in limits_of(&connection, &options.sites, now)? {
        loop {
            let some = prune_some(&mut connection, &site, before)?;
            if some == Pruned::default() {
                break;
            }
            all += some;
        }
    }
    scrub(&connection, true)?;
    Ok(all)
}

/// Between two portions the writer serves whoever waits.
async fn once(store: &Store, sites: &Sites, now: i64) -> Result<Pruned, StoreError> {
    store.write(move |connection| end_day(connection, now)).await?;
    let sites = sites.clone();
    let limits = store.write(move |connection| limits_of(connection, &sites, now)).await?;
    let mut all = Pruned::default();
    for (site, before) in limits {
        loop {
            let name = site.clone();
            let some = store.write(move |connection| prune_some(connection, &name, before)).await?;
            if some == Pruned::default() {
                break;
            }
            all += some;
        }
    }
    store.write(|connection| scrub(connection, true)).await?;
    Ok(all)
}

/// The sites that don't keep all, each with the first ms it keeps.
fn limits_of(connection: &Connection, sites: &Sites, now: i64) -> Result<Vec<(String, i64)>, StoreError> {
    let names = report::sites(connection)?.into_iter();
    Ok(names.filter_map(|site| sites.keep_from(&site, now).map(|before| (site, before))).collect())
}
