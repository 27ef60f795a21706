//! An event sent a hundred times is one event, however and whenever the copies come.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod common;

use std::path::Path;

use common::process::{Running, number};
use common::{Client, batch, event, folder};
use serde_json::{Value, json};

/// What all answers together said.
#[derive(Default)]
struct Told {
    accepted: u64,
    duplicates: u64,
}

impl Told {
    fn add(&mut self, answer: &Value) {
        self.accepted += answer["accepted"].as_u64().unwrap();
        self.duplicates += answer["duplicates"].as_u64().unwrap();
    }
}

fn copies(count: usize) -> Value {
    batch("s1", json!(vec![event(7, "page_view"); count]))
}

fn is_one_event(data: &Path, client: &Client, told: &Told) {
    assert_eq!((told.accepted, told.duplicates), (1, 99));
    assert_eq!(number(data, "SELECT count(*) FROM events"), 1);
    let total = client.get("/api/report/delivery?site=shop").json()["total"].clone();
    assert_eq!((&total["stored"], &total["duplicates"]), (&json!(1), &json!(99)));
}

#[test]
fn a_hundred_copies_in_one_batch_are_one_event() {
    let folder = folder();
    let running = Running::start(folder.path());
    let mut told = Told::default();
    told.add(&running.client.batch(&copies(100)).json());
    is_one_event(folder.path(), &running.client, &told);
}

#[test]
fn a_hundred_copies_in_a_hundred_batches_are_one_event() {
    let folder = folder();
    let running = Running::start(folder.path());
    let mut told = Told::default();
    for _ in 0..100 {
        told.add(&running.client.batch(&copies(1)).json());
    }
    is_one_event(folder.path(), &running.client, &told);
}

#[test]
fn a_hundred_copies_across_restarts_are_one_event() {
    let folder = folder();
    let mut told = Told::default();
    for signal in ["KILL", "TERM", "KILL", "INT", "KILL"] {
        let mut running = Running::start_with(folder.path(), &["--drain-notice", "0"]);
        for _ in 0..5 {
            told.add(&running.client.batch(&copies(4)).json());
        }
        running.signal(signal);
        running.wait();
    }
    is_one_event(folder.path(), &Running::start(folder.path()).client, &told);
}

#[test]
fn a_hundred_copies_at_once_are_one_event() {
    let folder = folder();
    let running = Running::start(folder.path());
    let mut told = Told::default();
    let answers = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..20)
            .map(|_| {
                let client = running.client.clone();
                scope.spawn(move || [1, 3, 1].map(|count| client.batch(&copies(count)).json()))
            })
            .collect();
        senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect::<Vec<_>>()
    });
    answers.iter().for_each(|answer| told.add(answer));
    is_one_event(folder.path(), &running.client, &told);
}
