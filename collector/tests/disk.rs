//! A disk that takes no more, a folder that may not be written, another process's lock: the real process says 503
//! and when to come back, acknowledges nothing that isn't stored, and goes on by itself once the cause is gone.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail loudly")]

mod common;

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::process::{BINARY, Running, number, serve};
use common::{Answer, Client, batch, event, folder};
use milepost_collector::database_file;
use rusqlite::Connection;
use serde_json::json;

/// Nobody's number on every common system: root would not be held back by permissions.
const NOBODY: u32 = 65_534;

fn refused(answer: &Answer, code: &str) {
    assert_eq!(answer.error(), (503, code.into()));
    assert!(answer.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
}

fn one(stream: &str) -> serde_json::Value {
    batch(stream, json!([event(0, "page_view")]))
}

/// Sends until five batches in a row are refused; says how many events were acknowledged. After the first refusals
/// there may be room again, since the write-ahead log is emptied when the database is opened afresh.
fn fill(client: &Client, code: &str) -> u64 {
    let events: Vec<_> = (0..200).map(|seq| event(seq, "page_view")).collect();
    let (mut acknowledged, mut refusals) = (0, 0);
    for sent in 0..400 {
        let answer = client.batch(&batch(&format!("fill-{sent}"), json!(events)));
        if answer.status == 200 {
            acknowledged += answer.json()["accepted"].as_u64().unwrap();
            refusals = 0;
        } else {
            refused(&answer, code);
            refusals += 1;
        }
        if refusals == 5 {
            assert!(acknowledged > 0, "the first batch fits");
            return acknowledged;
        }
    }
    panic!("the disk never got full")
}

#[test]
fn a_file_that_may_not_grow_is_told_until_it_may() {
    let folder = folder();
    // The shell's limit is in blocks of 512 bytes. Without the trap the kernel would end the process instead of
    // failing the write.
    let script = r#"trap "" XFSZ; ulimit -S -f 2048; exec "$@""#;
    let running = Running::spawn(Command::new("sh").args(["-c", script, "sh", BINARY]).args(serve(folder.path())));
    let acknowledged = fill(&running.client, "store_unavailable");
    assert_eq!(number(folder.path(), "SELECT count(*) FROM events"), acknowledged);
    assert_eq!(running.client.get("/healthz").status, 200, "it can still be read");
    let raised = Command::new("prlimit").args(["--fsize=unlimited:", "--pid", &running.child.id().to_string()]).status().unwrap();
    assert!(raised.success());
    assert_eq!(running.client.batch(&one("late")).json()["accepted"], 1);
    assert_eq!(number(folder.path(), "SELECT count(*) FROM events"), acknowledged + 1);
}

#[test]
fn a_database_of_its_largest_size_takes_no_more_until_there_is_room() {
    let folder = folder();
    let running = Running::start_with(folder.path(), &["--max-database-mib", "1"]);
    let acknowledged = fill(&running.client, "store_full");
    assert_eq!(number(folder.path(), "SELECT count(*) FROM events"), acknowledged);
    Connection::open(database_file(folder.path())).unwrap().execute_batch("DELETE FROM events").unwrap();
    assert_eq!(running.client.batch(&one("late")).json()["accepted"], 1);
}

#[test]
fn a_lock_held_by_another_process_is_told_and_then_forgotten() {
    let folder = folder();
    let running = Running::start(folder.path());
    let lock = Connection::open(database_file(folder.path())).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    refused(&running.client.batch(&one("s1")), "store_busy");
    let client = running.client.clone();
    let patient = std::thread::spawn(move || client.batch(&one("s1")));
    lock.execute_batch("COMMIT").unwrap();
    assert_eq!(patient.join().unwrap().json()["accepted"], 1);
    assert_eq!(number(folder.path(), "SELECT count(*) FROM events"), 1);
}

#[test]
fn a_folder_that_may_not_be_written_is_told_until_it_may() {
    let folder = folder();
    let (data, binary) = (folder.path().join("data"), folder.path().join("collector"));
    std::fs::create_dir(&data).unwrap();
    std::fs::copy(BINARY, &binary).unwrap();
    permit(folder.path(), 0o755);
    let mut command = Command::new(binary);
    if std::fs::metadata(&data).map(|data| std::os::unix::fs::MetadataExt::uid(&data)).unwrap() == 0 {
        std::os::unix::fs::chown(&data, Some(NOBODY), Some(NOBODY)).unwrap();
        command.uid(NOBODY).gid(NOBODY);
    }
    let running = Running::spawn(command.args(serve(&data)).current_dir("/"));
    assert_eq!(running.client.batch(&one("s1")).json()["accepted"], 1);

    // What is open stays writable whatever the permissions say, so the writer has to be made to open it again.
    let lock = Connection::open(database_file(&data)).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    refused(&running.client.batch(&one("s2")), "store_busy");
    files(&data).iter().for_each(|file| permit(file, 0o444));
    permit(&data, 0o555);
    lock.execute_batch("COMMIT").unwrap();
    refused(&running.client.batch(&one("s2")), "store_unavailable");
    refused(&running.client.batch(&one("s3")), "store_unavailable");
    assert_eq!(running.client.get("/healthz").status, 200, "it can still be read");

    permit(&data, 0o755);
    files(&data).iter().for_each(|file| permit(file, 0o644));
    assert_eq!(running.client.batch(&one("s2")).json()["accepted"], 1);
    drop(lock);
    assert_eq!(number(&data, "SELECT count(*) FROM events"), 2);
}

#[test]
fn a_folder_that_may_not_be_written_at_the_start_is_explained() {
    let folder = folder();
    let file = folder.path().join("no-folder");
    std::fs::write(&file, "").unwrap();
    let output = Command::new(BINARY).args(serve(&file)).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("can't open the database"));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn permit(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}
