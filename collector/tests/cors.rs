//! Which origins may send, and the headers they get.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use common::{Answer, Server, batch, event, folder};
use serde_json::json;

const SHOP: &str = "https://shop.example";

fn send(server: &Server, stream: &str, origin: Option<&str>) -> Answer {
    let headers: Vec<_> = origin.map(|origin| ("origin", origin)).into_iter().collect();
    server.client.post("/v1/batch", batch(stream, json!([event(0, "page_view")])).to_string().as_bytes(), &headers)
}

fn preflight(server: &Server, origin: &str) -> Answer {
    let headers = [("origin", origin), ("access-control-request-method", "POST"), ("access-control-request-headers", "content-type")];
    server.client.send("OPTIONS", "/v1/batch", &[], &headers).unwrap()
}

fn admits(answer: &Answer) -> Option<String> {
    let origin = answer.header("access-control-allow-origin").map(String::from);
    assert_eq!(answer.header("vary"), Some("Origin"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    assert_eq!(answer.header("cross-origin-resource-policy"), Some(if origin.is_some() { "cross-origin" } else { "same-origin" }));
    assert_eq!(answer.header("access-control-expose-headers"), origin.as_ref().map(|_| "Retry-After"));
    origin
}

#[test]
fn without_a_list_any_origin_may_send_and_is_named_exactly() {
    let folder = folder();
    let server = Server::start(folder.path());
    for (number, origin) in [SHOP, "http://127.0.0.1:5000", "null"].into_iter().enumerate() {
        let answer = send(&server, &format!("s{number}"), Some(origin));
        assert_eq!((answer.status, admits(&answer).as_deref()), (200, Some(origin)));
        let answer = preflight(&server, origin);
        assert_eq!((answer.status, admits(&answer).as_deref()), (204, Some(origin)));
        assert_eq!(answer.header("access-control-allow-methods"), Some("POST"));
        assert_eq!(answer.header("access-control-allow-headers"), Some("Content-Type"));
    }
    assert_eq!(admits(&send(&server, "plain", None)), None);
}

#[test]
fn with_a_list_only_its_origins_may_send() {
    let folder = folder();
    let server = Server::start_with(folder.path(), |options| options.origins = vec![SHOP.into(), "https://www.shop.example".into()]);
    let cases = [
        (Some(SHOP), true),
        (Some("https://www.shop.example"), true),
        (None, true),
        (Some("https://evil.example"), false),
        (Some("https://shop.example.evil.example"), false),
        (Some("http://shop.example"), false),
        (Some("https://shop.example:8443"), false),
        (Some("HTTPS://SHOP.EXAMPLE"), false),
        (Some("null"), false),
    ];
    for (number, (origin, admitted)) in cases.into_iter().enumerate() {
        let answer = send(&server, &format!("s{number}"), origin);
        assert_eq!(admits(&answer).as_deref(), origin.filter(|_| admitted), "{origin:?}");
        if admitted {
            assert_eq!(answer.status, 200, "{origin:?}");
        } else {
            assert_eq!(answer.error(), (403, "origin_refused".into()), "{origin:?}");
        }
        if let Some(origin) = origin {
            let answer = preflight(&server, origin);
            assert_eq!(answer.status, if admitted { 204 } else { 403 }, "{origin:?}");
            assert_eq!(admits(&answer).as_deref(), Some(origin).filter(|_| admitted), "{origin:?}");
        }
    }
    assert_eq!(server.number("SELECT count(*) FROM events"), 3, "what was refused is not stored");
}

#[test]
fn errors_can_be_read_by_the_page_too() {
    let folder = folder();
    let server = Server::start(folder.path());
    let answer = server.client.post("/v1/batch", b"{", &[("origin", SHOP)]);
    assert_eq!((answer.status, admits(&answer).as_deref()), (400, Some(SHOP)));
    let answer = server.client.send("PUT", "/v1/batch", b"{}", &[("origin", SHOP)]).unwrap();
    assert_eq!(answer.error(), (405, "method_not_allowed".into()));
    assert_eq!(admits(&answer).as_deref(), Some(SHOP));
}

#[test]
fn reports_and_the_page_are_not_readable_by_other_origins() {
    let folder = folder();
    let server = Server::start(folder.path());
    for path in [
        "/",
        "/healthz",
        "/api/report/funnel?site=shop",
        "/api/report/events?site=shop",
        "/api/report/rejected?site=shop",
        "/api/report/delivery?site=shop",
    ] {
        let answer = server.client.send("GET", path, &[], &[("origin", SHOP)]).unwrap();
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, None), "{path}");
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
}
