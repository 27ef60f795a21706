//! The real binary: its output, its signals, and that what it acknowledged survives `kill -9`.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{Client, batch, event, folder};
use milepost_collector::database_file;
use serde_json::json;

const BINARY: &str = env!("CARGO_BIN_EXE_milepost-collector");

struct Running {
    child: Child,
    client: Client,
}

impl Running {
    fn start(data: &Path) -> Self {
        let mut child = Command::new(BINARY)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let base = line.trim_end().strip_prefix("listening on ").unwrap();
        let client = Client::new(base);
        Self { child, client }
    }

    fn signal(&mut self, name: &str) -> std::process::ExitStatus {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        self.child.wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn what_was_acknowledged_survives_kill_9_once() {
    let folder = folder();
    let acknowledged = Mutex::new(HashSet::new());
    for (round, kill_after) in [1, 7, 17, 40, 60, 90, 140, 300].into_iter().enumerate() {
        let running = Mutex::new(Running::start(folder.path()));
        let (client, answered) = (running.lock().unwrap().client.clone(), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for sender in 0..4 {
                let (client, acknowledged, answered, running) = (client.clone(), &acknowledged, &answered, &running);
                scope.spawn(move || {
                    let stream = format!("round-{round}-sender-{sender}");
                    for seq in (0..).step_by(3) {
                        let body =
                            batch(&stream, json!([event(seq, "page_view"), event(seq + 1, "form_start"), event(seq + 2, "page_view")]));
                        let Ok(answer) = client.send("POST", "/v1/batch", body.to_string().as_bytes(), &[]) else { return };
                        assert_eq!(answer.json()["accepted"], 3);
                        acknowledged.lock().unwrap().extend((seq..seq + 3).map(|seq| (stream.clone(), seq)));
                        if answered.fetch_add(1, Ordering::SeqCst) + 1 == kill_after {
                            running.lock().unwrap().child.kill().unwrap();
                        }
                    }
                });
            }
        });
    }
    let acknowledged = acknowledged.into_inner().unwrap();
    let after = Running::start(folder.path());
    let rows = after.client.get("/api/report/events?site=shop").json()["totals"]["events"].as_u64().unwrap();
    let stored = stored(folder.path());
    assert!(acknowledged.len() >= 3 * (1 + 7 + 17 + 40 + 60 + 90 + 140 + 300));
    assert_eq!(stored.len() as u64, rows, "none is there twice");
    let lost: Vec<_> = acknowledged.difference(&stored).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
}

fn stored(data: &Path) -> HashSet<(String, u64)> {
    let database = rusqlite::Connection::open(database_file(data)).unwrap();
    let mut rows = database.prepare("SELECT streams.name, events.seq FROM events JOIN streams ON streams.id = events.stream").unwrap();
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn sigterm_and_ctrl_c_stop_it_in_good_order() {
    for name in ["TERM", "INT"] {
        let folder = folder();
        let mut running = Running::start(folder.path());
        assert_eq!(running.client.batch(&batch("s1", json!([event(0, "page_view")]))).status, 200);
        assert_eq!(running.signal(name).code(), Some(0));
        assert_eq!(stored(folder.path()).len(), 1);
    }
}

#[test]
fn a_wrong_command_line_is_explained() {
    let cases: [(&[&str], &str); 5] = [
        (&[], "say what to do"),
        (&["serve", "--lisen", "x"], "--lisen"),
        (&["serve", "--allow-origin", "shop.example"], "--allow-origin takes an origin"),
        (&["serve", "--allow-origin", "https://shop.example/"], "--allow-origin takes an origin"),
        (&["serve", "--max-database-mib", "0"], "--max-database-mib"),
    ];
    for (arguments, part) in cases {
        let output = Command::new(BINARY).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains(part), "{arguments:?}: {text}");
    }
    let output = Command::new(BINARY).arg("--help").output().unwrap();
    assert!(output.status.success() && String::from_utf8(output.stdout).unwrap().contains("--allow-origin"));
}

#[test]
fn an_address_in_use_is_explained() {
    let folder = folder();
    let first = Running::start(folder.path());
    let address = first.client.base.strip_prefix("http://").unwrap();
    let output = Command::new(BINARY).args(["serve", "--listen", address, "--data"]).arg(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("can't listen on"));
}
