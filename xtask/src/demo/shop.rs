//! Serves the example shop's files on a loopback port, and tells its pages where the collector is.
//! Not here: anything that a real shop's server would do; the shop keeps its state in the browser.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::net::TcpListener;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use serde_json::json;
use tiny_http::{Header, Method, Request, Response, Server, StatusCode};

use super::range::{Part, part};
use crate::failure::{Context, Outcome};
use crate::say;

/// Starts serving for the rest of the process, and returns the shop's address.
/// It is under `localhost` while the collector is under 127.0.0.1: two sites to a browser, as in real life.
pub(crate) fn serve(folder: PathBuf, listener: TcpListener, collector: &str) -> Outcome<String> {
    let port = listener.local_addr()?.port();
    let server = Server::from_listener(listener, None).context("serving the shop")?;
    let site = Arc::new(Site { folder, settings: format!("window.SHOP={};\n", json!({ "collector": collector })) });
    std::thread::spawn(move || {
        // A thread each: a browser that pauses a video stops reading, and holds its answer for as long as it likes.
        for request in server.incoming_requests() {
            let site = Arc::clone(&site);
            std::thread::spawn(move || {
                if let Err(error) = site.answer(request) {
                    say::note(&format!("shop: {error}"));
                }
            });
        }
    });
    Ok(format!("http://localhost:{port}"))
}

struct Site {
    folder: PathBuf,
    settings: String,
}

impl Site {
    fn answer(&self, request: Request) -> Outcome {
        let path = request.url().split(['?', '#']).next().unwrap_or_default().to_owned();
        if !matches!(request.method(), Method::Get | Method::Head) {
            return send(request, Response::empty(405));
        }
        if path == "/config.js" {
            let settings = Response::from_string(self.settings.as_str());
            return send(request, settings.with_header(header("Content-Type", "text/javascript; charset=utf-8")?));
        }
        match self.file(&path).and_then(|path| Some((File::open(&path).ok()?, path))) {
            Some((file, path)) => send_file(request, file, content_type(&path)),
            None => send(request, Response::from_string("not found\n").with_status_code(404)),
        }
    }

    /// The file that a path names; never one outside the shop's folder.
    fn file(&self, path: &str) -> Option<PathBuf> {
        let relative = Path::new(path.trim_start_matches('/'));
        let inside = relative.components().all(|part| matches!(part, Component::Normal(_)));
        let mut file = self.folder.join(relative);
        if file.is_dir() {
            file.push("index.html");
        }
        (inside && file.is_file()).then_some(file)
    }
}

fn send_file(request: Request, mut file: File, content_type: &str) -> Outcome {
    let length = file.metadata()?.len();
    let asked = request.headers().iter().find(|header| header.field.equiv("Range")).map(|header| header.value.as_str());
    let (status, first, size, range) = match part(asked, length) {
        Part::Whole => (200, 0, length, None),
        Part::Bytes(first, last) => (206, first, last - first + 1, Some(format!("bytes {first}-{last}/{length}"))),
        Part::Outside => {
            let range = header("Content-Range", &format!("bytes */{length}"))?;
            return send(request, Response::empty(416).with_header(range));
        }
    };
    file.seek(SeekFrom::Start(first))?;
    let mut headers = vec![header("Content-Type", content_type)?, header("Accept-Ranges", "bytes")?];
    if let Some(range) = range {
        headers.push(header("Content-Range", &range)?);
    }
    let body = file.take(size);
    send(request, Response::new(StatusCode(status), headers, body, usize::try_from(size).ok(), None))
}

fn send<R: Read>(request: Request, response: Response<R>) -> Outcome {
    let response = response.with_header(header("Cache-Control", "no-cache")?).with_chunked_threshold(usize::MAX);
    // A browser that seeks or leaves hangs up in the middle; nobody is there to be told.
    let _ = request.respond(response);
    Ok(())
}

fn header(name: &str, value: &str) -> Outcome<Header> {
    Header::from_bytes(name, value).map_err(|()| crate::failure::Failure::new(format!("{name}: {value} is no header")))
}

fn content_type(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("webp") => "image/webp",
        Some("mp4") => "video/mp4",
        Some("webm") => "video/webm",
        Some("mp3") => "audio/mpeg",
        Some("ogg") => "audio/ogg",
        Some("vtt") => "text/vtt; charset=utf-8",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(address: &str, range: Option<&str>) -> (u16, String) {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        let mut request = agent.get(address);
        if let Some(range) = range {
            request = request.header("Range", range);
        }
        let mut response = request.call().unwrap();
        (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
    }

    #[test]
    fn a_shop_serves_its_files_parts_of_them_and_nothing_else() {
        let folder = std::env::temp_dir().join(format!("milepost-shop-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("public")).unwrap();
        std::fs::write(folder.join("secret.txt"), "secret").unwrap();
        std::fs::write(folder.join("public/index.html"), "0123456789").unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let shop = serve(folder.join("public"), listener, "http://127.0.0.1:1").unwrap();
        let shop = shop.replace("localhost", "127.0.0.1");
        assert_eq!(get(&format!("{shop}/?utm_source=x"), None), (200, "0123456789".into()));
        assert_eq!(get(&format!("{shop}/index.html"), Some("bytes=2-4")), (206, "234".into()));
        assert_eq!(get(&format!("{shop}/index.html"), Some("bytes=10-")), (416, String::new()));
        let settings = "window.SHOP={\"collector\":\"http://127.0.0.1:1\"};\n";
        assert_eq!(get(&format!("{shop}/config.js"), None), (200, settings.into()));
        assert_eq!(get(&format!("{shop}/missing.html"), None).0, 404);
        let site = Site { folder: folder.join("public"), settings: String::new() };
        assert_eq!(site.file("/../secret.txt"), None);
        assert_eq!(site.file("/index.html"), Some(folder.join("public/index.html")));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
