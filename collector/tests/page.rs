//! The page at `/`: what it shows, and that nothing a sender wrote is anything but text in it.

mod common;

use common::{Server, batch, broken, event, folder};
use serde_json::json;

#[test]
fn an_empty_collector_says_how_to_begin() {
    let folder = folder();
    let page = Server::start(folder.path()).client.get("/");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(page.text.contains("Nothing has arrived yet") && page.text.contains("&lt;script async src="));
}

#[test]
fn the_snippet_has_the_site_and_the_address_filled_in_and_nothing_else_of_the_query() {
    let folder = folder();
    let server = Server::start(folder.path());
    let page = server.client.get("/install?site=mugs&collector=https%3A%2F%2Fcollect.example%2Fstats%2F");
    assert_eq!(page.status, 200);
    for part in [
        "site:&quot;mugs&quot;,collector:&quot;https://collect.example/stats&quot;",
        "src=&quot;https://collect.example/stats/milepost.js&quot;",
    ] {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
    assert!(!page.text.contains("leave at once"), "it has no files to take the other stub from");
    assert!(page.header("content-security-policy").is_some_and(|policy| policy.starts_with("default-src 'none'")));
    let own = server.client.get("/install").text;
    assert!(own.contains("collector:&quot;http://127.0.0.1"), "its own address in {own}");
    for wrong in ["/install?site=a%22b", "/install?collector=https%3A%2F%2Fx%22%3E", "/install?other=1"] {
        assert_eq!(server.client.get(wrong).status, 400, "{wrong}");
    }
}

#[test]
fn the_early_stub_is_filled_in_from_the_trackers_files() {
    let (folder, dist) = (folder(), folder());
    std::fs::write(dist.path().join("early-stub.js"), "early('<\u{e9}>');\n").unwrap();
    let server = Server::start_with(folder.path(), |options| options.assets = Some(dist.path().into()));
    let page = server.client.get("/install?site=mugs").text;
    assert!(page.contains("&lt;script&gt;early('&lt;\u{e9}&gt;');\nmilepost(&quot;init&quot;,{site:&quot;mugs&quot;"), "{page}");
}

#[test]
fn the_page_shows_funnel_conversions_and_rejected_events() {
    let folder = folder();
    let server = Server::start(folder.path());
    let mut order = event(2, "purchase");
    order["params"] = json!({ "transaction_id": "T1", "currency": "EUR", "value": 1234.5, "items": [{ "item_id": "sku" }] });
    order["conversion"] = json!({ "tier": "macro", "primary": true });
    let mut cart = event(1, "add_to_cart");
    cart["conversion"] = json!({ "tier": "micro", "category": "process", "stage": "decision", "macro": "purchase", "worth": 4 });
    let answer = server.client.batch(&batch("s1", json!([event(0, "page_view"), cart, order, broken(3)]))).json();
    assert_eq!(answer["accepted"], 3);
    server.client.batch(&batch("s2", json!([event(0, "page_view")])));

    let page = server.client.get("/?site=shop&steps=page_view,add_to_cart&by=visitor&range=all").text;
    for part in
        ["50.00\u{a0}%", "1,234.50", "EUR", "primary", "process, decision \u{2192} purchase", "4.00", "param_missing", "&quot;sku-1&quot;"]
    {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(page.contains(r#"<option value="visitor" selected>"#));
    let recent = server.client.get("/?site=shop&range=24h").text;
    assert!(recent.contains("No macro conversion in this range."), "events of long ago are out of range");
}

#[test]
fn nothing_from_a_sender_becomes_markup() {
    let folder = folder();
    let server = Server::start(folder.path());
    let attacks = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "'-alert(1)-'",
        "</title><svg onload=alert(1)>",
        "{{7*7}}",
        "javascript:alert(1)",
    ];
    for (number, attack) in attacks.iter().enumerate() {
        let mut hostile = batch(
            &format!("{number}{attack}"),
            json!([
                event(0, "page_view"),
                { "seq": 1, "name": attack, "at": 5 },
                { "seq": 2, "name": "add_to_cart", "at": 5, "params": { attack.to_string(): attack } },
            ]),
        );
        for field in ["site", "engine", "visitor", "user"] {
            hostile[field] = json!(attack);
        }
        hostile["pages"][0]["title"] = json!(attack);
        hostile["ledger"] = json!({ "accepted": 3, "delivered": 0, "dropped": { attack.to_string(): 1 } });
        let answer = server.client.batch(&hostile);
        assert_eq!((answer.status, answer.json()["accepted"].as_u64()), (200, Some(1)), "{}", answer.text);
    }
    for attack in attacks {
        let encoded: String = attack.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let page = server.client.get(&format!("/?site={encoded}&steps={encoded}"));
        let shown = attack.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        assert!(page.text.matches(&shown).count() >= 6, "{attack} is shown as text: {}", page.text);
        for markup in ["<script", "<img src=x", "<svg onload", "onerror=alert(1)>\n", "</title><svg"] {
            assert!(!page.text.contains(markup), "{markup}");
        }
    }
}

#[test]
fn the_page_forbids_scripts_and_frames() {
    let folder = folder();
    let server = Server::start(folder.path());
    let page = server.client.get("/");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"));
    assert!(!policy.contains("unsafe") && !policy.contains("script-src"));
    assert!(!page.text.contains("style=") && !page.text.contains("<style"), "the policy would refuse inline style");
    for (path, kind) in [("/report.css", "text/css; charset=utf-8"), ("/icon.svg", "image/svg+xml")] {
        assert!(page.text.contains(path));
        assert_eq!(server.client.get(path).header("content-type"), Some(kind));
    }
}

#[test]
fn a_wrong_choice_is_refused() {
    let folder = folder();
    let server = Server::start(folder.path());
    assert_eq!(server.client.get("/?range=forever").error(), (400, "param_invalid".into()));
    assert_eq!(server.client.get("/?sites=shop").error(), (400, "param_unknown".into()));
}
