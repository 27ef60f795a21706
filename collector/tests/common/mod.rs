//! What the tests share: a collector on a free loopback port, a client for it, and batches to send.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]
#![allow(dead_code, clippy::allow_attributes, reason = "each test file uses its own part of this")]

#[cfg(unix)]
pub(crate) mod process;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;

use milepost_collector::{Collector, Config, Options, Secret, database_file};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;
use ureq::Agent;
use ureq::http::{Request, Response};

/// A collector in this process, stopped in good order when dropped.
pub(crate) struct Server {
    pub(crate) client: Client,
    pub(crate) data: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Sends requests to one collector; any status is an answer.
#[derive(Clone)]
pub(crate) struct Client {
    agent: Agent,
    pub(crate) base: String,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) text: String,
    head: ureq::http::HeaderMap,
}

impl Server {
    /// Starts with the default options on a folder of the caller's.
    pub(crate) fn start(data: &Path) -> Self {
        Self::start_with(data, |_| {})
    }

    /// Starts with options that `change` has adapted.
    pub(crate) fn start_with(data: &Path, change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options { listen: "127.0.0.1:0".into(), data: data.to_owned(), ..Options::default() };
        options.limits.drain_notice = Duration::ZERO;
        change(&mut options);
        let (stop, stopped) = oneshot::channel::<()>();
        let (started, address) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(async {
                let collector = Collector::bind(options).await.unwrap();
                started.send(collector.address()).unwrap();
                collector.serve(async { drop(stopped.await) }).await;
            });
        });
        let client = Client::new(&format!("http://{}", address.recv().unwrap()));
        Self { client, data: data.to_owned(), stop: Some(stop), thread: Some(thread) }
    }

    /// A second connection to the database, as another process would open it.
    pub(crate) fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(database_file(&self.data)).unwrap()
    }

    /// The single number that a query of the database answers.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        self.database().query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the collector panicked");
        }
    }
}

impl Client {
    pub(crate) fn new(base: &str) -> Self {
        let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(20)));
        Self { agent: Agent::new_with_config(config.build()), base: base.into() }
    }

    pub(crate) fn batch(&self, batch: &Value) -> Answer {
        self.post("/v1/batch", batch.to_string().as_bytes(), &[])
    }

    pub(crate) fn post(&self, path: &str, body: &[u8], headers: &[(&str, &str)]) -> Answer {
        self.send("POST", path, body, headers).unwrap()
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], &[]).unwrap()
    }

    pub(crate) fn send(&self, method: &str, path: &str, body: &[u8], headers: &[(&str, &str)]) -> Result<Answer, ureq::Error> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = if body.is_empty() {
            self.agent.run(request.body(()).unwrap())?
        } else {
            self.agent.run(request.header("content-type", "text/plain;charset=UTF-8").body(body).unwrap())?
        };
        Answer::read(answer)
    }
}

impl Answer {
    fn read(response: Response<ureq::Body>) -> Result<Self, ureq::Error> {
        let (head, mut body) = response.into_parts();
        let text = body.with_config().lossy_utf8(true).read_to_string()?;
        Ok(Self { status: head.status.as_u16(), text, head: head.headers })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.get(name).and_then(|value| value.to_str().ok())
    }

    /// Status and error code.
    pub(crate) fn error(&self) -> (u16, String) {
        (self.status, self.json()["error"]["code"].as_str().unwrap_or_default().to_owned())
    }
}

/// The time by a clock that is right.
pub(crate) fn now_ms() -> u64 {
    u64::try_from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// A batch of the site `shop` in a session and by a visitor named after its stream.
pub(crate) fn batch(stream: &str, events: Value) -> Value {
    json!({
        "v": 1, "site": "shop", "stream": stream, "sent_at": now_ms(), "engine": "wasm",
        "visitor": format!("visitor-of-{stream}"),
        "session": { "id": format!("session-of-{stream}"), "number": 1, "started_at": 1_763_752_000_000_u64, "landing": "https://shop.example/" },
        "consent": { "analytics": "granted", "marketing": "unknown", "functional": "unknown", "source": "api", "at": 1_763_752_000_500_u64 },
        "ledger": { "accepted": 1, "delivered": 0 },
        "pages": [{ "id": 0, "url": "https://shop.example/p/1", "title": "Mug" }],
        "events": events,
    })
}

/// An event with the least its name needs.
pub(crate) fn event(seq: u64, name: &str) -> Value {
    let params = match name {
        "view_item" | "add_to_cart" | "begin_checkout" | "add_shipping_info" | "add_payment_info" => {
            json!({ "items": [{ "item_id": "sku-1" }] })
        }
        _ => json!({}),
    };
    json!({ "seq": seq, "name": name, "at": 1_763_752_001_000_u64.saturating_add(seq), "page": 0, "params": params })
}

/// An event that the schema refuses: a value without a currency.
pub(crate) fn broken(seq: u64) -> Value {
    json!({ "seq": seq, "name": "add_to_cart", "at": 1_763_752_001_000_u64, "page": 0, "params": { "value": 5, "items": [{ "item_id": "sku-1" }] } })
}

/// The identities of all events in the database of `data`.
pub(crate) fn stored(data: &Path) -> HashSet<(String, u64)> {
    let database = rusqlite::Connection::open(database_file(data)).unwrap();
    let mut rows = database.prepare("SELECT streams.name, events.seq FROM events JOIN streams ON streams.id = events.stream").unwrap();
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// How much the randomised tests do: as a rule little enough for every run, with `MILEPOST_NIGHTLY=1` more.
pub(crate) fn usually_or_nightly<T>(usually: T, nightly: T) -> T {
    if std::env::var("MILEPOST_NIGHTLY").is_ok_and(|asked| asked == "1") { nightly } else { usually }
}

/// A folder that goes away with the test.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

const TOKEN: &str = "a token for the tests";

/// A collector with a token.
pub(crate) fn with_token(data: &Path) -> Server {
    configured(data, "")
}

/// A collector with a token and a configuration file's text.
pub(crate) fn configured(data: &Path, text: &str) -> Server {
    Server::start_with(data, |options| {
        let config = Config::parse(text).unwrap();
        options.token = Some(Secret::new(TOKEN).unwrap());
        options.trusted_proxies = config.trusted_proxies;
        options.sites = config.sites;
    })
}

/// The head of a request that has the token.
pub(crate) fn bearer() -> (&'static str, &'static str) {
    ("authorization", "Bearer a token for the tests")
}

/// Every byte of every file of a collector.
pub(crate) fn bytes(data: &Path) -> Vec<u8> {
    let files = std::fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path());
    files.flat_map(|file| std::fs::read(file).unwrap()).collect()
}

/// Whether a text is anywhere in some bytes.
pub(crate) fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
