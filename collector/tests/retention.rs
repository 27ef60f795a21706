//! What is older than a site keeps it goes, what is younger stays as it was, and the reports still add up.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod common;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use common::process::BINARY;
use common::{Server, batch, bearer, broken, bytes, configured, folder, holds, now_ms, usually_or_nightly, with_token};
use milepost_collector::database_file;
use proptest::prelude::*;
use serde_json::{Value, json};

const DAY_MS: u64 = 86_400_000;
const MINUTE_MS: u64 = 60_000;
const CONFIG: &str = "retention_days = 365\n[sites.shop]\nretention_days = 10\n";

/// Events of a stream, each so many ms old.
fn send(server: &Server, site: &str, stream: &str, ages_ms: &[u64]) -> Value {
    let mut body = aged(stream, ages_ms);
    body["site"] = json!(site);
    server.client.batch(&body).json()
}

fn aged(stream: &str, ages_ms: &[u64]) -> Value {
    let now = now_ms();
    let events = ages_ms.iter().enumerate().map(|(seq, age)| {
        json!({ "seq": seq, "name": "page_view", "at": now - age, "page": 0, "params": { "note": format!("{stream}-{seq}-note") } })
    });
    let mut batch = batch(stream, events.collect());
    batch["ledger"] = json!({ "accepted": ages_ms.len(), "delivered": 0 });
    batch["session"]["started_at"] = json!(now - ages_ms.iter().max().unwrap());
    batch
}

fn ask(server: &Server, path: &str) -> Value {
    server.client.send("GET", path, &[], &[bearer()]).unwrap().json()
}

fn total(server: &Server) -> Value {
    let total = ask(server, "/api/report/delivery?site=shop")["total"].clone();
    let dropped: u64 = total["dropped"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    let places: u64 = ["stored", "rejected", "outstanding", "missing"].iter().map(|field| total[*field].as_u64().unwrap()).sum();
    assert_eq!(total["accepted"].as_u64().unwrap(), places + dropped, "{total}");
    total
}

/// Three streams: one partly too old, one wholly and silent since, one with a refused event of long ago.
fn fill(data: &Path) {
    let server = with_token(data);
    let keep = 10 * DAY_MS;
    assert_eq!(send(&server, "shop", "mixed", &[20 * DAY_MS, keep + MINUTE_MS, keep - MINUTE_MS, 0])["accepted"], 4);
    assert_eq!(send(&server, "shop", "silent", &[30 * DAY_MS, 29 * DAY_MS])["accepted"], 2);
    assert_eq!(send(&server, "blog", "blog", &[20 * DAY_MS, 364 * DAY_MS])["accepted"], 2);
    server
        .client
        .batch(&batch("refused", json!([broken(0), { "seq": 1, "name": "scroll", "at": now_ms() - 20 * DAY_MS, "dropped": "expired" }])));
    let long_ago = format!("{}", now_ms() - 28 * DAY_MS);
    server.database().execute("UPDATE streams SET first_heard = ?1, last_heard = ?1 WHERE name = 'silent'", [&long_ago]).unwrap();
    server.database().execute("UPDATE rejected SET received_at = ?1", [&long_ago]).unwrap();
}

fn prune(data: &Path, config: &Path) -> String {
    let output = Command::new(BINARY).args(["prune", "--data"]).arg(data).arg("--config").arg(config).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_is_too_old_goes_and_the_rest_is_as_before() {
    let folder = folder();
    let (data, config) = (folder.path().join("data"), folder.path().join("config.toml"));
    std::fs::write(&config, CONFIG).unwrap();
    fill(&data);
    let from = now_ms() - 10 * DAY_MS;
    let recent = format!("/api/report/events?site=shop&from={from}");
    let before = ask(&with_token(&data), &recent)["events"].clone();

    assert_eq!(prune(&data, &config), "removed 4 events, 1 rejected events and 1 streams\n");
    assert_eq!(prune(&data, &config), "removed 0 events, 0 rejected events and 0 streams\n");
    let left = bytes(&data);
    for (text, kept) in [("mixed-1-note", false), ("mixed-2-note", true), ("silent", false), ("blog-1-note", true), ("add_to_cart", false)]
    {
        assert_eq!(holds(&left, text), kept, "{text}");
    }
    let server = configured(&data, CONFIG);
    assert_eq!(ask(&server, &recent)["events"], before);
    assert_eq!(ask(&server, "/api/report/events?site=blog")["totals"]["events"], 2);
    for (table, rows) in [("sessions", 2), ("visitors", 3), ("batches", 2), ("streams", 3), ("tombstones", 0), ("rejected", 0)] {
        assert_eq!(server.number(&format!("SELECT count(*) FROM {table}")), rows, "{table}");
    }
    assert_eq!(server.number("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    let total = total(&server);
    assert_eq!((&total["accepted"], &total["stored"], &total["dropped"]), (&json!(6), &json!(2), &json!({ "pruned": 4 })));
    assert_eq!((&total["gaps"], &total["loss_rate"]), (&json!(0), &json!(0.0)));
}

#[test]
fn a_folder_without_a_database_stays_without_one() {
    let folder = folder();
    let output = Command::new(BINARY).args(["prune", "--data"]).arg(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("there is none in"));
    assert!(!database_file(folder.path()).exists());
}

#[test]
fn what_comes_when_it_is_too_old_already_is_acknowledged_and_not_stored() {
    let folder = folder();
    let server = configured(folder.path(), CONFIG);
    let late = aged("late", &[0, 10 * DAY_MS + MINUTE_MS, 12 * DAY_MS]);
    assert_eq!(server.client.batch(&late).json(), json!({ "accepted": 3, "duplicates": 0, "rejected": [] }));
    assert_eq!(server.client.batch(&late).json(), json!({ "accepted": 0, "duplicates": 3, "rejected": [] }));
    let old = aged("old", &[11 * DAY_MS]);
    assert_eq!(server.client.batch(&old).json(), json!({ "accepted": 1, "duplicates": 0, "rejected": [] }));
    assert_eq!((server.number("SELECT count(*) FROM events"), server.number("SELECT count(*) FROM sessions")), (1, 1));
    let total = total(&server);
    assert_eq!(
        (&total["accepted"], &total["stored"], &total["dropped"], &total["gaps"]),
        (&json!(4), &json!(1), &json!({ "pruned": 3 }), &json!(0))
    );
}

#[test]
fn a_start_removes_what_is_too_old() {
    let folder = folder();
    fill(folder.path());
    let server = configured(folder.path(), CONFIG);
    let deadline = Instant::now() + Duration::from_secs(20);
    while server.number("SELECT count(*) FROM events") != 4 || server.number("SELECT count(*) FROM visitors") != 3 {
        assert!(Instant::now() < deadline, "nothing was removed");
        std::thread::yield_now();
    }
    assert_eq!(total(&server)["stored"], 2);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: usually_or_nightly(12, 500), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_came_before_and_comes_again_only_what_is_young_is_stored_and_every_event_has_a_place(
        ages in prop::collection::vec(prop::collection::vec(prop::sample::select(vec![0, 9, 11, 30]), 1..8), 1..4),
        early in prop::collection::vec((0..4_usize, 0..8_usize), 0..12),
        again in prop::collection::vec((0..4_usize, 0..8_usize), 0..12),
    ) {
        let folder = folder();
        let streams: Vec<Value> = ages.iter().enumerate()
            .map(|(number, days)| aged(&format!("s{number}"), &days.iter().map(|days| days * DAY_MS).collect::<Vec<_>>()))
            .collect();
        let part = |(stream, first): (usize, usize)| {
            let mut batch = streams[stream % streams.len()].clone();
            let events = batch["events"].as_array_mut().unwrap();
            let first = first.min(events.len() - 1);
            events.drain(..first);
            batch
        };
        let server = with_token(folder.path());
        for batch in early.into_iter().map(part) {
            prop_assert_eq!(server.client.batch(&batch).status, 200);
        }
        drop(server);
        let options = ["--retention-days", "10", "--data"];
        prop_assert!(Command::new(BINARY).arg("prune").args(options).arg(folder.path()).output().unwrap().status.success());
        let server = configured(folder.path(), CONFIG);
        for batch in again.into_iter().map(part).chain(streams.clone()) {
            let answer = server.client.batch(&batch).json();
            let events = batch["events"].as_array().unwrap().len() as u64;
            prop_assert_eq!(answer["accepted"].as_u64().unwrap() + answer["duplicates"].as_u64().unwrap(), events);
        }
        let count = |wanted: fn(&u64) -> bool| ages.iter().flatten().filter(|days| wanted(days)).count() as u64;
        let total = total(&server);
        prop_assert_eq!((total["accepted"].as_u64().unwrap(), total["stored"].as_u64().unwrap()), (count(|_| true), count(|days| *days < 10)));
        prop_assert!(total["dropped"]["pruned"].as_u64().unwrap_or(0) <= count(|days| *days > 10), "{}", total);
        prop_assert_eq!(server.number("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    }
}
