//! The reports' numbers on data small enough to be counted by hand.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod common;

use common::{Server, batch, folder, now_ms};
use serde_json::{Value, json};

const T0: u64 = 1_763_752_000_000;

/// One session: events as (seconds since T0, name), all of one visitor.
fn session(server: &Server, visitor: Option<&str>, session: &str, steps: &[(u64, &str)]) {
    let events: Vec<Value> =
        steps.iter().enumerate().map(|(seq, (second, name))| json!({ "seq": seq, "name": name, "at": T0 + second * 1000 })).collect();
    let mut batch = batch(session, json!(events));
    batch["session"]["id"] = json!(session);
    batch["visitor"] = json!(visitor);
    if visitor.is_none() {
        batch.as_object_mut().unwrap().remove("visitor");
    }
    assert_eq!(server.client.batch(&batch).json()["accepted"], steps.len());
}

fn counts(funnel: &Value) -> Vec<u64> {
    funnel["steps"].as_array().unwrap().iter().map(|step| step["count"].as_u64().unwrap()).collect()
}

#[test]
fn a_step_counts_only_after_every_step_before_it() {
    let folder = folder();
    let server = Server::start(folder.path());
    session(&server, Some("v1"), "all", &[(0, "a"), (1, "noise"), (2, "b"), (3, "c")]);
    session(&server, Some("v2"), "skips", &[(0, "a"), (1, "c")]);
    session(&server, Some("v3"), "backwards", &[(0, "c"), (1, "b"), (2, "a")]);
    session(&server, Some("v4"), "repeats", &[(0, "a"), (1, "a"), (2, "b"), (3, "a"), (4, "b")]);
    session(&server, Some("v5"), "never", &[(0, "b"), (1, "c")]);
    let funnel = server.client.get("/api/report/funnel?site=shop&steps=a,b,c").json();
    assert_eq!(
        funnel,
        json!({
            "site": "shop", "from": null, "to": null, "by": "session", "considered": 5,
            "steps": [
                { "name": "a", "count": 4, "step_rate": null, "drop_off": null, "lost": null, "overall_rate": 1.0 },
                { "name": "b", "count": 2, "step_rate": 0.5, "drop_off": 0.5, "lost": 2, "overall_rate": 0.5 },
                { "name": "c", "count": 1, "step_rate": 0.5, "drop_off": 0.5, "lost": 1, "overall_rate": 0.25 },
            ],
            "overall_rate": 0.25,
            "largest_drop": { "step": 1, "from": "a", "to": "b", "lost": 2, "drop_off": 0.5 },
            "bots": { "included": false, "sessions": 0, "events": 0 },
        })
    );
    let twice = server.client.get("/api/report/funnel?site=shop&steps=a,a").json();
    assert_eq!(counts(&twice), [4, 1], "one event is one step");
}

#[test]
fn events_are_ordered_by_their_time_whatever_order_they_arrive_in() {
    let folder = folder();
    let server = Server::start(folder.path());
    let late = |stream: &str, seq: u64, name: &str, second: u64| {
        let mut batch = batch(stream, json!([{ "seq": seq, "name": name, "at": T0 + second * 1000 }]));
        batch["session"]["id"] = json!("one");
        assert_eq!(server.client.batch(&batch).json()["accepted"], 1);
    };
    late("tab-2", 0, "c", 9);
    late("tab-1", 1, "b", 5);
    late("tab-1", 0, "a", 1);
    assert_eq!(counts(&server.client.get("/api/report/funnel?site=shop&steps=a,b,c").json()), [1, 1, 1]);
}

#[test]
fn a_funnel_by_visitor_spans_sessions() {
    let folder = folder();
    let server = Server::start(folder.path());
    session(&server, Some("v1"), "monday", &[(0, "a"), (1, "b")]);
    session(&server, Some("v1"), "tuesday", &[(86_400, "c")]);
    session(&server, None, "cookieless-1", &[(0, "a")]);
    session(&server, None, "cookieless-2", &[(0, "a"), (5, "b")]);
    let ask = |by: &str| server.client.get(&format!("/api/report/funnel?site=shop&steps=a,b,c&by={by}")).json();
    assert_eq!((counts(&ask("session")), ask("session")["considered"].as_u64()), (vec![3, 2, 0], Some(4)));
    assert_eq!((counts(&ask("visitor")), ask("visitor")["considered"].as_u64()), (vec![3, 2, 1], Some(3)));
}

#[test]
fn the_usual_funnel_is_that_of_a_shop_with_its_known_rates() {
    let folder = folder();
    let server = Server::start(folder.path());
    let steps = ["page_view", "view_item", "add_to_cart", "begin_checkout", "add_shipping_info", "add_payment_info", "purchase"];
    let reached = [200_usize, 120, 18, 9, 9, 5, 4];
    for visitor in 0..reached[0] {
        let events: Vec<Value> = steps
            .iter()
            .zip(reached)
            .enumerate()
            .filter(|(_, (_, reached))| visitor < *reached)
            .map(|(seq, (name, _))| json!({ "seq": seq, "name": name, "at": T0 + seq as u64, "params": params(name) }))
            .collect();
        let answer = server.client.batch(&batch(&format!("s{visitor}"), json!(events))).json();
        assert_eq!(answer["accepted"], events.len());
    }
    let funnel = server.client.get("/api/report/funnel?site=shop").json();
    assert_eq!(counts(&funnel), reached.map(|count| count as u64));
    let column = |name: &str| funnel["steps"].as_array().unwrap().iter().map(|step| step[name].clone()).collect::<Vec<_>>();
    assert_eq!(json!(column("step_rate")), json!([null, 0.6, 0.15, 0.5, 1.0, 0.5556, 0.8]));
    assert_eq!(json!(column("drop_off")), json!([null, 0.4, 0.85, 0.5, 0.0, 0.4444, 0.2]));
    assert_eq!(json!(column("overall_rate")), json!([1.0, 0.6, 0.09, 0.045, 0.045, 0.025, 0.02]));
    assert_eq!(funnel["overall_rate"], 0.02);
    assert_eq!(funnel["largest_drop"], json!({ "step": 2, "from": "view_item", "to": "add_to_cart", "lost": 102, "drop_off": 0.85 }));
}

fn params(name: &str) -> Value {
    match name {
        "page_view" => json!({}),
        "purchase" => json!({ "transaction_id": "T1", "currency": "EUR", "value": 1, "items": [{ "item_id": "sku" }] }),
        _ => json!({ "items": [{ "item_id": "sku" }] }),
    }
}

/// Sends one event whose JSON numbers must not pass through a float on the way.
fn send_text(server: &Server, stream: &str, name: &str, params: &str, conversion: &str) {
    let body = batch(stream, json!("EVENTS")).to_string();
    let event = format!(r#"[{{"seq":0,"name":"{name}","at":{T0},"page":0,"params":{params},"conversion":{conversion}}}]"#);
    let answer = server.client.post("/v1/batch", body.replace("\"EVENTS\"", &event).as_bytes(), &[]);
    assert_eq!(answer.json()["accepted"], 1, "{}", answer.text);
}

#[test]
fn sums_are_exact_by_currency_and_worth_is_never_revenue() {
    let folder = folder();
    let server = Server::start(folder.path());
    let order = |stream: &str, currency: &str, value: &str| {
        let params = format!(r#"{{"transaction_id":"{stream}","currency":"{currency}","value":{value},"items":[{{"item_id":"sku"}}]}}"#);
        send_text(&server, stream, "purchase", &params, r#"{"tier":"macro","primary":true,"stage":"decision"}"#);
    };
    order("o1", "EUR", "0.1");
    order("o2", "EUR", "0.2");
    order("o3", "EUR", "123456789012.34");
    order("o4", "USD", "999999999999999");
    order("o5", "USD", "0.000000001");
    let micro = r#"{"tier":"micro","category":"process","stage":"decision","macro":"purchase","worth":4.10}"#;
    for stream in ["m1", "m2", "m3"] {
        send_text(&server, stream, "add_to_cart", r#"{"currency":"EUR","value":39.98,"items":[{"item_id":"sku"}]}"#, micro);
    }
    send_text(&server, "n1", "page_view", "{}", "null");
    let report = server.client.get("/api/report/events?site=shop").json();
    assert_eq!(
        report["events"],
        json!([
            { "name": "purchase", "count": 5, "sessions": 5, "tier": "macro", "category": null, "stage": "decision", "macro": null, "primary": true,
              "revenue": { "EUR": "123456789012.64", "USD": "999999999999999.000000001" }, "worth": null },
            { "name": "add_to_cart", "count": 3, "sessions": 3, "tier": "micro", "category": "process", "stage": "decision", "macro": "purchase", "primary": null,
              "revenue": {}, "worth": "12.3" },
            { "name": "page_view", "count": 1, "sessions": 1, "tier": null, "category": null, "stage": null, "macro": null, "primary": null,
              "revenue": {}, "worth": null },
        ])
    );
    assert_eq!(
        report["totals"],
        json!({ "events": 9, "sessions": 9, "visitors": 9, "day_visitors": 0, "gpc_sessions": 0,
            "bots": { "included": false, "sessions": 0, "events": 0 }, "rejected": 0, "streams": 9, "dropped": {}, "repeats_refused": 0 })
    );
}

#[test]
fn from_counts_and_to_does_not() {
    let folder = folder();
    let server = Server::start(folder.path());
    session(&server, Some("v1"), "one", &[(0, "a"), (10, "b"), (20, "c")]);
    for (from, to, names) in [(0, 20, vec!["a", "b"]), (10, 21, vec!["b", "c"]), (1, 10, vec![]), (30, 40, vec![])] {
        let range = format!("from={}&to={}", T0 + from * 1000, T0 + to * 1000);
        let report = server.client.get(&format!("/api/report/events?site=shop&{range}")).json();
        let mut found: Vec<_> = report["events"].as_array().unwrap().iter().map(|line| line["name"].as_str().unwrap().to_owned()).collect();
        found.sort();
        assert_eq!(found, names, "{range}");
        let funnel = server.client.get(&format!("/api/report/funnel?site=shop&steps=a,b&{range}")).json();
        assert_eq!(counts(&funnel)[0], u64::from(names.contains(&"a")));
    }
}

#[test]
fn a_clock_that_is_wrong_moves_no_event_to_another_day() {
    const DAY_MS: i64 = 86_400_000;
    let folder = folder();
    let server = Server::start(folder.path());
    let now = now_ms();
    for (stream, off, ago) in [("slow", -DAY_MS, 20_000), ("fast", DAY_MS, 20_000), ("right", 30_000, 0), ("future", 0, -3_600_000)] {
        let at = now.checked_add_signed(off - ago).unwrap();
        let mut batch = batch(stream, json!([{ "seq": 0, "name": stream, "at": at }]));
        batch["sent_at"] = json!(now.checked_add_signed(off).unwrap());
        assert_eq!(server.client.batch(&batch).json()["accepted"], 1);
    }
    let named = |from: u64, to: u64| {
        let report = server.client.get(&format!("/api/report/events?site=shop&from={from}&to={to}")).json();
        let mut found: Vec<_> = report["events"].as_array().unwrap().iter().map(|line| line["name"].as_str().unwrap().to_owned()).collect();
        found.sort();
        found
    };
    // What a batch takes to get here says nothing of a clock, and an event's own time is the browser's while its clock is right.
    assert_eq!(named(now - 25_000, now), ["fast", "slow"]);
    assert_eq!(named(now + 30_000, now + 30_001), ["right"]);
    assert_eq!(named(now + 3_600_000, now + 3_600_001), ["future"]);
}

#[test]
fn a_site_that_never_sent_has_empty_reports() {
    let folder = folder();
    let server = Server::start(folder.path());
    let funnel = server.client.get("/api/report/funnel?site=nobody&steps=a,b").json();
    assert_eq!((counts(&funnel), &funnel["overall_rate"], &funnel["largest_drop"]), (vec![0, 0], &Value::Null, &Value::Null));
    assert_eq!(server.client.get("/api/report/events?site=nobody").json()["totals"]["events"], 0);
    assert_eq!(server.client.get("/api/report/rejected?site=nobody").json(), json!({ "site": "nobody", "total": 0, "rejected": [] }));
    let delivery = server.client.get("/api/report/delivery?site=nobody").json();
    assert_eq!(
        (&delivery["total"]["accepted"], &delivery["total"]["loss_rate"], &delivery["browsers"]),
        (&json!(0), &Value::Null, &json!([]))
    );
}

#[test]
fn a_wrong_query_is_refused_with_a_code() {
    let folder = folder();
    let server = Server::start(folder.path());
    let many = vec!["a"; 21].join(",");
    let cases = [
        ("funnel", String::new(), "param_missing"),
        ("events", String::new(), "param_missing"),
        ("rejected", "?site=".into(), "param_missing"),
        ("delivery", String::new(), "param_missing"),
        ("delivery", "?site=a&limit=5".into(), "param_unknown"),
        ("delivery", "?site=a&from=5&to=4".into(), "param_invalid"),
        ("funnel", "?site=a&site=b".into(), "param_invalid"),
        ("funnel", "?site=a&step=b".into(), "param_unknown"),
        ("events", "?site=a&by=session".into(), "param_unknown"),
        ("funnel", "?site=a&by=team".into(), "param_invalid"),
        ("funnel", "?site=a&steps=a,,b".into(), "param_invalid"),
        ("funnel", format!("?site=a&steps={many}"), "param_invalid"),
        ("funnel", "?site=a&from=yesterday".into(), "param_invalid"),
        ("events", "?site=a&from=-1".into(), "param_invalid"),
        ("events", "?site=a&from=5&to=5".into(), "param_invalid"),
        ("rejected", "?site=a&limit=0".into(), "param_invalid"),
        ("rejected", "?site=a&limit=501".into(), "param_invalid"),
    ];
    for (report, query, code) in cases {
        let answer = server.client.get(&format!("/api/report/{report}{query}"));
        assert_eq!(answer.error(), (400, code.into()), "{report}{query}");
    }
}

#[test]
fn what_looks_like_sql_is_only_text() {
    let folder = folder();
    let server = Server::start(folder.path());
    session(&server, Some("v1"), "one", &[(0, "a")]);
    for text in ["'%20OR%20'1'='1", "shop'--", "%25", "sho_", "shop%00"] {
        assert_eq!(server.client.get(&format!("/api/report/events?site={text}")).json()["totals"]["events"], 0, "{text}");
        assert_eq!(counts(&server.client.get(&format!("/api/report/funnel?site=shop&steps={text}")).json()), [0], "{text}");
    }
}
