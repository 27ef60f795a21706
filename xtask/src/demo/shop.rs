//! Serves the example shop's files on a loopback port, and tells its pages where the collector is.
//! Not here: anything that a real shop's server would do; the shop keeps its state in the browser.

use std::net::TcpListener;
use std::path::PathBuf;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use tower_http::services::ServeDir;

use crate::failure::{Context, Outcome};
use crate::say;

const SCRIPT: HeaderValue = HeaderValue::from_static("text/javascript; charset=utf-8");

/// Starts serving for the rest of the process, and returns the shop's address.
/// It is under `localhost` while the collector is under 127.0.0.1: two sites to a browser, as in real life.
pub(crate) fn serve(folder: PathBuf, listener: TcpListener, collector: &str) -> Outcome<String> {
    let port = listener.local_addr()?.port();
    listener.set_nonblocking(true)?;
    let settings = format!("window.SHOP={};\n", json!({ "collector": collector }));
    let site = Router::new()
        .route("/config.js", get(async || ([(header::CONTENT_TYPE, SCRIPT)], settings)))
        .fallback_service(ServeDir::new(folder))
        .layer(map_response(for_today));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().context("serving the shop")?;
    std::thread::spawn(move || {
        let served = runtime.block_on(async { axum::serve(tokio::net::TcpListener::from_std(listener)?, site).await });
        if let Err(error) = served {
            say::note(&format!("shop: {error}"));
        }
    });
    Ok(format!("http://localhost:{port}"))
}

/// Someone edits the shop while it is served: a browser asks each time. What is text is UTF-8.
async fn for_today(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).filter(|kind| kind.starts_with("text/"));
    if let Some(kind) = kind.filter(|kind| !kind.contains("charset")).and_then(|kind| format!("{kind}; charset=utf-8").parse().ok()) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    response
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::path::Path;
    use std::time::Duration;

    use super::*;

    struct Shop {
        address: std::net::SocketAddr,
    }

    impl Shop {
        fn open(folder: &Path) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            serve(folder.to_owned(), listener, "http://127.0.0.1:1").unwrap();
            Self { address }
        }

        /// Sends the lines as they are, paths that climb out included, and reads the whole answer.
        fn ask(&self, line: &str, range: &str) -> String {
            let mut connection = TcpStream::connect(self.address).unwrap();
            write!(connection, "{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{range}\r\n").unwrap();
            let mut answer = String::new();
            connection.read_to_string(&mut answer).unwrap();
            answer
        }

        fn check(&self, line: &str, range: &str, status: u16, headers: &[&str], body: &str) {
            let answer = self.ask(line, range);
            let (head, text) = answer.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{line} {range}: {head}");
            assert_eq!(text, body, "{line} {range}");
            for header in headers.iter().chain(&["cache-control: no-cache"]) {
                assert!(head.contains(header), "{line} {range} without {header}: {head}");
            }
        }
    }

    #[test]
    fn a_shop_serves_its_files_parts_of_them_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let public = folder.path().join("public");
        std::fs::create_dir_all(public.join("products")).unwrap();
        std::fs::write(folder.path().join("secret.txt"), "secret").unwrap();
        std::fs::write(public.join("index.html"), "0123456789").unwrap();
        std::fs::write(public.join("products/index.html"), "mugs").unwrap();
        std::fs::write(public.join("film.webm"), "moving").unwrap();
        let shop = Shop::open(&public);
        let page = "content-type: text/html; charset=utf-8";
        shop.check("GET /?utm_source=x", "", 200, &[page, "accept-ranges: bytes"], "0123456789");
        shop.check("HEAD /index.html", "", 200, &[page, "content-length: 10"], "");
        shop.check("GET /products/", "", 200, &[page], "mugs");
        shop.check("GET /film.webm", "", 200, &["content-type: video/webm"], "moving");
        shop.check("GET /index.html", "Range: bytes=2-4\r\n", 206, &["content-range: bytes 2-4/10"], "234");
        shop.check("GET /index.html", "Range: bytes=8-\r\n", 206, &["content-range: bytes 8-9/10"], "89");
        shop.check("GET /index.html", "Range: bytes=10-\r\n", 416, &["content-range: bytes */10"], "");
        let settings = "window.SHOP={\"collector\":\"http://127.0.0.1:1\"};\n";
        shop.check("GET /config.js?x", "", 200, &["content-type: text/javascript; charset=utf-8"], settings);
        shop.check("POST /config.js", "", 405, &[], "");
        shop.check("POST /index.html", "", 405, &[], "");
        for outside in ["/missing.html", "/../secret.txt", "/%2e%2e/secret.txt", "/products/..%2f..%2fsecret.txt", "//secret.txt"] {
            shop.check(&format!("GET {outside}"), "", 404, &[], "");
        }
    }

    /// Four browsers that start at once, with six connections each, all of them kept open.
    #[test]
    fn every_one_of_many_connections_is_answered_within_a_second() {
        let folder = tempfile::tempdir().unwrap();
        let shop = Shop::open(folder.path());
        let mut open: Vec<_> = (0..24).map(|_| TcpStream::connect(shop.address).unwrap()).collect();
        for connection in &mut open {
            write!(connection, "GET /config.js HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
            connection.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
        }
        let mut start = [0; 15];
        let answers = open.iter_mut().map(|connection| connection.read_exact(&mut start).is_ok() && &start == b"HTTP/1.1 200 OK");
        assert_eq!(answers.filter(|good| *good).count(), 24);
    }
}
