//! The embedded store: takes deliveries and answers once they are on disk, and opens readers for the report.
//! What the rows mean to a report is not its business.

mod database;
mod day;
mod erase;
mod export;
mod insert;
mod prune;
mod record;
mod scrub;
mod secret;
mod stream;
mod writer;

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

pub(crate) use database::Database;
pub use database::{StoreError, database_file};
pub(crate) use day::end_day;
pub(crate) use erase::{ERASED, erase};
pub(crate) use export::export;
pub use insert::RAW_LIMIT;
pub(crate) use insert::insert;
pub use prune::Pruned;
pub(crate) use prune::prune_some;
pub(crate) use record::{ConversionRow, Delivery, EventRow, LedgerRow, Outcome, RejectedRow, SessionRow, TombstoneRow};
pub(crate) use scrub::scrub;
use writer::{Append, Group, Job};

use crate::options::Limits;

/// Room in the queue is counted in units of this many bytes.
const ROOM_UNIT: usize = 1024;

/// A handle to the writer thread and the database file. Clones share both.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    database: Database,
    queue: mpsc::UnboundedSender<Job>,
    room: Arc<Semaphore>,
    units: usize,
}

/// Room in the queue for one delivery, given back when it is stored, refused or forgotten.
#[derive(Debug)]
pub(crate) struct Room(OwnedSemaphorePermit);

/// The writer thread, to be waited for once every [`Store`] is dropped.
#[derive(Debug)]
pub(crate) struct Writer(JoinHandle<()>);

impl Writer {
    /// Waits until everything queued is on disk. Blocks for ever while a [`Store`] is alive.
    pub(crate) fn join(self) {
        if self.0.join().is_err() {
            tracing::error!("the writer thread panicked");
        }
    }
}

impl Store {
    /// Opens or makes the database in `folder` and starts its writer.
    ///
    /// # Errors
    /// When the file can't be opened, or a later version of the collector wrote it.
    pub(crate) fn open(folder: &std::path::Path, limits: &Limits) -> Result<(Self, Writer), StoreError> {
        let database = Database { folder: folder.to_owned(), busy_wait: limits.busy_wait, max_pages: limits.database_pages };
        let connection = database.writer()?;
        let (queue, incoming) = mpsc::unbounded_channel();
        let group = Group { events: limits.group_events, wait: limits.group_wait };
        let writes = database.clone();
        let thread = std::thread::Builder::new()
            .name("writer".into())
            .spawn(move || writer::run(&writes, connection, group, incoming))
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let units = limits.queue_bytes.div_ceil(ROOM_UNIT);
        Ok((Self { database, queue, room: Arc::new(Semaphore::new(units)), units }, Writer(thread)))
    }

    /// Takes room for a body of `bytes`, to be had before any work is spent on it.
    ///
    /// # Errors
    /// At once with [`StoreError::QueueFull`] when there is none.
    pub(crate) fn reserve(&self, bytes: usize) -> Result<Room, StoreError> {
        self.take(bytes.div_ceil(ROOM_UNIT).clamp(1, self.units))
    }

    /// Takes what is lacking in `room` for a body that turned out to have `bytes`.
    ///
    /// # Errors
    /// At once with [`StoreError::QueueFull`] when there isn't as much.
    pub(crate) fn widen(&self, room: &mut Room, bytes: usize) -> Result<(), StoreError> {
        let lacking = bytes.div_ceil(ROOM_UNIT).min(self.units).saturating_sub(room.0.num_permits());
        if lacking > 0 {
            room.0.merge(self.take(lacking)?.0);
        }
        Ok(())
    }

    fn take(&self, units: usize) -> Result<Room, StoreError> {
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        Arc::clone(&self.room).try_acquire_many_owned(units).map(Room).map_err(|_| StoreError::QueueFull)
    }

    /// Stores a delivery; returns after its commit has reached the disk.
    ///
    /// # Errors
    /// What the database said. After an error nothing of the delivery is stored.
    pub(crate) async fn append(&self, delivery: Delivery, room: Room) -> Result<Outcome, StoreError> {
        let (answer, outcome) = oneshot::channel();
        self.queue.send(Job::Append(Append { delivery, answer, _room: room })).map_err(|_| stopped())?;
        outcome.await.map_err(|_| stopped())?
    }

    /// Runs `work` on the writer's connection, between two commits.
    ///
    /// # Errors
    /// What the database said.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, outcome) = oneshot::channel();
        let chore = move |connection: Result<&mut Connection, StoreError>| {
            let done = connection.and_then(work);
            let failure = done.as_ref().err().cloned();
            // Whoever asked may have hung up; what was done is done.
            let _ = answer.send(done);
            failure.map_or(Ok(()), Err)
        };
        self.queue.send(Job::Chore(Box::new(chore))).map_err(|_| stopped())?;
        outcome.await.map_err(|_| stopped())?
    }

    /// Opens a connection that can only read.
    pub(crate) fn reader(&self) -> Result<Connection, StoreError> {
        self.database.reader()
    }
}

/// How long a caller should wait before it tries again.
pub(crate) fn retry_after(error: &StoreError) -> Duration {
    match error {
        StoreError::QueueFull | StoreError::Busy => Duration::from_secs(1),
        StoreError::Full | StoreError::Unavailable(_) | StoreError::NewerVersion(_) => Duration::from_secs(10),
    }
}

fn stopped() -> StoreError {
    StoreError::Unavailable("the writer has stopped".into())
}
