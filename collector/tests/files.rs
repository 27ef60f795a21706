//! The tracker's own files, and unknown paths.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use common::{Server, folder};

#[test]
fn the_trackers_files_are_served_with_their_types_and_validators() {
    let (folder, dist) = (folder(), folder());
    for (name, text) in [
        ("milepost.js", "script()"),
        ("consent.js", "signals()"),
        ("milepost.wasm", "\0asm"),
        ("stub.js", "stub()"),
        ("early-stub.js", "early()"),
        ("index.js", "export {}"),
        ("secret.txt", "no"),
    ] {
        std::fs::write(dist.path().join(name), text).unwrap();
    }
    let server = Server::start_with(folder.path(), |options| options.assets = Some(dist.path().into()));
    for (path, kind, text) in [
        ("/milepost.js", "text/javascript; charset=utf-8", "script()"),
        ("/consent.js", "text/javascript; charset=utf-8", "signals()"),
        ("/milepost.wasm", "application/wasm", "\0asm"),
        ("/stub.js", "text/javascript; charset=utf-8", "stub()"),
        ("/early-stub.js", "text/javascript; charset=utf-8", "early()"),
        ("/index.js", "text/javascript; charset=utf-8", "export {}"),
    ] {
        let answer = server.client.get(path);
        assert_eq!((answer.status, answer.text.as_str(), answer.header("content-type")), (200, text, Some(kind)), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert!(answer.header("cache-control").unwrap().contains("max-age="));
        let tag = answer.header("etag").unwrap();
        let again = server.client.send("GET", path, &[], &[("if-none-match", tag)]).unwrap();
        assert_eq!((again.status, again.text.as_str(), again.header("etag")), (304, "", Some(tag)), "{path}");
    }
    for path in ["/secret.txt", "/../secret.txt", "/%2e%2e/milepost.js", "/milepost.js/", "/milepost.js%00", "/..%5csecret.txt"] {
        assert_eq!(server.client.get(path).error(), (404, "not_found".into()), "{path}");
    }
}

#[test]
fn a_file_that_changed_is_served_anew_and_packed_on_request() {
    let (folder, dist) = (folder(), folder());
    let file = dist.path().join("milepost.js");
    std::fs::write(&file, "first").unwrap();
    let server = Server::start_with(folder.path(), |options| options.assets = Some(dist.path().into()));
    let first = server.client.get("/milepost.js");
    std::fs::write(&file, "second version").unwrap();
    let second = server.client.get("/milepost.js");
    assert_eq!((first.text.as_str(), second.text.as_str()), ("first", "second version"));
    assert_ne!(first.header("etag"), second.header("etag"));
    let raw = |accept: &str| {
        exchange(&server, &format!("GET /milepost.js HTTP/1.1\r\nhost: x\r\naccept-encoding: {accept}\r\nconnection: close\r\n\r\n"))
    };
    let packed = raw("br, gzip;q=0.8");
    let text = String::from_utf8_lossy(&packed);
    assert!(text.contains("content-encoding: gzip") && !text.contains("second version"), "{text}");
    assert!(String::from_utf8_lossy(&raw("gzip;q=0")).contains("second version"));
}

#[test]
fn a_file_that_is_not_there_is_explained() {
    let (folder, dist) = (folder(), folder());
    let server = Server::start(folder.path());
    let answer = server.client.get("/milepost.js");
    assert_eq!(answer.status, 404);
    assert!(answer.text.contains("without --assets"), "{}", answer.text);
    let second = common::folder();
    let server = Server::start_with(second.path(), |options| options.assets = Some(dist.path().into()));
    let answer = server.client.get("/milepost.wasm");
    assert_eq!(answer.status, 404);
    assert!(answer.text.contains("milepost.wasm isn't in the folder"), "{}", answer.text);
}

#[test]
fn unknown_paths_and_methods_get_a_code() {
    let folder = folder();
    let server = Server::start(folder.path());
    assert_eq!(server.client.get("/nothing").error(), (404, "not_found".into()));
    assert_eq!(server.client.get("/v1/batch").error(), (405, "method_not_allowed".into()));
    assert_eq!(server.client.post("/api/report/funnel", b"{}", &[]).error(), (405, "method_not_allowed".into()));
    assert_eq!(server.client.get("/healthz").json()["status"], "ok");
    assert_eq!(server.client.get("/nothing").header("x-content-type-options"), Some("nosniff"));
}

/// Sends bytes, and reads until the collector closes the connection.
fn exchange(server: &Server, request: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(server.client.base.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}
