//! A database of an earlier version is brought up to date when it is opened, with what is in it.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use common::{Server, batch, bearer, bytes, event, folder, holds, with_token};
use milepost_collector::database_file;
use rusqlite::Connection;
use serde_json::{Value, json};

const VERSION_1: &str = include_str!("fixtures/version_1.sql");

#[test]
fn a_database_of_version_1_keeps_what_it_has_and_takes_more() {
    let folder = folder();
    Connection::open(database_file(folder.path())).unwrap().execute_batch(VERSION_1).unwrap();
    let server = Server::start(folder.path());
    let totals = server.client.get("/api/report/events?site=shop").json()["totals"].clone();
    assert_eq!(
        totals,
        json!({ "events": 3, "sessions": 1, "visitors": 1, "day_visitors": 0, "gpc_sessions": 0,
            "bots": { "included": false, "sessions": 0, "events": 0 }, "rejected": 1, "streams": 3,
            "dropped": { "invalid": 3, "other": 5, "queue_full": 2, "rejected": 1 }, "repeats_refused": 4 })
    );
    let one = stream(&server, "old-1");
    assert_eq!(one, json!(["js_or_wasm", "unknown", 1_763_752_001_500_i64, 1_763_752_007_500_i64, 9, 5, 3, 4]));
    assert_eq!(stream(&server, "old-2"), json!(["unknown", "unknown", 1_763_752_000_000_i64, 1_763_752_000_000_i64, 7, 0, 0, 0]));
    assert_eq!(stream(&server, "old-3")[4], i32::MAX, "a count that no tracker can reach");

    let again = server.client.batch(&batch("old-1", json!([event(3, "page_view"), event(4, "page_view")]))).json();
    assert_eq!(again, json!({ "accepted": 1, "duplicates": 1, "rejected": [] }));
    drop(server);
    let server = Server::start(folder.path());
    assert_eq!(server.number("SELECT count(*) FROM events"), 4, "a second start finds nothing to bring up to date");
    assert_eq!(server.number("PRAGMA user_version"), 3);
}

#[test]
fn who_was_measured_by_version_2_can_be_erased_and_exported() {
    let folder = folder();
    let old = Connection::open(database_file(folder.path())).unwrap();
    old.execute_batch(VERSION_1).unwrap();
    old.execute_batch(include_str!("../src/store/upgrade_2.sql")).unwrap();
    old.execute_batch("UPDATE rejected SET raw = 'of-visitor-1'; PRAGMA user_version = 2").unwrap();
    drop(old);
    let server = with_token(folder.path());
    let path = "/api/visitors/visitor-1?site=shop";
    let held = server.client.send("GET", path, &[], &[bearer()]).unwrap().json();
    let lengths = ["sessions", "events", "batches", "rejected", "streams"].map(|name| held[name].as_array().unwrap().len());
    assert_eq!((lengths, &held["rejected"][0]["raw"]), ([1, 3, 2, 1, 1], &json!("of-visitor-1")));
    assert_eq!(server.client.send("DELETE", path, &[], &[bearer()]).unwrap().json(), json!({ "erased": 4 }));
    let left = bytes(folder.path());
    assert!(!holds(&left, "visitor-1") && !holds(&left, "old-1") && holds(&left, "old-2"));
}

#[test]
fn a_database_brought_up_to_date_is_like_a_new_one() {
    let (old, new) = (folder(), folder());
    Connection::open(database_file(old.path())).unwrap().execute_batch(VERSION_1).unwrap();
    assert_eq!(shape(&Server::start(old.path())), shape(&Server::start(new.path())));
}

fn stream(server: &Server, name: &str) -> Value {
    let sql = "SELECT json_array(CASE WHEN engine IN ('js', 'wasm') THEN 'js_or_wasm' ELSE engine END, browser, first_heard, last_heard, \
               accepted, delivered, invalid, repeats) FROM streams WHERE name = ?1";
    let text: String = server.database().query_row(sql, [name], |row| row.get(0)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Every column of every table with its type, default and place in the key, and every index.
fn shape(server: &Server) -> Vec<String> {
    let sql = "SELECT tables.name || '.' || it.name || ' ' || it.type || it.\"notnull\" || it.pk || ifnull(it.dflt_value, '') \
               FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS it WHERE tables.type = 'table' \
               UNION ALL SELECT name || ' on ' || tbl_name FROM sqlite_schema WHERE type = 'index' ORDER BY 1";
    let database = server.database();
    let mut rows = database.prepare(sql).unwrap();
    rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}
