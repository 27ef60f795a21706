//! What became of every accepted event: tombstones, ledgers, and the report that adds them up.
#![expect(clippy::indexing_slicing, reason = "a test may fail loudly")]

mod common;

use common::{Server, batch, broken, event, folder};
use serde_json::{Value, json};

const CHROMIUM: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0";
const DAY_MS: i64 = 86_400_000;

fn tombstone(seq: u64, reason: &str) -> Value {
    json!({ "seq": seq, "name": "scroll", "at": 1_763_752_001_000_u64, "dropped": reason })
}

fn receipt(accepted: u64, duplicates: u64) -> Value {
    json!({ "accepted": accepted, "duplicates": duplicates, "rejected": [] })
}

fn with_ledger(stream: &str, ledger: Value, events: Value) -> Value {
    let mut batch = batch(stream, events);
    batch["ledger"] = ledger;
    batch
}

fn send(server: &Server, batch: &Value, agent: &str) -> Value {
    server.client.post("/v1/batch", batch.to_string().as_bytes(), &[("user-agent", agent)]).json()
}

fn total(server: &Server) -> Value {
    server.client.get("/api/report/delivery?site=shop").json()["total"].clone()
}

#[test]
fn a_tombstone_is_kept_once_and_is_no_event() {
    let folder = folder();
    {
        let server = Server::start(folder.path());
        let one =
            batch("s1", json!([event(0, "page_view"), tombstone(1, "expired"), tombstone(1, "queue_full"), tombstone(2, "queue_full")]));
        assert_eq!(server.client.batch(&one).json(), receipt(3, 1));
        assert_eq!(server.client.batch(&one).json(), receipt(0, 4));
    }
    let server = Server::start(folder.path());
    assert_eq!(server.client.batch(&batch("s1", json!([tombstone(1, "expired")]))).json(), receipt(0, 1));
    let report = server.client.get("/api/report/events?site=shop").json();
    assert_eq!(report["events"].as_array().unwrap().len(), 1, "{report}");
    assert_eq!((&report["totals"]["events"], &report["totals"]["dropped"]), (&json!(1), &json!({ "expired": 1, "queue_full": 1 })));
    assert_eq!(total(&server)["dropped"], json!({ "expired": 1, "queue_full": 1 }));
    assert_eq!((&total(&server)["duplicates"], &total(&server)["gaps"]), (&json!(6), &json!(0)));
}

#[test]
fn a_real_event_wins_over_its_tombstone_whichever_comes_first() {
    let folder = folder();
    let server = Server::start(folder.path());
    let cases: [(&str, Vec<Value>, Vec<Value>); 4] = [
        ("after", vec![json!([tombstone(0, "expired")]), json!([event(0, "page_view")])], vec![receipt(1, 0), receipt(1, 0)]),
        ("before", vec![json!([event(0, "page_view")]), json!([tombstone(0, "expired")])], vec![receipt(1, 0), receipt(0, 1)]),
        ("with", vec![json!([tombstone(0, "expired"), event(0, "page_view")])], vec![receipt(1, 1)]),
        (
            "around",
            vec![json!([tombstone(0, "expired")]), json!([event(0, "page_view")]), json!([tombstone(0, "expired")])],
            vec![receipt(1, 0), receipt(1, 0), receipt(0, 1)],
        ),
    ];
    for (stream, batches, receipts) in cases {
        let answers: Vec<_> = batches.into_iter().map(|events| server.client.batch(&batch(stream, events)).json()).collect();
        assert_eq!(answers, receipts, "{stream}");
    }
    assert_eq!(server.number("SELECT count(*) FROM tombstones"), 0);
    assert_eq!(server.number("SELECT count(*) FROM events"), 4);
    assert_eq!((&total(&server)["stored"], &total(&server)["dropped"]), (&json!(4), &json!({})));
}

#[test]
fn a_refused_event_stands_in_the_place_of_its_tombstone() {
    let folder = folder();
    let server = Server::start(folder.path());
    server.client.batch(&batch("s1", json!([tombstone(0, "expired"), tombstone(1, "expired")])));
    server.client.batch(&batch("s1", json!([broken(0)])));
    assert_eq!(server.client.batch(&batch("s1", json!([tombstone(0, "expired")]))).json(), receipt(0, 1));
    assert_eq!((&total(&server)["rejected"], &total(&server)["dropped"]), (&json!(1), &json!({ "expired": 1 })));
}

#[test]
fn a_batch_without_events_reports_its_ledger() {
    let folder = folder();
    let server = Server::start(folder.path());
    let mut only = with_ledger("s1", json!({ "accepted": 5, "delivered": 2, "dropped": { "queue_full": 1 }, "invalid": 4 }), json!([]));
    assert_eq!(server.client.batch(&only).json(), receipt(0, 0));
    only.as_object_mut().unwrap().remove("events");
    assert_eq!(server.client.batch(&only).json(), receipt(0, 0));
    assert_eq!(server.number("SELECT count(*) FROM sessions") + server.number("SELECT count(*) FROM batches"), 0);
    let total = total(&server);
    assert_eq!(
        (&total["accepted"], &total["delivered"], &total["invalid"], &total["outstanding"]),
        (&json!(5), &json!(2), &json!(4), &json!(4))
    );
}

#[test]
fn each_row_says_what_became_of_every_accepted_event() {
    let folder = folder();
    let server = Server::start(folder.path());
    let ledger = json!({ "accepted": 10, "delivered": 4, "dropped": { "queue_full": 1, "rejected": 1 }, "invalid": 2 });
    let one = with_ledger(
        "s1",
        ledger,
        json!([event(0, "page_view"), event(1, "page_view"), broken(2), event(5, "page_view"), tombstone(6, "expired")]),
    );
    send(&server, &one, CHROMIUM);
    send(&server, &one, CHROMIUM);
    let mut two = with_ledger("s2", json!({ "accepted": 2, "delivered": 0 }), json!([event(0, "page_view")]));
    two["engine"] = json!("wasm2js");
    send(&server, &two, FIREFOX);
    let s1 = json!({ "streams": 1, "accepted": 10, "delivered": 4, "stored": 3, "rejected": 1, "dropped": { "expired": 1, "queue_full": 1 },
        "outstanding": 4, "missing": 0, "gaps": 2, "duplicates": 4, "invalid": 2, "loss_rate": 0.2 });
    let s2 = json!({ "streams": 1, "accepted": 2, "delivered": 0, "stored": 1, "rejected": 0, "dropped": {},
        "outstanding": 1, "missing": 0, "gaps": 0, "duplicates": 0, "invalid": 0, "loss_rate": 0.0 });
    let named = |name: &str, mut account: Value| {
        account["name"] = json!(name);
        account
    };
    assert_eq!(
        server.client.get("/api/report/delivery?site=shop").json(),
        json!({
            "site": "shop", "from": null, "to": null,
            "total": { "streams": 2, "accepted": 12, "delivered": 4, "stored": 4, "rejected": 1, "dropped": { "expired": 1, "queue_full": 1 },
                "outstanding": 5, "missing": 0, "gaps": 2, "duplicates": 4, "invalid": 2, "loss_rate": 0.1667 },
            "browsers": [named("chromium", s1.clone()), named("firefox", s2.clone())],
            "engines": [named("wasm", s1), named("wasm2js", s2)],
        })
    );
}

#[test]
fn what_a_stream_owes_is_missing_after_seven_days_of_silence() {
    let folder = folder();
    let server = Server::start(folder.path());
    let owing = |stream: &str| with_ledger(stream, json!({ "accepted": 3, "delivered": 0 }), json!([event(0, "page_view")]));
    server.client.batch(&owing("silent"));
    server.client.batch(&owing("quiet"));
    let aged = |stream: &str, days: i64, less_ms: i64| {
        let sql = "UPDATE streams SET last_heard = last_heard - ?2 WHERE name = ?1";
        assert_eq!(server.database().execute(sql, rusqlite::params![stream, days * DAY_MS - less_ms]).unwrap(), 1);
    };
    aged("silent", 7, -1);
    aged("quiet", 7, 60_000);
    let before = total(&server);
    assert_eq!((&before["outstanding"], &before["missing"], &before["loss_rate"]), (&json!(2), &json!(2), &json!(0.3333)));
    server.client.batch(&batch("silent", json!([event(1, "page_view")])));
    let after = total(&server);
    assert_eq!((&after["outstanding"], &after["missing"], &after["loss_rate"]), (&json!(3), &json!(0), &json!(0.0)), "heard of again");
}

#[test]
fn an_event_given_up_that_arrived_all_the_same_is_stored_and_not_dropped() {
    let folder = folder();
    let server = Server::start(folder.path());
    let events = json!([event(0, "page_view"), event(1, "page_view"), event(2, "page_view")]);
    server.client.batch(&with_ledger("s1", json!({ "accepted": 3, "delivered": 0, "dropped": { "queue_full": 2 } }), events));
    let total = total(&server);
    assert_eq!((&total["stored"], &total["dropped"], &total["outstanding"]), (&json!(3), &json!({}), &json!(0)));
}

#[test]
fn times_choose_streams_by_when_they_were_first_heard_of() {
    let folder = folder();
    let server = Server::start(folder.path());
    for (stream, at) in [("s1", 1_000), ("s2", 2_000), ("s3", 3_000)] {
        server.client.batch(&batch(stream, json!([event(0, "page_view"), tombstone(1, "expired")])));
        server.database().execute("UPDATE streams SET first_heard = ?2 WHERE name = ?1", rusqlite::params![stream, at]).unwrap();
    }
    for (range, streams) in [("", 3), ("&from=2000", 2), ("&to=2000", 1), ("&from=1000&to=3000", 2), ("&from=3001", 0)] {
        let report = server.client.get(&format!("/api/report/delivery?site=shop{range}")).json();
        assert_eq!((&report["total"]["streams"], &report["total"]["stored"]), (&json!(streams), &json!(streams)), "{range}");
        assert_eq!(report["total"]["dropped"]["expired"].as_u64().unwrap_or(0), streams, "{range}");
    }
}

#[test]
fn a_ledger_that_makes_no_sense_harms_no_report() {
    let folder = folder();
    let server = Server::start(folder.path());
    for stream in 0..3 {
        let dropped =
            json!({ "queue_full": u64::MAX, "text": "x", "less": -3, "part": 1.5, "Not a code": 4, "<script>": 2, "nested": { "a": 1 } });
        let ledger = json!({ "accepted": u64::MAX, "delivered": u64::MAX, "dropped": dropped, "invalid": u64::MAX });
        let far = json!({ "seq": i64::MAX, "name": "page_view", "at": 5 });
        assert_eq!(send(&server, &with_ledger(&format!("s{stream}"), ledger, json!([far])), CHROMIUM)["accepted"], 1);
    }
    let most = 3 * u64::try_from(i32::MAX).unwrap();
    let total = total(&server);
    assert_eq!((&total["accepted"], &total["stored"], &total["gaps"]), (&json!(most), &json!(3), &json!(most - 3)));
    assert_eq!(total["dropped"], json!({ "other": 18, "queue_full": most - 3 - 18 }));
    assert_eq!(total["outstanding"], 0);
    assert_eq!(server.client.get("/api/report/events?site=shop").status, 200);
    assert_eq!(server.client.get("/?site=shop").status, 200);
}

#[test]
fn every_page_row_is_told_apart_by_its_heading() {
    let folder = folder();
    let server = Server::start(folder.path());
    let ledger = json!({ "accepted": 4000, "delivered": 4, "dropped": { "queue_full": 1500 } });
    send(&server, &with_ledger("s1", ledger, json!([event(0, "page_view")])), CHROMIUM);
    let page = server.client.get("/?site=shop").text;
    let section = page.split("aria-labelledby=\"delivery\"").nth(1).unwrap().split("</section>").next().unwrap();
    for part in [
        "Chromium",
        "wasm",
        "4,000",
        "1,500",
        "37.50\u{a0}%",
        "queue_full",
        "scope=\"col\"",
        "scope=\"row\"",
        "scope=\"rowgroup\"",
        "<caption",
    ] {
        assert!(section.contains(part), "{part} in {section}");
    }
    let recent = server.client.get("/?site=shop&range=24h").text;
    assert!(recent.contains("4,000"), "the stream was first heard of just now");
}

#[test]
fn of_the_user_agent_only_the_family_is_kept() {
    let folder = folder();
    {
        let server = Server::start(folder.path());
        send(&server, &batch("s1", json!([event(0, "page_view")])), "Mozilla/5.0 (Trackable 7; rv:153.0) Gecko/20100101 Firefox/153.0");
        send(&server, &batch("s1", json!([event(1, "page_view")])), CHROMIUM);
        let browsers = server.client.get("/api/report/delivery?site=shop").json()["browsers"].clone();
        assert_eq!((browsers.as_array().unwrap().len(), &browsers[0]["name"]), (1, &json!("firefox")), "the first that was known");
    }
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(9).any(|window| window == b"Trackable"));
    }
}
