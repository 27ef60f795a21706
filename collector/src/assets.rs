//! Serves the tracker's own files for first-party hosting. The list of names is fixed, so no request can name
//! another file; nothing is served from a path that a client sent.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::refusal::Refusal;

const SCRIPT: &str = "text/javascript; charset=utf-8";
const WASM: &str = "application/wasm";
const JSON: &str = "application/json";

/// Every file that may be served, with its media type.
pub(crate) const NAMES: [(&str, &str); 12] = [
    ("milepost.js", SCRIPT),
    ("consent.js", SCRIPT),
    ("milepost.wasm", WASM),
    ("stub.js", SCRIPT),
    ("early-stub.js", SCRIPT),
    ("index.js", SCRIPT),
    ("lean.js", SCRIPT),
    ("fallback.js", SCRIPT),
    ("milepost.fallback.js", SCRIPT),
    ("milepost.js.map", JSON),
    ("index.js.map", JSON),
    ("lean.js.map", JSON),
];

/// A page asks again after ten minutes, and may use what it has for a day while it asks.
const CACHE: &str = "public, max-age=600, stale-while-revalidate=86400";

/// The folder, and its files as they were read last.
#[derive(Debug)]
pub(crate) struct Assets {
    folder: Option<PathBuf>,
    loaded: Mutex<HashMap<&'static str, Arc<Asset>>>,
}

#[derive(Debug)]
struct Asset {
    modified: SystemTime,
    length: u64,
    plain: Bytes,
    gzip: Bytes,
    tag: String,
}

impl Assets {
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, loaded: Mutex::default() }
    }

    /// Answers a request for one of [`NAMES`]. Blocks while it reads a file that is new or has changed.
    pub(crate) fn answer(&self, name: &'static str, kind: &'static str, request: &HeaderMap) -> Response {
        let Some(folder) = &self.folder else {
            return Refusal::NotFound(format!("{name} isn't served: this collector was started without --assets").into()).into_response();
        };
        match self.load(folder.join(name), name) {
            Ok(asset) => asset.answer(kind, request),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Refusal::NotFound(format!("{name} isn't in the folder that --assets names").into()).into_response()
            }
            Err(error) => {
                tracing::error!(name, %error, "asset not readable");
                Refusal::Internal.into_response()
            }
        }
    }

    /// The text of one of [`NAMES`], where it is to be had.
    pub(crate) fn text(&self, name: &'static str) -> Option<String> {
        let asset = self.load(self.folder.as_ref()?.join(name), name).ok()?;
        String::from_utf8(asset.plain.to_vec()).ok()
    }

    /// A file is read and packed once, and again when its time or length has changed.
    fn load(&self, path: PathBuf, name: &'static str) -> io::Result<Arc<Asset>> {
        let metadata = std::fs::metadata(&path)?;
        let modified = metadata.modified()?;
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(asset) = loaded.get(name).filter(|asset| asset.modified == modified && asset.length == metadata.len()) {
            return Ok(Arc::clone(asset));
        }
        let asset = Arc::new(Asset::new(std::fs::read(path)?, modified, metadata.len())?);
        loaded.insert(name, Arc::clone(&asset));
        Ok(asset)
    }
}

impl Asset {
    fn new(plain: Vec<u8>, modified: SystemTime, length: u64) -> io::Result<Self> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&plain)?;
        let tag = Sha256::digest(&plain).iter().take(12).fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        Ok(Self { modified, length, gzip: encoder.finish()?.into(), plain: plain.into(), tag })
    }

    fn answer(&self, kind: &'static str, request: &HeaderMap) -> Response {
        let packed = lists(request, header::ACCEPT_ENCODING, |token| token == "gzip");
        let tag = if packed { format!("\"{}-gzip\"", self.tag) } else { format!("\"{}\"", self.tag) };
        let known = lists(request, header::IF_NONE_MATCH, |token| token == "*" || token.trim_start_matches("W/") == tag);
        let mut response = match (known, packed) {
            (true, _) => StatusCode::NOT_MODIFIED.into_response(),
            (false, true) => ([(header::CONTENT_ENCODING, "gzip")], self.gzip.clone()).into_response(),
            (false, false) => self.plain.clone().into_response(),
        };
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE));
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        // Public files, the same for everyone: `crossorigin` and module scripts on other sites need this.
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
        if let Ok(tag) = HeaderValue::try_from(tag) {
            headers.insert(header::ETAG, tag);
        }
        response
    }
}

/// Whether a comma-separated request header has a token that `wanted` takes; a quality of 0 means not wanted.
fn lists(request: &HeaderMap, name: header::HeaderName, wanted: impl Fn(&str) -> bool) -> bool {
    request.get_all(name).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(|token| {
        let (token, quality) = token.split_once(';').unwrap_or((token, ""));
        let unwanted = quality.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0));
        wanted(token.trim()) && !unwanted
    })
}
