//! `kill -9` at any moment loses nothing that was acknowledged, and makes nothing twice.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod common;

use std::collections::HashSet;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use common::process::{Running, assert_kept};
use common::{batch, event, folder, usually_or_nightly};
use serde_json::json;

const SENDERS: usize = 4;

/// A sender's stream and the number of its next event; what isn't acknowledged is sent again.
struct Outbox {
    stream: String,
    next: u64,
    acknowledged: HashSet<(String, u64)>,
}

#[test]
fn what_was_acknowledged_survives_kill_9_at_random_moments() {
    let folder = folder();
    let outboxes: Vec<_> = (0..SENDERS)
        .map(|sender| Mutex::new(Outbox { stream: format!("sender-{sender}"), next: 0, acknowledged: HashSet::new() }))
        .collect();
    for _ in 0..usually_or_nightly(20, 200) {
        let answers = random(40);
        round(folder.path(), &outboxes, answers, Duration::from_micros(random(20_000)));
    }
    let acknowledged: HashSet<_> = outboxes.iter().flat_map(|outbox| outbox.lock().unwrap().acknowledged.clone()).collect();
    let after = Running::start(folder.path());
    assert!(acknowledged.len() > 500, "only {} events were acknowledged", acknowledged.len());
    let totals = after.client.get("/api/report/events?site=shop").json()["totals"].clone();
    assert_kept(folder.path(), &acknowledged);
    assert_eq!(totals["events"].as_u64().unwrap(), common::stored(folder.path()).len() as u64);
}

/// Sends from all outboxes at once, and kills the collector a moment after so many answers.
fn round(data: &Path, outboxes: &[Mutex<Outbox>], answers: u64, moment: Duration) {
    let mut running = Running::start(data);
    let (told, answered) = channel();
    std::thread::scope(|scope| {
        for outbox in outboxes {
            let (told, mut connection) = (told.clone(), running.connect());
            scope.spawn(move || while deliver(&mut outbox.lock().unwrap(), &mut connection, &told) {});
        }
        for _ in 0..answers {
            answered.recv().unwrap();
        }
        std::thread::sleep(moment);
        running.child.kill().unwrap();
    });
    running.wait();
}

/// Sends the next three events; false when no answer came.
fn deliver(outbox: &mut Outbox, connection: &mut common::process::Connection, told: &Sender<()>) -> bool {
    let (stream, next) = (outbox.stream.clone(), outbox.next);
    let body = batch(&stream, json!([event(next, "page_view"), event(next + 1, "form_start"), event(next + 2, "page_view")]));
    let Ok((status, _, answer)) = connection.batch(body.to_string().as_bytes()) else { return false };
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(status, 200, "{answer}");
    assert!([json!(0), json!(3)].contains(&answer["accepted"]), "a batch is stored whole or not at all: {answer}");
    assert_eq!(answer["accepted"].as_u64().unwrap() + answer["duplicates"].as_u64().unwrap(), 3);
    outbox.acknowledged.extend((next..next + 3).map(|seq| (stream.clone(), seq)));
    outbox.next += 3;
    let _ = told.send(());
    true
}

fn random(below: u64) -> u64 {
    RandomState::new().build_hasher().finish() % below
}
