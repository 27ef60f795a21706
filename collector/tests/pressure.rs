//! A store that is slow, locked, full or broken: 503 with Retry-After, nothing acknowledged, recovery without a restart.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use std::time::Duration;

use common::{Answer, Server, batch, event, folder};
use serde_json::json;

fn refused(answer: &Answer, code: &str) {
    assert_eq!(answer.error(), (503, code.into()));
    assert!(answer.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
}

#[test]
fn a_full_queue_is_told_at_once_and_what_was_queued_is_still_stored() {
    let folder = folder();
    let server = Server::start_with(folder.path(), |options| {
        options.limits.queue_bytes = 1024;
        options.limits.busy_wait = Duration::from_secs(10);
    });
    let lock = server.database();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    // Of many senders exactly one gets the only place in the queue; all others are told before the lock is gone.
    let (told, answers) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        for number in 0..6 {
            let (told, client) = (told.clone(), server.client.clone());
            scope.spawn(move || told.send(client.batch(&batch(&format!("s{number}"), json!([event(0, "page_view")])))).unwrap());
        }
        for _ in 0..5 {
            refused(&answers.recv().unwrap(), "queue_full");
        }
        lock.execute_batch("COMMIT").unwrap();
        assert_eq!(answers.recv().unwrap().json()["accepted"], 1);
    });
    assert_eq!(server.number("SELECT count(*) FROM events"), 1);
}

#[test]
fn a_locked_database_is_told_and_then_forgotten() {
    let folder = folder();
    let server = Server::start_with(folder.path(), |options| options.limits.busy_wait = Duration::from_millis(50));
    let lock = server.database();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let one = batch("s1", json!([event(0, "page_view")]));
    refused(&server.client.batch(&one), "store_busy");
    refused(&server.client.batch(&one), "store_busy");
    lock.execute_batch("COMMIT").unwrap();
    assert_eq!(server.client.batch(&one).json(), json!({ "accepted": 1, "duplicates": 0, "rejected": [] }));
}

#[test]
fn a_full_database_takes_nothing_until_there_is_room() {
    let folder = folder();
    let server = Server::start_with(folder.path(), |options| options.limits.database_pages = Some(64));
    let mut stored = 0;
    let refusal = (0..200).find_map(|number| {
        let events: Vec<_> = (0..50).map(|seq| event(seq, "page_view")).collect();
        let answer = server.client.batch(&batch(&format!("s{number}"), json!(events)));
        if answer.status != 200 {
            return Some(answer);
        }
        stored += answer.json()["accepted"].as_i64().unwrap();
        None
    });
    refused(&refusal.unwrap(), "store_full");
    assert_eq!(server.number("SELECT count(*) FROM events"), stored);
    assert_eq!(server.client.get("/healthz").status, 200, "it can still be read");
    server.database().execute_batch("DELETE FROM events").unwrap();
    assert_eq!(server.client.batch(&batch("late", json!([event(0, "page_view")]))).json()["accepted"], 1);
}

#[test]
fn a_broken_database_is_told_without_its_cause_and_recovers() {
    let folder = folder();
    let server = Server::start(folder.path());
    let one = batch("s1", json!([event(0, "page_view")]));
    server.database().execute_batch("ALTER TABLE events RENAME TO hidden").unwrap();
    let answer = server.client.batch(&one);
    refused(&answer, "store_unavailable");
    assert!(!answer.text.contains("events"), "the cause is for the log");
    refused(&server.client.get("/api/report/events?site=shop"), "store_unavailable");
    assert_eq!(server.number("SELECT count(*) FROM streams"), 0, "nothing of the batch is stored");
    server.database().execute_batch("ALTER TABLE hidden RENAME TO events").unwrap();
    assert_eq!(server.client.batch(&one).json()["accepted"], 1);
}

#[test]
fn a_database_of_a_later_version_is_not_touched() {
    let folder = folder();
    drop(Server::start(folder.path()));
    let file = milepost_collector::database_file(folder.path());
    rusqlite::Connection::open(file).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let options = milepost_collector::Options { listen: "127.0.0.1:0".into(), data: folder.path().into(), ..Default::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let error = runtime.block_on(milepost_collector::Collector::bind(options)).unwrap_err();
    assert!(error.to_string().contains("version 99"), "{error}");
}
