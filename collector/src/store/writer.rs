//! The one thread that writes: gathers deliveries into a group, commits once, then answers each.
//! It has no queue limit of its own; `Store` bounds what reaches it.

use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use super::database::{Database, StoreError};
use super::insert::insert;
use super::record::{Delivery, Outcome};

/// A delivery that waits for the disk. Dropping it gives its room in the queue back.
pub(super) struct Job {
    pub(super) delivery: Delivery,
    pub(super) answer: oneshot::Sender<Result<Outcome, StoreError>>,
    pub(super) _room: OwnedSemaphorePermit,
}

/// How much one commit may gather.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    pub(super) events: usize,
    pub(super) wait: Duration,
}

/// Writes until every sender is gone and the queue is empty.
///
/// A failure drops the connection, so that the next group starts with a fresh one: a full disk, a lock
/// or an I/O error needs no restart once its cause is gone.
pub(super) fn run(database: &Database, first: Connection, group: Group, mut queue: mpsc::UnboundedReceiver<Job>) {
    let mut connection = Some(first);
    while let Some(job) = queue.blocking_recv() {
        let jobs = gather(job, group, &mut queue);
        let outcomes = reopened(&mut connection, database).and_then(|open| commit(open, &jobs));
        if let Err(error) = &outcomes {
            tracing::error!(deliveries = jobs.len(), %error, "nothing stored");
            connection = None;
        }
        answer(jobs, outcomes);
    }
}

/// Takes what waits already, within the limits of a group.
///
/// It doesn't linger for more: while one group is being synced the next one queues up by itself, and a
/// lone sender would only pay for the wait.
fn gather(first: Job, group: Group, queue: &mut mpsc::UnboundedReceiver<Job>) -> Vec<Job> {
    let deadline = Instant::now() + group.wait;
    let mut events = weight(&first);
    let mut jobs = vec![first];
    while events < group.events && Instant::now() < deadline {
        let Ok(job) = queue.try_recv() else { break };
        events += weight(&job);
        jobs.push(job);
    }
    jobs
}

fn weight(job: &Job) -> usize {
    job.delivery.events.len() + job.delivery.rejected.len()
}

fn reopened<'a>(slot: &'a mut Option<Connection>, database: &Database) -> Result<&'a mut Connection, StoreError> {
    match slot {
        Some(connection) => Ok(connection),
        None => Ok(slot.insert(database.writer()?)),
    }
}

fn commit(connection: &mut Connection, jobs: &[Job]) -> Result<Vec<Outcome>, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let outcomes = jobs.iter().map(|job| insert(&transaction, &job.delivery)).collect::<Result<Vec<_>, _>>()?;
    transaction.commit()?;
    Ok(outcomes)
}

fn answer(jobs: Vec<Job>, outcomes: Result<Vec<Outcome>, StoreError>) {
    match outcomes {
        Ok(outcomes) => {
            for (job, outcome) in jobs.into_iter().zip(outcomes) {
                // The sender may have hung up; what it sent is stored all the same.
                let _ = job.answer.send(Ok(outcome));
            }
        }
        Err(error) => {
            for job in jobs {
                let _ = job.answer.send(Err(error.clone()));
            }
        }
    }
}
