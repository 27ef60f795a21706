//! Senders that are slow or many: each limit of time and of connections holds, and others are served meanwhile.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use common::{Server, batch, event, folder};
use serde_json::json;

const SHORT: Duration = Duration::from_millis(300);

fn impatient(folder: &std::path::Path) -> Server {
    Server::start_with(folder, |options| {
        options.limits.head_wait = SHORT;
        options.limits.body_wait = SHORT;
    })
}

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.client.base.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// What the collector says until it closes the connection. One that it cut is as good as closed.
fn rest(mut stream: &TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

/// Sends a byte at a time until the collector has had enough.
fn drip(mut stream: &TcpStream) {
    let patience = Instant::now() + Duration::from_secs(30);
    while stream.write_all(b"x").is_ok() {
        assert!(Instant::now() < patience, "the connection is still open");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_half_sent_head_is_cut_off() {
    let folder = folder();
    let server = impatient(folder.path());
    let mut stream = connect(&server);
    stream.write_all(b"POST /v1/batch HTTP/1.1\r\nhost: x\r\nx-half").unwrap();
    assert_eq!(rest(&stream), "");
}

#[test]
fn a_head_that_comes_byte_by_byte_is_cut_off() {
    let folder = folder();
    let server = impatient(folder.path());
    let mut stream = connect(&server);
    stream.write_all(b"POST /v1/batch HTTP/1.1\r\nx-slow: ").unwrap();
    drip(&stream);
}

#[test]
fn a_silent_connection_is_cut_off_before_and_after_a_request() {
    let folder = folder();
    let server = impatient(folder.path());
    assert_eq!(rest(&connect(&server)), "");
    let mut stream = connect(&server);
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    assert!(rest(&stream).starts_with("HTTP/1.1 200 "));
}

#[test]
fn a_half_sent_body_is_told_and_stores_nothing() {
    let folder = folder();
    let server = impatient(folder.path());
    let body = batch("s1", json!([event(0, "page_view")])).to_string();
    let mut stream = connect(&server);
    write!(stream, "POST /v1/batch HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}", body.len() + 1).unwrap();
    let answer = rest(&stream);
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("body_slow"), "{answer}");
    assert_eq!(server.number("SELECT count(*) FROM sites"), 0);
}

#[test]
fn a_body_that_comes_byte_by_byte_is_cut_off() {
    let folder = folder();
    let server = impatient(folder.path());
    let mut stream = connect(&server);
    stream.write_all(b"POST /v1/batch HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n{").unwrap();
    drip(&stream);
    assert_eq!(server.client.get("/healthz").status, 200);
}

#[test]
fn slow_senders_do_not_hold_up_others() {
    let folder = folder();
    let server = Server::start(folder.path());
    let slow: Vec<_> = (0..200).map(|_| connect(&server)).collect();
    for (number, mut stream) in slow.iter().enumerate() {
        let part: &[u8] = if number % 2 == 0 { b"POST /v1/ba" } else { b"POST /v1/batch HTTP/1.1\r\ncontent-length: 9\r\n\r\n{" };
        stream.write_all(part).unwrap();
    }
    assert_eq!(server.client.batch(&batch("s1", json!([event(0, "page_view")]))).json()["accepted"], 1);
}

#[test]
fn connections_beyond_the_limit_wait_for_their_turn() {
    let folder = folder();
    let server = Server::start_with(folder.path(), |options| {
        options.limits.connections = 2;
        options.limits.head_wait = SHORT;
    });
    let idle: Vec<_> = (0..5).map(|_| connect(&server)).collect();
    assert_eq!(server.client.get("/healthz").status, 200);
    assert_eq!(rest(&idle[0]), "", "the first had been cut off for it");
}
