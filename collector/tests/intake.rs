//! Batches over HTTP: what is stored, what is told, what is refused.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use std::io::Write;

use common::{Server, batch, broken, event, folder};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_good_batch_is_stored_and_told() {
    let folder = folder();
    let server = Server::start(folder.path());
    let answer = server.client.batch(&batch("s1", json!([event(0, "page_view"), event(1, "view_item")])));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), json!({ "accepted": 2, "duplicates": 0, "rejected": [] }));
    assert_eq!(server.number("SELECT count(*) FROM events"), 2);
}

#[test]
fn a_repeat_is_refused_in_one_batch_across_batches_and_after_a_restart() {
    let folder = folder();
    let twice = batch("s1", json!([event(0, "page_view"), event(1, "view_item"), event(1, "view_item")]));
    {
        let server = Server::start(folder.path());
        assert_eq!(server.client.batch(&twice).json(), json!({ "accepted": 2, "duplicates": 1, "rejected": [] }));
        assert_eq!(server.client.batch(&twice).json(), json!({ "accepted": 0, "duplicates": 3, "rejected": [] }));
    }
    let server = Server::start(folder.path());
    assert_eq!(server.client.batch(&twice).json(), json!({ "accepted": 0, "duplicates": 3, "rejected": [] }));
    let more = batch("s1", json!([event(1, "view_item"), event(2, "download")]));
    assert_eq!(server.client.batch(&more).json(), json!({ "accepted": 1, "duplicates": 1, "rejected": [] }));
    assert_eq!(server.number("SELECT count(*) FROM events"), 3);
    assert_eq!(server.number("SELECT count(*) FROM batches"), 2, "a batch of repeats leaves no row");
    let totals = server.client.get("/api/report/events?site=shop").json()["totals"].clone();
    assert_eq!(totals["repeats_refused"], 8);
}

#[test]
fn two_sites_may_use_the_same_stream_name() {
    let folder = folder();
    let server = Server::start(folder.path());
    let mine = batch("s1", json!([event(0, "page_view")]));
    let mut theirs = mine.clone();
    theirs["site"] = json!("other");
    assert_eq!(server.client.batch(&mine).json()["accepted"], 1);
    assert_eq!(server.client.batch(&theirs).json()["accepted"], 1);
}

#[test]
fn a_broken_event_is_kept_aside_once_and_the_rest_is_stored() {
    let folder = folder();
    let server = Server::start(folder.path());
    let nameless = json!({ "name": "page_view", "at": 5, "note": "no seq" });
    let mixed = batch("s1", json!([event(0, "page_view"), broken(1), nameless, event(2, "view_item")]));
    let told = json!({ "accepted": 2, "duplicates": 0, "rejected": [
        { "seq": 1, "code": "param_missing", "param": "currency" },
        { "code": "field_missing", "param": "seq" },
    ]});
    assert_eq!(server.client.batch(&mixed).json(), told);
    let again = server.client.batch(&mixed).json();
    assert_eq!((&again["accepted"], &again["duplicates"], &again["rejected"]), (&json!(0), &json!(2), &told["rejected"]));

    let kept = server.client.get("/api/report/rejected?site=shop").json();
    assert_eq!(kept["total"], 2);
    let first = kept["rejected"].as_array().unwrap().iter().find(|it| it["seq"] == 1).unwrap();
    assert_eq!(
        (&first["code"], &first["param"], &first["name"], &first["stream"]),
        (&json!("param_missing"), &json!("currency"), &json!("add_to_cart"), &json!("s1"))
    );
    let raw: serde_json::Value = serde_json::from_str(first["raw"].as_str().unwrap()).unwrap();
    assert_eq!(raw, broken(1));
}

#[test]
fn the_kept_text_of_a_broken_event_is_bounded() {
    let folder = folder();
    let server = Server::start(folder.path());
    let mut huge = broken(0);
    huge["params"]["note"] = json!("\u{e9}".repeat(20_000));
    assert_eq!(server.client.batch(&batch("s1", json!([huge]))).json()["rejected"].as_array().unwrap().len(), 1);
    let kept = server.client.get("/api/report/rejected?site=shop").json();
    let event = &kept["rejected"][0];
    assert!(event["raw"].as_str().unwrap().len() <= milepost_collector::RAW_LIMIT);
    assert!(event["raw_bytes"].as_u64().unwrap() > 40_000);
}

#[test]
fn unknown_fields_are_ignored_and_unknown_names_kept() {
    let folder = folder();
    let server = Server::start(folder.path());
    let mut odd = event(0, "milestone_of_my_own");
    odd["params"] = json!({ "anything": "goes", "amount": 2.50 });
    odd["from_the_future"] = json!(true);
    let mut odd = batch("s1", json!([odd]));
    odd["also_new"] = json!([1]);
    assert_eq!(server.client.batch(&odd).json()["accepted"], 1);
    assert_eq!(server.client.get("/api/report/events?site=shop").json()["events"][0]["name"], "milestone_of_my_own");
}

#[test]
fn a_broken_envelope_is_refused_with_a_code_and_stores_nothing() {
    let folder = folder();
    let server = Server::start(folder.path());
    let good = batch("s1", json!([event(0, "page_view")]));
    let with = |field: &str, value: serde_json::Value| {
        let mut changed = good.clone();
        changed[field] = value;
        changed.to_string().into_bytes()
    };
    let without = |fields: &[&str]| {
        let mut changed = good.clone();
        changed.as_object_mut().unwrap().retain(|name, _| !fields.contains(&name.as_str()));
        changed.to_string().into_bytes()
    };
    let many: Vec<_> = (0..1001).map(|seq| event(seq, "page_view")).collect();
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"{".to_vec(), "not_json"),
        (b"[1e999]".to_vec(), "field_invalid"),
        (b" ".to_vec(), "not_json"),
        (b"\"\xff\"".to_vec(), "not_utf8"),
        ([b"[".repeat(5000), b"]".repeat(5000)].concat(), "too_deep"),
        (with("v", json!(2)), "version_unsupported"),
        (without(&["v"]), "field_missing"),
        (without(&["site"]), "field_missing"),
        (without(&["events", "ledger"]), "field_missing"),
        (with("stream", json!(5)), "field_invalid"),
        (with("site", json!("")), "field_invalid"),
        (with("events", json!(many)), "too_many_events"),
        (vec![0x1f, 0x8b, 8, 0, 1, 2, 3], "gzip_invalid"),
    ];
    for (body, code) in cases {
        for path in ["/v1/batch", "/v1/validate"] {
            let answer = server.client.post(path, &body, &[]);
            assert_eq!(answer.error(), (400, code.into()), "{:?}", String::from_utf8_lossy(&body).get(..80));
            assert!(!answer.json()["error"]["message"].as_str().unwrap().is_empty());
        }
    }
    let empty = server.client.post("/v1/batch", b"", &[]);
    assert_eq!(empty.error(), (400, "not_json".into()));
    assert_eq!(server.number("SELECT count(*) FROM events") + server.number("SELECT count(*) FROM sites"), 0);
}

#[test]
fn gzip_is_recognised_by_its_first_bytes() {
    let folder = folder();
    let server = Server::start(folder.path());
    let body = gzip(batch("s1", json!([event(0, "page_view")])).to_string().as_bytes());
    assert_eq!(server.client.post("/v1/batch", &body, &[]).json()["accepted"], 1);
    let cut = &body[..body.len() - 9];
    assert_eq!(server.client.post("/v1/batch", cut, &[]).error(), (400, "gzip_invalid".into()));
}

#[test]
fn a_body_over_a_limit_is_refused_as_sent_and_as_unpacked() {
    let folder = folder();
    let server = Server::start(folder.path());
    let padded = |length: usize| {
        let mut body = batch("s1", json!([event(0, "page_view")])).to_string().into_bytes();
        body.resize(length, b' ');
        body
    };
    assert_eq!(server.client.post("/v1/batch", &padded(256 * 1024), &[]).status, 200);
    assert_eq!(server.client.post("/v1/batch", &padded(256 * 1024 + 1), &[]).error(), (413, "body_too_large".into()));
    assert_eq!(server.client.post("/v1/batch", &gzip(&padded(1024 * 1024)), &[]).status, 200);
    assert_eq!(server.client.post("/v1/batch", &gzip(&padded(1024 * 1024 + 1)), &[]).error(), (413, "body_too_large".into()));
    let bomb = gzip(&vec![b' '; 32 * 1024 * 1024]);
    assert!(bomb.len() < 256 * 1024);
    assert_eq!(server.client.post("/v1/batch", &bomb, &[]).error(), (413, "body_too_large".into()));
}

#[test]
fn numbers_that_the_database_cannot_hold_reject_the_event() {
    let folder = folder();
    let server = Server::start(folder.path());
    let mut late = event(1, "page_view");
    late["at"] = json!(u64::MAX);
    let unnumbered = event(u64::MAX, "page_view");
    let answer = server.client.batch(&batch("s1", json!([unnumbered, late, event(2, "page_view")]))).json();
    assert_eq!(answer["accepted"], 1);
    assert_eq!(
        answer["rejected"],
        json!([{ "code": "field_invalid", "param": "seq" }, { "seq": 1, "code": "field_invalid", "param": "at" }])
    );
}

#[test]
fn odd_text_is_stored_as_it_came() {
    let folder = folder();
    let server = Server::start(folder.path());
    let title = "nul \u{0} quote ' \" emoji \u{1f680} Robert'); DROP TABLE events;--";
    let mut odd = batch("s1", json!([event(0, "page_view")]));
    odd["pages"][0]["title"] = json!(title);
    assert_eq!(server.client.batch(&odd).json()["accepted"], 1);
    let stored: String = server.database().query_row("SELECT page_title FROM events", [], |row| row.get(0)).unwrap();
    assert_eq!(stored, title);
}

#[test]
fn validate_says_what_is_wrong_and_stores_nothing() {
    let folder = folder();
    let server = Server::start(folder.path());
    let check = |events| server.client.post("/v1/validate", batch("s1", events).to_string().as_bytes(), &[]).json();
    assert_eq!(check(json!([event(0, "page_view")])), json!({ "valid": true, "events": 1, "problems": [] }));
    let problems = json!([{ "seq": 1, "code": "param_missing", "param": "currency" }]);
    assert_eq!(check(json!([event(0, "page_view"), broken(1)])), json!({ "valid": false, "events": 2, "problems": problems }));
    assert_eq!(server.number("SELECT count(*) FROM sites"), 0);
}

#[test]
fn the_ledger_of_a_stream_is_its_largest_counts_in_any_order() {
    let folder = folder();
    let server = Server::start(folder.path());
    let with = |sent_at: u64, accepted: u64, dropped: serde_json::Value| {
        let mut batch = batch("s1", json!([event(accepted, "page_view")]));
        batch["sent_at"] = json!(sent_at);
        batch["ledger"] = json!({ "accepted": accepted, "delivered": accepted - 1, "dropped": dropped, "invalid": accepted });
        assert_eq!(server.client.batch(&batch).status, 200);
    };
    with(1000, 5, json!({ "queue_full": 1 }));
    with(3000, 9, json!({ "queue_full": 2, "too_old": 1 }));
    with(9000, 7, json!({ "queue_full": 1 }));
    assert_eq!(server.number("SELECT accepted FROM streams"), 9);
    assert_eq!(server.number("SELECT delivered FROM streams"), 8);
    let totals = server.client.get("/api/report/events?site=shop").json()["totals"].clone();
    assert_eq!(totals["dropped"], json!({ "invalid": 9, "queue_full": 2, "too_old": 1 }));
}

#[test]
fn personal_data_of_clients_that_do_not_look_for_it_is_not_stored() {
    let folder = folder();
    let server = Server::start(folder.path());
    let personal = "anna@example.test 4111 1111 1111 1111 +49 151 23456789";
    let mut sent = batch("s1", json!([event(0, "own"), event(1, "anna@example.test")]));
    sent["user"] = json!("anna@example.test");
    sent["session"]["landing"] = json!("https://shop.test/u/anna%40example.test");
    sent["pages"] = json!([{ "id": 0, "url": "https://shop.test/anna@example.test", "title": personal }]);
    sent["events"][0]["params"] = json!({ "note": personal });
    sent["events"][1]["params"] = json!({ "note": personal });
    assert_eq!(server.client.batch(&sent).json()["accepted"], 1);
    drop(server);
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for telltale in ["example.test", "4111 1111", "23456789"] {
            assert!(!bytes.windows(telltale.len()).any(|window| window == telltale.as_bytes()), "{telltale} is on disk");
        }
    }
}
