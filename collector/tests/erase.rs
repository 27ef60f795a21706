//! An erased visitor is nowhere in the files, stays away, and the reports still add up.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod common;

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use common::process::{BINARY, Running};
use common::{Server, batch, bearer, broken, bytes, configured, event, folder, holds, with_token};
use milepost_collector::database_file;
use rusqlite::Connection;
use serde_json::{Value, json};

const CONFIG: &str =
    "[sites.shop]\nerase_key = '0123456789abcdef0123456789abcdef'\n[sites.blog]\nerase_key = 'another key of some length'\n";

/// A batch with something personal in every field that takes text.
fn personal(stream: &str, visitor: &str, events: u64) -> Value {
    let mut all: Vec<Value> = (0..events).map(|seq| personal_event(stream, seq)).collect();
    all.push(json!({ "seq": events, "name": "add_to_cart", "at": 1_763_752_001_000_u64, "params": { "value": 5, "note": format!("{stream}_refused") } }));
    all.push(json!({ "seq": events + 1, "name": format!("{stream}_given_up"), "at": 1_763_752_001_000_u64, "dropped": "expired" }));
    let mut batch = batch(stream, json!(all));
    batch["visitor"] = json!(visitor);
    batch["user"] = json!(format!("{stream}_user"));
    batch["session"] = json!({ "id": format!("{stream}_session"), "number": 7, "started_at": 1_763_752_000_000_u64, "landing": format!("https://shop.example/{stream}_landing") });
    batch["campaign"] = json!({ "source": format!("{stream}_source"), "medium": "x", "campaign": "x", "term": "x", "content": "x", "click_ids": { "gclid": format!("{stream}_gclid") } });
    batch["device"] = json!({ "class": "mobile", "language": format!("{stream}_tongue") });
    batch["ledger"] = json!({ "accepted": events + 3, "delivered": 0, "dropped": { "queue_full": 1 } });
    batch["pages"] = json!([{ "id": 0, "url": format!("https://shop.example/{stream}_page"), "title": format!("{stream}_title"), "referrer": format!("https://{stream}-referrer.example/") }]);
    batch
}

fn personal_event(stream: &str, seq: u64) -> Value {
    json!({ "seq": seq, "name": format!("{stream}_event"), "at": 1_763_752_001_000_u64 + seq, "page": 0, "params": { "search_term": format!("{stream}_term_{seq}"), "value": 19.90, "currency": "EUR" } })
}

fn remove(server: &Server, visitor: &str) -> Value {
    server.client.send("DELETE", &format!("/api/visitors/{visitor}?site=shop"), &[], &[bearer()]).unwrap().json()
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

#[test]
fn nothing_of_an_erased_visitor_is_left_in_the_files() {
    let folder = folder();
    let server = with_token(folder.path());
    // Ids in random order make pages split, so that rows move and leave copies behind.
    for number in 0..300_u64 {
        let name = format!("h{:016x}", RandomState::new().hash_one(number));
        assert_eq!(server.client.batch(&personal(&name, &format!("v{name}"), 3)).status, 200);
        if number % 30 == 7 {
            assert_eq!(
                server.client.batch(&personal(&format!("zz_victim_{number}_zz"), &format!("zz_visitor_{number}_zz"), 5)).status,
                200
            );
        }
    }
    let before = total(&server);
    assert!(holds(&bytes(folder.path()), "zz_visitor_7_zz") && holds(&bytes(folder.path()), "zz_victim_7_zz_term_4"));
    for number in (7..300).step_by(30) {
        assert_eq!(remove(&server, &format!("zz_visitor_{number}_zz")), json!({ "erased": 6 }));
    }
    let left = bytes(folder.path());
    assert!(!holds(&left, "zz_vi") && !holds(&left, "_zz"), "something is left");
    assert_eq!(server.number("SELECT count(*) FROM visitors"), 300);
    assert_eq!(server.number("SELECT count(*) FROM sessions"), 300);
    assert_eq!(server.number("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    assert_eq!(server.number("SELECT count(*) FROM secrets WHERE name = 'scrub_owed'"), 0, "the file was written afresh");
    let after = total(&server);
    assert_eq!(
        (&after["accepted"], &after["missing"], &after["outstanding"]),
        (&before["accepted"], &before["missing"], &before["outstanding"])
    );
    assert_eq!((after["dropped"]["erased"].as_u64(), &after["dropped"]["expired"]), (Some(60), &before["dropped"]["expired"]));
    assert_eq!((&after["gaps"], after["stored"].as_u64()), (&before["gaps"], Some(900)));
}

#[test]
fn what_comes_late_of_an_erased_visitor_is_acknowledged_and_not_stored() {
    let folder = folder();
    let server = with_token(folder.path());
    let sent = personal("zz_stream_zz", "zz_visitor_zz", 4);
    assert_eq!(server.client.batch(&sent).json()["accepted"], 5);
    assert_eq!(remove(&server, "zz_visitor_zz"), json!({ "erased": 5 }));
    drop(server);

    let server = with_token(folder.path());
    let again = server.client.batch(&sent).json();
    assert_eq!((&again["accepted"], &again["duplicates"], again["rejected"].as_array().unwrap().len()), (&json!(0), &json!(5), 1));
    // Two of the same tab that had not come yet, and another tab of which nothing had.
    let mut later = batch(
        "zz_stream_zz",
        json!([personal_event("zz_stream_zz", 3), personal_event("zz_stream_zz", 6), personal_event("zz_stream_zz", 7)]),
    );
    let mut other = personal("zz_other_zz", "zz_visitor_zz", 2);
    (later["visitor"], later["ledger"]) =
        (json!("zz_visitor_zz"), json!({ "accepted": 9, "delivered": 5, "dropped": { "queue_full": 1 } }));
    assert_eq!(server.client.batch(&later).json(), json!({ "accepted": 2, "duplicates": 1, "rejected": [] }));
    assert_eq!(server.client.batch(&other).json()["accepted"], 3);
    assert_eq!(server.client.batch(&other).json()["accepted"], 0);
    // In a stream of theirs without their id, too: those numbers are taken.
    other.as_object_mut().unwrap().remove("visitor");
    other["events"].as_array_mut().unwrap().truncate(2);
    assert_eq!(server.client.batch(&other).json()["accepted"], 0);

    for table in ["visitors", "sessions", "batches", "events", "rejected"] {
        assert_eq!(server.number(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
    let total = total(&server);
    assert_eq!(
        (&total["accepted"], &total["stored"], &total["dropped"]),
        (&json!(14), &json!(0), &json!({ "erased": 11, "expired": 1, "queue_full": 2 }))
    );
    assert_eq!((&total["outstanding"], &total["loss_rate"]), (&json!(0), &json!(0.2143)));
    drop(server);
    assert!(!holds(&bytes(folder.path()), "_zz"));
}

#[test]
fn an_export_is_all_that_is_held_exactly_as_it_was_sent() {
    let folder = folder();
    let server = with_token(folder.path());
    let mut sent = personal("s1", "v1", 2);
    sent["events"][0]["params"]["share"] = json!(0.125);
    let body = sent.to_string().replace("0.125", "0.12345678901234567891");
    assert_eq!(server.client.post("/v1/batch", body.as_bytes(), &[("sec-gpc", "1")]).status, 200);
    assert_eq!(server.client.batch(&personal("s2", "v2", 2)).status, 200);
    let answer = server.client.send("GET", "/api/visitors/v1?site=shop", &[], &[bearer()]).unwrap();
    assert!(answer.text.contains("\"share\":0.12345678901234567891"), "{}", answer.text);
    assert!(!answer.text.contains("s2_"));
    let held = answer.json();
    let lengths = ["sessions", "events", "batches", "rejected", "given_up", "streams"].map(|name| held[name].as_array().unwrap().len());
    assert_eq!((&held["site"], &held["visitor"], lengths), (&json!("shop"), &json!("v1"), [1, 2, 1, 1, 1, 1]));
    assert_eq!(
        held["sessions"][0],
        json!({ "id": "s1_session", "number": 7, "started_at": 1_763_752_000_000_u64, "landing": "https://shop.example/s1_landing", "bot": false, "gpc": true })
    );
    let (event, batch) = (&held["events"][1], &held["batches"][0]);
    assert_eq!(
        (&event["stream"], &event["seq"], &event["name"], &event["session"]),
        (&json!("s1"), &json!(1), &json!("s1_event"), &json!("s1_session"))
    );
    assert_eq!(
        (&event["params"]["search_term"], &event["page_title"], &event["batch"]),
        (&json!("s1_term_1"), &json!("s1_title"), &batch["id"])
    );
    assert_eq!((&batch["consent"]["analytics"], &batch["user"]), (&json!("granted"), &json!("s1_user")));
    assert_eq!((&batch["campaign"]["click_ids"]["gclid"], &batch["device"]["language"]), (&json!("s1_gclid"), &json!("s1_tongue")));
    assert!(held["rejected"][0]["raw"].as_str().unwrap().contains("s1_refused"));
    assert_eq!((&held["given_up"][0]["reason"], &held["streams"][0]["dropped"]), (&json!("expired"), &json!({ "queue_full": 1 })));

    remove(&server, "v1");
    let held = ask(&server, "/api/visitors/v1?site=shop");
    assert!(held["erased_at"].as_u64().is_some() && held["events"] == json!([]) && held["streams"] == json!([]), "{held}");
    assert_eq!(ask(&server, "/api/visitors/nobody?site=shop")["erased_at"], Value::Null);
}

#[test]
fn a_browser_may_erase_with_its_sites_proof_and_nothing_else() {
    let folder = folder();
    let server = configured(folder.path(), CONFIG);
    server.client.batch(&personal("s1", "v1", 2));
    // printf 'erase\nshop\nv1' | openssl dgst -sha256 -hmac KEY
    let (good, of_blog) = (
        "4adcce6f3cfc77dc0e88dd25734aa3e17e0a254b24c8752d0129c033043e392d",
        "1696d60fdb49dec19a4feb8d2fd380c94a87913f4a3e056c4a95c896038def55",
    );
    let post = |body: Value| server.client.post("/v1/erase", body.to_string().as_bytes(), &[("origin", "https://shop.example")]);
    for (site, visitor, proof) in [
        ("shop", "v1", ""),
        ("shop", "v1", &good.to_uppercase()),
        ("shop", "v1", &good[..62]),
        ("shop", "v1", of_blog),
        ("shop", "v2", good),
        ("blog", "v1", good),
        ("news", "v1", good),
        ("", "", ""),
    ] {
        let answer = post(json!({ "site": site, "visitor": visitor, "proof": proof }));
        assert_eq!(answer.error(), (403, "erase_forbidden".into()), "{site} {visitor} {proof}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("https://shop.example"));
    }
    assert_eq!(post(json!({ "site": "shop", "visitor": "v1" })).error(), (400, "field_missing".into()));
    assert_eq!(post(json!({ "site": "shop", "visitor": 1, "proof": good })).error(), (400, "field_missing".into()));
    assert_eq!(server.client.post("/v1/erase", b"{", &[]).error(), (400, "not_json".into()));
    assert_eq!(server.client.post("/v1/erase", &vec![b' '; 5000], &[]).error(), (413, "body_too_large".into()));
    assert_eq!(server.number("SELECT count(*) FROM events"), 2);
    let done = post(json!({ "site": "shop", "visitor": "v1", "proof": good }));
    assert_eq!((done.status, done.json()), (200, json!({ "erased": 3 })));
    assert_eq!(post(json!({ "site": "shop", "visitor": "v1", "proof": good })).json(), json!({ "erased": 0 }));
    assert_eq!(server.number("SELECT count(*) FROM events"), 0);
}

#[test]
fn without_a_token_nobody_exports_or_erases_and_with_one_nobody_else_reads() {
    let (open, guarded) = (folder(), folder());
    let (open, guarded) = (Server::start(open.path()), with_token(guarded.path()));
    let paths = [
        "/install",
        "/",
        "/api/report/funnel?site=shop",
        "/api/report/events?site=shop",
        "/api/report/rejected?site=shop",
        "/api/report/delivery?site=shop",
    ];
    for (method, path) in [("GET", "/api/visitors/v1?site=shop"), ("DELETE", "/api/visitors/v1?site=shop")] {
        assert_eq!(open.client.send(method, path, &[], &[bearer()]).unwrap().error(), (403, "token_unset".into()));
        let refused = guarded.client.send(method, path, &[], &[]).unwrap();
        assert_eq!(
            (refused.error(), refused.header("www-authenticate")),
            ((401, "token_needed".into()), Some("Basic realm=\"Milepost\", charset=\"UTF-8\""))
        );
        assert_eq!(guarded.client.send(method, path, &[], &[("authorization", "Bearer a token for the test")]).unwrap().status, 401);
        // Any name, the token as password.
        assert_eq!(
            guarded.client.send(method, path, &[], &[("authorization", "Basic bWU6YSB0b2tlbiBmb3IgdGhlIHRlc3Rz")]).unwrap().status,
            200
        );
    }
    for path in paths {
        assert_eq!(open.client.get(path).status, 200, "{path}");
        assert_eq!(guarded.client.get(path).status, 401, "{path}");
        assert_eq!(guarded.client.send("GET", path, &[], &[bearer()]).unwrap().status, 200, "{path}");
    }
    for path in ["/healthz", "/readyz"] {
        assert_eq!(guarded.client.get(path).status, 200, "{path}");
    }
    assert_eq!(guarded.client.batch(&batch("s1", json!([event(0, "page_view"), broken(1)]))).status, 200);
    assert_eq!(
        guarded.client.send("GET", "/api/visitors/v1?site=shop&x=1", &[], &[bearer()]).unwrap().error(),
        (400, "param_unknown".into())
    );
    assert_eq!(guarded.client.send("GET", "/api/visitors/v1", &[], &[bearer()]).unwrap().error(), (400, "param_missing".into()));
}

#[test]
fn kill_9_in_the_middle_erases_all_or_nothing() {
    let folder = folder();
    let token = folder.path().join("token");
    std::fs::write(&token, "a token for the tests\n").unwrap();
    let data = folder.path().join("data");
    let (mut whole, mut gone) = (0, 0);
    for round in 0..8 {
        let visitor = format!("zz_visitor_{round}_zz");
        let mut running = Running::start_with(&data, &["--token-file", token.to_str().unwrap()]);
        assert_eq!(running.client.batch(&personal(&format!("zz_s{round}_zz"), &visitor, 900)).status, 200);
        let mut connection = running.connect();
        let head =
            format!("DELETE /api/visitors/{visitor}?site=shop HTTP/1.1\r\nhost: x\r\nauthorization: Bearer a token for the tests\r\n\r\n");
        connection.write(head.as_bytes()).unwrap();
        std::thread::sleep(Duration::from_micros(random(30_000)));
        running.child.kill().unwrap();
        running.wait();
        let answered = connection.reply().is_ok();
        match rows(&data, &visitor) {
            (900, 1, 1, 1) if !answered => whole += 1,
            (0, 0, 0, 0) => gone += 1,
            rows => unreachable!("half of it is left: {rows:?}, answered: {answered}"),
        }
        if rows(&data, &visitor).0 == 0 {
            assert!(Command::new(BINARY).args(["prune", "--data"]).arg(&data).output().unwrap().status.success());
            assert!(!holds(&bytes(&data), &visitor), "the upkeep finishes what was left of cleaning the files");
        }
    }
    assert_eq!(whole + gone, 8);
}

/// What is left of a visitor: events, refused ones, sessions, visitors.
fn rows(data: &Path, visitor: &str) -> (i64, i64, i64, i64) {
    let database = Connection::open(database_file(data)).unwrap();
    let session = visitor.replace("zz_visitor_", "zz_s").replace("_zz", "_zz_session");
    let count = |sql: &str, value: &str| database.query_row(sql, [value], |row| row.get(0)).unwrap();
    (
        count("SELECT count(*) FROM events WHERE session = (SELECT id FROM sessions WHERE name = ?1)", &session),
        count("SELECT count(*) FROM rejected WHERE visitor = (SELECT id FROM visitors WHERE name = ?1)", visitor),
        count("SELECT count(*) FROM sessions WHERE name = ?1", &session),
        count("SELECT count(*) FROM visitors WHERE name = ?1", visitor),
    )
}

fn random(below: u64) -> u64 {
    RandomState::new().build_hasher().finish() % below
}
