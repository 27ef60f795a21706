//! SIGTERM: readiness goes first, then the port, then the process; what is acknowledged on the way is stored.
#![cfg(unix)]

mod common;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use common::process::{Connection, Running, assert_kept};
use common::{batch, event, folder};
use serde_json::json;

/// Polls until the collector no longer takes connections; returns what `/readyz` said meanwhile.
fn until_closed(running: &Running) -> Vec<(u16, String)> {
    let (mut said, mut well) = (Vec::new(), 0);
    while let Ok(answer) = running.client.send("GET", "/readyz", &[], &[("connection", "close")]) {
        if answer.status == 503 {
            assert_eq!((answer.error().1.as_str(), answer.header("retry-after")), ("draining", Some("1")));
            // The port may close between the two.
            if let Ok(health) = running.client.send("GET", "/healthz", &[], &[]) {
                assert_eq!(health.status, 200, "it is well all the same");
                well += 1;
            }
        }
        said.push((answer.status, answer.text));
    }
    assert!(well > 0);
    said
}

#[test]
fn readiness_is_withdrawn_before_the_port_closes_and_open_requests_are_answered() {
    let folder = folder();
    let mut running = Running::start_with(folder.path(), &["--drain-notice", "2"]);
    assert_eq!(running.client.get("/readyz").json()["status"], "ok");
    let body = batch("open", json!([event(0, "page_view")])).to_string();
    let (begun, last) = body.as_bytes().split_at(20);
    let mut open = running.connect();
    open.head(body.len()).unwrap();
    open.write(begun).unwrap();
    running.signal("TERM");
    while running.client.get("/readyz").status != 503 {}
    assert_eq!(running.client.batch(&batch("late", json!([event(0, "page_view")]))).json()["accepted"], 1, "the port is still open");
    assert!(until_closed(&running).iter().all(|(status, _)| *status == 503));
    open.write(last).unwrap();
    let (status, _, answer) = open.reply().unwrap();
    assert_eq!((status, answer.as_str()), (200, r#"{"accepted":1,"duplicates":0,"rejected":[]}"#));
    assert_eq!(running.wait().code(), Some(0));
    assert_kept(folder.path(), &HashSet::from([("open".into(), 0), ("late".into(), 0)]));
}

#[test]
fn a_request_that_never_ends_is_not_acknowledged_and_does_not_hold_up_the_end() {
    let folder = folder();
    let mut running = Running::start(folder.path());
    let body = batch("open", json!([event(0, "page_view")])).to_string();
    let mut open = running.connect();
    open.head(body.len() + 1).unwrap();
    open.write(body.as_bytes()).unwrap();
    running.signal("TERM");
    let asked = Instant::now();
    assert_eq!(running.wait().code(), Some(0));
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    assert!(open.reply().is_err());
    assert!(common::stored(folder.path()).is_empty());
}

#[test]
fn what_is_acknowledged_while_it_stops_is_stored() {
    let folder = folder();
    let mut running = Running::start_with(folder.path(), &["--drain-notice", "0"]);
    let (told, answered) = std::sync::mpsc::channel();
    let acknowledged: HashSet<_> = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..4)
            .map(|sender| {
                let (told, mut connection) = (told.clone(), running.connect());
                scope.spawn(move || {
                    let stream = format!("sender-{sender}");
                    let taken = (0..).take_while(|seq| sent(&mut connection, &stream, *seq) && told.send(()).is_ok()).count();
                    (0..taken as u64).map(move |seq| (format!("sender-{sender}"), seq)).collect::<Vec<_>>()
                })
            })
            .collect();
        for _ in 0..50 {
            answered.recv().unwrap();
        }
        running.signal("TERM");
        senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect()
    });
    assert_eq!(running.wait().code(), Some(0));
    assert!(acknowledged.len() >= 50);
    assert_kept(folder.path(), &acknowledged);
    assert_eq!(common::stored(folder.path()), acknowledged, "what was taken in good order was also answered");
}

fn sent(connection: &mut Connection, stream: &str, seq: u64) -> bool {
    match connection.batch(batch(stream, json!([event(seq, "page_view")])).to_string().as_bytes()) {
        Ok((status, _, answer)) => {
            assert_eq!(status, 200, "{answer}");
            true
        }
        Err(_) => false,
    }
}
