//! The one thread that writes: gathers deliveries into a group, commits once, then answers each; between two groups
//! it runs what else has to be written.
//! It has no queue limit of its own; `Store` bounds what reaches it.

use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::Room;
use super::database::{Database, StoreError};
use super::insert::insert;
use super::record::{Delivery, Outcome};

/// What waits for the writer.
#[expect(clippy::large_enum_variant, reason = "nearly all that waits is a delivery")]
pub(super) enum Job {
    /// A delivery.
    Append(Append),
    /// Work of another kind, which opens its own transactions; it gets the error when there is no connection.
    Chore(Chore),
}

/// Fails when the connection should be opened afresh.
pub(super) type Chore = Box<dyn FnOnce(Result<&mut Connection, StoreError>) -> Result<(), StoreError> + Send>;

/// A delivery that waits for the disk. Dropping it gives its room in the queue back.
pub(super) struct Append {
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

/// What waits for the disk, and the one job that no longer fitted into the last group.
struct Waiting {
    queue: mpsc::UnboundedReceiver<Job>,
    held: Option<Job>,
}

/// What the writer does next.
enum Next {
    Group(Vec<Append>),
    Chore(Chore),
}

/// Writes until every sender is gone and the queue is empty.
///
/// A failure drops the connection, so that the next group starts with a fresh one: a full disk, a lock
/// or an I/O error needs no restart once its cause is gone.
pub(super) fn run(database: &Database, first: Connection, group: Group, queue: mpsc::UnboundedReceiver<Job>) {
    let mut connection = Some(first);
    let mut waiting = Waiting { queue, held: None };
    while let Some(next) = waiting.next(group) {
        let open = reopened(&mut connection, database);
        let failed = match next {
            Next::Chore(chore) => chore(open).inspect_err(|error| tracing::error!(%error, "a chore failed")).is_err(),
            Next::Group(jobs) => {
                let outcomes = open.and_then(|open| commit(open, &jobs));
                let failed =
                    outcomes.as_ref().inspect_err(|error| tracing::error!(deliveries = jobs.len(), %error, "nothing stored")).is_err();
                answer(jobs, outcomes);
                failed
            }
        };
        if failed {
            connection = None;
        }
    }
}

impl Waiting {
    /// Waits for a job; to a delivery it takes what else waits already, within the limits of a group. None at the end.
    ///
    /// It doesn't linger for more: while one group is being synced the next one queues up by itself, and a
    /// lone sender would only pay for the wait. A delivery is never split, so one alone may exceed the limit.
    fn next(&mut self, group: Group) -> Option<Next> {
        let first = match self.held.take().or_else(|| self.queue.blocking_recv())? {
            Job::Append(first) => first,
            Job::Chore(chore) => return Some(Next::Chore(chore)),
        };
        let deadline = Instant::now() + group.wait;
        let mut events = weight(&first);
        let mut jobs = vec![first];
        while events < group.events && Instant::now() < deadline {
            match self.queue.try_recv() {
                Ok(Job::Append(job)) if events + weight(&job) <= group.events => {
                    events += weight(&job);
                    jobs.push(job);
                }
                Ok(job) => {
                    self.held = Some(job);
                    break;
                }
                Err(_) => break,
            }
        }
        Some(Next::Group(jobs))
    }
}

fn weight(job: &Append) -> usize {
    job.delivery.events.len() + job.delivery.rejected.len() + job.delivery.tombstones.len()
}

fn reopened<'a>(slot: &'a mut Option<Connection>, database: &Database) -> Result<&'a mut Connection, StoreError> {
    match slot {
        Some(connection) => Ok(connection),
        None => Ok(slot.insert(database.writer()?)),
    }
}

fn commit(connection: &mut Connection, jobs: &[Append]) -> Result<Vec<Outcome>, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let outcomes = jobs.iter().map(|job| insert(&transaction, &job.delivery)).collect::<Result<Vec<_>, _>>()?;
    transaction.commit()?;
    Ok(outcomes)
}

fn answer(jobs: Vec<Append>, outcomes: Result<Vec<Outcome>, StoreError>) {
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
            assert!(sender.send(Job::Append(Append { delivery, answer: oneshot::channel().0, _room: room })).is_ok());
        }
        drop(sender);
        let mut waiting = Waiting { queue, held: None };
        std::iter::from_fn(|| waiting.next(group))
            .map(|next| match next {
                Next::Group(jobs) => jobs.iter().map(weight).collect(),
                Next::Chore(_) => Vec::new(),
            })
            .collect()
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
