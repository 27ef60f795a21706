//! The one thread that writes: gathers deliveries into a group, commits once, then answers each.
//! It has no queue limit of its own; `Store` bounds what reaches it.

use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::Room;
use super::database::{Database, StoreError};
use super::insert::insert;
use super::record::{Delivery, Outcome};

/// A delivery that waits for the disk. Dropping it gives its room in the queue back.
pub(super) struct Job {
    pub(super) delivery: Delivery,
    pub(super) answer: oneshot::Sender<Result<Outcome, StoreError>>,
    pub(super) _room: Room,
}

/// How much one commit may gather.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    pub(super) events: usize,
    pub(super) wait: Duration,
}

/// What waits for the disk, and the one delivery that no longer fitted into the last group.
struct Waiting {
    queue: mpsc::UnboundedReceiver<Job>,
    held: Option<Job>,
}

/// Writes until every sender is gone and the queue is empty.
///
/// A failure drops the connection, so that the next group starts with a fresh one: a full disk, a lock
/// or an I/O error needs no restart once its cause is gone.
pub(super) fn run(database: &Database, first: Connection, group: Group, queue: mpsc::UnboundedReceiver<Job>) {
    let mut connection = Some(first);
    let mut waiting = Waiting { queue, held: None };
    while let Some(jobs) = waiting.next_group(group) {
        let outcomes = reopened(&mut connection, database).and_then(|open| commit(open, &jobs));
        if let Err(error) = &outcomes {
            tracing::error!(deliveries = jobs.len(), %error, "nothing stored");
            connection = None;
        }
        answer(jobs, outcomes);
    }
}

impl Waiting {
    /// Waits for a delivery and takes what else waits already, within the limits of a group; none at the end.
    ///
    /// It doesn't linger for more: while one group is being synced the next one queues up by itself, and a
    /// lone sender would only pay for the wait. A delivery is never split, so one alone may exceed the limit.
    fn next_group(&mut self, group: Group) -> Option<Vec<Job>> {
        let first = self.held.take().or_else(|| self.queue.blocking_recv())?;
        let deadline = Instant::now() + group.wait;
        let mut events = weight(&first);
        let mut jobs = vec![first];
        while events < group.events && Instant::now() < deadline {
            let Ok(job) = self.queue.try_recv() else { break };
            events += weight(&job);
            if events > group.events {
                self.held = Some(job);
                break;
            }
            jobs.push(job);
        }
        Some(jobs)
    }
}

fn weight(job: &Job) -> usize {
    job.delivery.events.len() + job.delivery.rejected.len() + job.delivery.tombstones.len()
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::Semaphore;

    use super::*;
    use crate::store::EventRow;

    fn groups(sizes: &[usize], group: Group) -> Vec<Vec<usize>> {
        let room = Arc::new(Semaphore::new(sizes.len()));
        let (sender, queue) = mpsc::unbounded_channel();
        for size in sizes {
            let delivery = Delivery { events: vec![EventRow::default(); *size], ..Delivery::default() };
            let room = Arc::clone(&room).try_acquire_owned().map(Room).unwrap();
            assert!(sender.send(Job { delivery, answer: oneshot::channel().0, _room: room }).is_ok());
        }
        drop(sender);
        let mut waiting = Waiting { queue, held: None };
        std::iter::from_fn(|| waiting.next_group(group)).map(|jobs| jobs.iter().map(weight).collect()).collect()
    }

    #[test]
    fn a_commit_gathers_what_waits_up_to_its_limit_and_never_splits_a_delivery() {
        let group = Group { events: 500, wait: Duration::from_secs(60) };
        assert_eq!(groups(&[200, 200, 200, 1], group), [vec![200, 200], vec![200, 1]]);
        assert_eq!(groups(&[500, 1], group), [[500], [1]]);
        assert_eq!(groups(&[1000, 3, 700], group), [[1000], [3], [700]]);
        assert_eq!(groups(&[1, 1, 498, 1], group), [vec![1, 1, 498], vec![1]]);
        assert!(groups(&[], group).is_empty());
    }

    #[test]
    fn a_commit_does_not_gather_for_longer_than_it_may() {
        assert_eq!(groups(&[1, 1, 1], Group { events: 500, wait: Duration::ZERO }), [[1], [1], [1]]);
    }
}
