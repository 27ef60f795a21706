//! Four times the load that can be sustained: memory and waiting stay bounded, the excess is told when to come back,
//! and what was acknowledged is what is stored.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail loudly")]

mod common;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::process::{Reply, Running, number};
use common::{batch, folder, usually_or_nightly};
use serde_json::json;

const EVENTS: u64 = 900;
const SENDERS: usize = 100;

/// Far above what a collector needs at rest with its queue of 4 MiB full, far below what an unbounded queue would take.
const MOST_MEMORY_KIB: u64 = 160 * 1024;

/// What became of one attempt.
struct Attempt {
    took: Duration,
    accepted: u64,
}

/// A batch of about 220 kB: for the collector much more work than for the sender, who only changes the stream's name.
fn body(template: &str, stream: usize) -> Vec<u8> {
    template.replace("STREAM", &format!("s{stream:06}")).into_bytes()
}

fn outcome((status, retry_after, answer): Reply) -> u64 {
    match status {
        200 => {
            let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
            answer["accepted"].as_u64().unwrap()
        }
        503 | 429 => {
            assert!(retry_after.is_some_and(|seconds| seconds >= 1), "{answer}");
            0
        }
        _ => panic!("{status} {answer}"),
    }
}

/// Sends from so many connections for so long, at most one batch each `pace`.
fn load(running: &Running, template: &str, streams: &AtomicUsize, senders: usize, pace: Duration, time: Duration) -> Vec<Attempt> {
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..senders)
            .map(|sender| {
                let ended = &ended;
                scope.spawn(move || {
                    let mut attempts = Vec::new();
                    let mut due = Instant::now() + pace.mul_f64(sender as f64 / senders as f64);
                    while !ended.load(Ordering::Relaxed) {
                        std::thread::sleep(due.saturating_duration_since(Instant::now()));
                        due += pace;
                        let body = body(template, streams.fetch_add(1, Ordering::Relaxed));
                        // A kept connection would be cut while a slow machine's pace keeps it silent for long.
                        let mut connection = running.connect();
                        let began = Instant::now();
                        let accepted = outcome(connection.batch(&body).unwrap());
                        attempts.push(Attempt { took: began.elapsed(), accepted });
                    }
                    attempts
                })
            })
            .collect();
        std::thread::sleep(time);
        ended.store(true, Ordering::Relaxed);
        handles.into_iter().flat_map(|handle| handle.join().unwrap()).collect()
    })
}

fn peak_memory_kib(running: &Running) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", running.child.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn four_times_the_sustainable_load_is_bounded_and_told() {
    let folder = folder();
    let mut running = Running::start(folder.path());
    let padding = json!({ "page_location": format!("https://shop.example/{}", "long/".repeat(26)) });
    let events: Vec<_> =
        (0..EVENTS).map(|seq| json!({ "seq": seq, "name": "page_view", "at": 1_763_752_001_000 + seq, "params": padding })).collect();
    let (template, streams) = (batch("STREAM", json!(events)).to_string(), AtomicUsize::new(0));

    let began = Instant::now();
    let calm = load(&running, &template, &streams, 4, Duration::ZERO, Duration::from_secs(2));
    assert!(calm.iter().all(|attempt| attempt.accepted == EVENTS), "four connections are no overload");
    let sustainable = calm.len() as f64 / began.elapsed().as_secs_f64();

    let time = Duration::from_secs(usually_or_nightly(10, 60));
    let pace = Duration::from_secs_f64(SENDERS as f64 / (4.0 * sustainable));
    let began = Instant::now();
    let mut storm = load(&running, &template, &streams, SENDERS, pace, time);
    let offered = storm.len() as f64 / began.elapsed().as_secs_f64();
    storm.sort_by_key(|attempt| attempt.took);
    let p99 = storm[storm.len() * 99 / 100].took;
    let (stored, memory) = (storm.iter().filter(|attempt| attempt.accepted > 0).count(), peak_memory_kib(&running));
    println!(
        "{sustainable:.0} batches/s sustained, {offered:.0} offered, {stored} of {} stored, p99 {p99:?}, {memory} KiB at most",
        storm.len()
    );

    assert!(stored < storm.len(), "nothing was refused");
    assert!(offered > 1.5 * sustainable, "the load was no overload");
    assert!(memory < MOST_MEMORY_KIB, "{memory} KiB");
    // What fills the queue is taken at the sustained rate; four times that, and three seconds for a busy machine.
    let queue = 4.0 * 1024.0 * 1024.0 / template.len() as f64 / sustainable;
    assert!(p99.as_secs_f64() < 4.0 * queue + 3.0, "p99 {p99:?} with a queue of {queue} s");
    let acknowledged: u64 = calm.iter().chain(&storm).map(|attempt| attempt.accepted).sum();
    running.signal("TERM");
    assert_eq!(running.wait().code(), Some(0));
    assert_eq!(number(folder.path(), "SELECT count(*) FROM events"), acknowledged);
}
