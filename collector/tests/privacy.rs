//! What the collector learns of a sender, and what of it is kept: no address, no `User-Agent`; bots and GPC marked;
//! visitors without an id counted for a day.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod common;

use std::path::Path;
use std::process::Command;

use common::process::{BINARY, Running, serve};
use common::{Client, Server, batch, bytes, configured, event, folder, holds, now_ms};
use serde_json::{Value, json};

const CHROME: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0";
const GOOGLEBOT: &str =
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/156.0.0.0";
const HEADLESS: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36";
const PROXY: &str = "trusted_proxies = ['127.0.0.1', '10.0.0.0/8']\n";

/// A batch of a visitor without an id.
fn cookieless(stream: &str) -> Value {
    let mut batch = batch(stream, json!([event(0, "page_view"), event(1, "add_to_cart")]));
    batch.as_object_mut().unwrap().remove("visitor");
    batch
}

fn send(client: &Client, batch: &Value, agent: &str, forwarded: &str) -> u16 {
    client.post("/v1/batch", batch.to_string().as_bytes(), &[("user-agent", agent), ("x-forwarded-for", forwarded)]).status
}

fn totals(server: &Server, query: &str) -> Value {
    let path = format!("/api/report/events?site=shop{query}");
    server.client.send("GET", &path, &[], &[common::bearer()]).unwrap().json()["totals"].clone()
}

#[test]
fn no_address_and_no_user_agent_is_on_the_disk_or_in_the_log() {
    let folder = folder();
    let (data, config, log) = (folder.path().join("data"), folder.path().join("config.toml"), folder.path().join("log"));
    std::fs::write(&config, PROXY).unwrap();
    let mut command = Command::new(BINARY);
    command.args(serve(&data)).arg("--config").arg(&config);
    let mut running = Running::spawn_logging(&mut command, std::fs::File::create(&log).unwrap().into());
    let addresses =
        ["203.0.113.77", "203.0.113.78:4711", "2001:db8:aa:bb:cc:dd:ee:77", "[2001:db8:aa:bb:cc:dd:ee:78]:443", "junk-203.0.113.79"];
    for (number, address) in addresses.into_iter().enumerate() {
        assert_eq!(send(&running.client, &batch(&format!("s{number}"), json!([event(0, "page_view")])), "Agent-77/1.0", address), 200);
        assert_eq!(send(&running.client, &cookieless(&format!("c{number}")), "Agent-77/1.0", address), 200);
        assert_eq!(running.client.post("/v1/batch", b"{", &[("x-forwarded-for", address), ("user-agent", "Agent-77/1.0")]).status, 400);
        // A head that breaks off, and a database that fails, are what errors are logged of.
        running.connect().write(format!("POST /v1/batch HTTP/1.1\r\nx-forwarded-for: {address}\r\n\r\n\0").as_bytes()).unwrap();
    }
    let database = rusqlite::Connection::open(milepost_collector::database_file(&data)).unwrap();
    database.execute_batch("PRAGMA foreign_keys = OFF; DROP TABLE batches").unwrap();
    assert_eq!(send(&running.client, &cookieless("c9"), "Agent-77/1.0", addresses[0]), 503);
    running.signal("TERM");
    running.wait();
    let log = std::fs::read(&log).unwrap();
    assert!(holds(&log, "nothing stored"), "errors are logged");
    for bytes in [log, bytes(&data)] {
        for text in ["203.0.113.7", "db8:aa:bb", "Agent-77", "127.0.0.1"] {
            assert!(!holds(&bytes, text), "{text}");
        }
    }
}

#[test]
fn bots_and_gpc_are_marked_and_bots_left_out_unless_asked_for() {
    let folder = folder();
    let server = Server::start(folder.path());
    let cases = [
        ("person", CHROME, "", (0, 0)),
        ("private", FIREFOX, "1", (0, 1)),
        ("off", FIREFOX, "0", (0, 0)),
        ("crawler", GOOGLEBOT, "", (1, 0)),
        ("both", GOOGLEBOT, "1", (1, 1)),
        ("headless", HEADLESS, "", (1, 0)),
        ("by-the-tracker", CHROME, "", (0, 1)),
    ];
    for (name, agent, gpc, marks) in cases {
        let mut body = batch(name, json!([event(0, "page_view"), event(1, "add_to_cart")]));
        if name == "by-the-tracker" {
            body["consent"]["gpc"] = json!(true);
        }
        let headers: &[_] = if gpc.is_empty() { &[("user-agent", agent)] } else { &[("user-agent", agent), ("sec-gpc", gpc)] };
        assert_eq!(server.client.post("/v1/batch", body.to_string().as_bytes(), headers).status, 200);
        let marked = |mark: &str| server.number(&format!("SELECT {mark} FROM sessions WHERE name = 'session-of-{name}'"));
        assert_eq!((marked("bot"), marked("gpc")), marks, "{name}");
    }
    let people = totals(&server, "");
    assert_eq!(
        (&people["sessions"], &people["events"], &people["visitors"], &people["gpc_sessions"]),
        (&json!(4), &json!(8), &json!(4), &json!(2))
    );
    assert_eq!(people["bots"], json!({ "included": false, "sessions": 3, "events": 6 }));
    let all = totals(&server, "&bots=include");
    assert_eq!((&all["sessions"], &all["events"], &all["visitors"], &all["gpc_sessions"]), (&json!(7), &json!(14), &json!(7), &json!(3)));
    assert_eq!(all["bots"], json!({ "included": true, "sessions": 3, "events": 6 }));
    for (query, considered, reached) in [("", 4, 4), ("&bots=exclude", 4, 4), ("&bots=include", 7, 7)] {
        let funnel = server.client.get(&format!("/api/report/funnel?site=shop&steps=page_view,add_to_cart{query}")).json();
        assert_eq!(
            (&funnel["considered"], &funnel["steps"][1]["count"], &funnel["bots"]["sessions"]),
            (&json!(considered), &json!(reached), &json!(3))
        );
    }
    assert_eq!(server.client.get("/api/report/events?site=shop&bots=some").error(), (400, "param_invalid".into()));
    let page = server.client.get("/?site=shop").text;
    assert!(page.contains("Bot sessions, left out") && page.contains("Sessions with GPC") && page.contains("50.00"), "{page}");
    assert!(page.contains(r#"<option value="exclude" selected>"#));
    let page = server.client.get("/?site=shop&bots=include").text;
    assert!(page.contains("Bot sessions, counted") && page.contains(r#"<option value="include" selected>"#), "{page}");
    assert_eq!(server.client.get("/api/report/delivery?site=shop").json()["total"]["stored"], 14, "delivery is of all streams");
}

#[test]
fn a_browser_without_a_window_counts_where_that_is_wanted() {
    let folder = folder();
    let server = Server::start_with(folder.path(), |options| options.count_headless = true);
    for (name, agent) in [("headless", HEADLESS), ("crawler", GOOGLEBOT)] {
        send(&server.client, &batch(name, json!([event(0, "page_view")])), agent, "");
    }
    assert_eq!(totals(&server, "")["bots"], json!({ "included": false, "sessions": 1, "events": 1 }));
}

#[test]
fn visitors_without_an_id_are_counted_once_a_day() {
    let folder = folder();
    let server = configured(folder.path(), PROXY);
    let cases = [
        ("a", CHROME, "203.0.113.7", 1),
        ("b", CHROME, "203.0.113.200", 1),
        ("c", FIREFOX, "203.0.113.7", 2),
        ("d", CHROME, "203.0.114.7", 3),
        ("e", CHROME, "2001:db8:1:2::7", 4),
        ("f", CHROME, "2001:db8:1:ffff::8", 4),
        ("g", GOOGLEBOT, "198.51.100.7", 4),
        ("h", CHROME, "6.6.6.6, 203.0.113.7, 10.1.2.3", 4),
    ];
    for (stream, agent, address, expected) in cases {
        assert_eq!(send(&server.client, &cookieless(stream), agent, address), 200);
        assert_eq!(totals(&server, "")["day_visitors"], expected, "{stream}");
    }
    assert_eq!(send(&server.client, &batch("known", json!([event(0, "page_view")])), FIREFOX, "192.0.2.1"), 200);
    let mut only_a_ledger = cookieless("ledger");
    only_a_ledger["events"] = json!([]);
    assert_eq!(send(&server.client, &only_a_ledger, FIREFOX, "192.0.2.2"), 200);
    drop(server);
    let server = configured(folder.path(), PROXY);
    send(&server.client, &cookieless("after-a-restart"), CHROME, "203.0.113.99");
    let mut blog = cookieless("blog");
    blog["site"] = json!("blog");
    send(&server.client, &blog, CHROME, "203.0.113.7");
    assert_eq!((&totals(&server, "")["day_visitors"], &totals(&server, "")["visitors"]), (&json!(4), &json!(1)));
    assert_eq!(totals(&server, &format!("&to={}", now_ms() - 86_400_000))["day_visitors"], 0);
}

#[test]
fn salt_and_hashes_are_destroyed_when_the_day_is_over_and_the_count_stays() {
    let folder = folder();
    let server = configured(folder.path(), PROXY);
    for (stream, agent) in [("a", CHROME), ("b", FIREFOX)] {
        send(&server.client, &cookieless(stream), agent, "203.0.113.7");
    }
    let salts = blobs(&server, "SELECT salt FROM day_salt");
    let hashes = blobs(&server, "SELECT hash FROM day_hashes");
    assert_eq!((salts.len(), hashes.len()), (1, 2));
    yesterday(&server);
    // The first of the next day ends the day before.
    send(&server.client, &cookieless("c"), CHROME, "203.0.113.7");
    let today = blobs(&server, "SELECT hash FROM day_hashes");
    assert!(today.len() == 1 && !hashes.contains(&today[0]), "the same visitor is another one the next day");
    assert_ne!(blobs(&server, "SELECT salt FROM day_salt"), salts);
    assert_eq!(
        (&totals(&server, "")["day_visitors"], &totals(&server, &format!("&from={}", now_ms()))["day_visitors"]),
        (&json!(3), &json!(1))
    );
    // So does the upkeep, when nobody comes.
    yesterday(&server);
    drop(server);
    let pruned = Command::new(BINARY).args(["prune", "--data"]).arg(folder.path()).output().unwrap();
    assert!(pruned.status.success());
    let left = bytes(folder.path());
    let gone = |blob: &Vec<u8>| !left.windows(blob.len()).any(|window| window == blob.as_slice());
    assert!(salts.iter().chain(&hashes).chain(&today).all(gone), "a salt or a hash is left");
    assert_eq!(rows(folder.path(), "day_salt") + rows(folder.path(), "day_hashes"), 0);
    assert_eq!(rows(folder.path(), "day_visitors"), 2);
}

fn blobs(server: &Server, sql: &str) -> Vec<Vec<u8>> {
    let database = server.database();
    let mut statement = database.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// Makes it as if all that was counted so far had been counted a day earlier.
fn yesterday(server: &Server) {
    server.database().execute_batch("UPDATE day_salt SET day = day - 1; UPDATE day_visitors SET day = day - 1").unwrap();
}

fn rows(data: &Path, table: &str) -> u64 {
    common::process::number(data, &format!("SELECT count(*) FROM {table}"))
}
