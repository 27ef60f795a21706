//! Options of `milepost-collector serve`, their defaults, and how the command line is read.

use std::path::PathBuf;
use std::time::Duration;

use lexopt::{Arg, ValueExt};

/// What `--help` prints.
pub const USAGE: &str = "\
Takes Milepost batches, keeps them in an embedded database, reports the funnel.

Usage: milepost-collector serve [OPTIONS]

Options:
  --listen ADDRESS       where to listen [127.0.0.1:8787]; port 0 picks a free one
  --data DIR             folder of the database [milepost-data]
  --assets DIR           folder of the tracker's own files, to serve /milepost.js and its siblings
  --allow-origin ORIGIN  take batches only from pages of this origin; may be repeated [any origin]
  --drain-notice SECONDS once asked to stop, keep the port open for so long while /readyz says 503 [1]
  --max-database-mib N   refuse events once the database has this size [as large as the disk]
  -h, --help             print this
  -V, --version          print the version
";

/// What the command line asks for.
#[derive(Debug)]
pub enum Command {
    /// Run the collector.
    Serve(Box<Options>),
    /// Print the usage.
    Help,
    /// Print the version.
    Version,
}

/// How a collector is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// Address and port.
    pub listen: String,
    /// Folder of the database.
    pub data: PathBuf,
    /// Folder of the tracker's own files.
    pub assets: Option<PathBuf>,
    /// Origins that may send; empty means any.
    pub origins: Vec<String>,
    /// Bounds on everything a sender could make large or slow.
    pub limits: Limits,
}

/// Bounds on sizes, counts and times. The command line sets only the database's size and the notice before a stop.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of a body as it arrives.
    pub encoded_bytes: usize,
    /// Bytes of a body once unpacked.
    pub decoded_bytes: usize,
    /// Bytes of bodies that may wait to be decoded and for the disk.
    pub queue_bytes: usize,
    /// Events after which a commit gathers no more.
    pub group_events: usize,
    /// Time after which a commit gathers no more.
    pub group_wait: Duration,
    /// How long a commit waits for another process's lock on the database.
    pub busy_wait: Duration,
    /// Time for a request's head to arrive, and for a kept connection to be silent.
    pub head_wait: Duration,
    /// Time for a request's body to arrive.
    pub body_wait: Duration,
    /// Time between being asked to stop and closing the port, in which `/readyz` says so.
    pub drain_notice: Duration,
    /// Time for open requests to finish and for what is queued to be written, once the port is closed.
    pub drain_wait: Duration,
    /// Connections open at once.
    pub connections: usize,
    /// Bodies being unpacked and decoded at once.
    pub decoders: usize,
    /// Reports being computed at once.
    pub reports: usize,
    /// Largest database in pages of 4 KiB.
    pub database_pages: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self { listen: "127.0.0.1:8787".into(), data: "milepost-data".into(), assets: None, origins: Vec::new(), limits: Limits::default() }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            encoded_bytes: 256 * 1024,
            decoded_bytes: 1024 * 1024,
            queue_bytes: 4 * 1024 * 1024,
            group_events: 500,
            group_wait: Duration::from_millis(5),
            busy_wait: Duration::from_secs(2),
            head_wait: Duration::from_secs(10),
            body_wait: Duration::from_secs(10),
            drain_notice: Duration::from_secs(1),
            drain_wait: Duration::from_secs(9),
            connections: 1024,
            decoders: 8,
            reports: 2,
            database_pages: None,
        }
    }
}

/// Reads the arguments after the program's name.
///
/// # Errors
/// With a sentence for the person at the terminal.
pub fn parse<I>(arguments: I) -> Result<Command, lexopt::Error>
where
    I: IntoIterator,
    I::Item: Into<std::ffi::OsString>,
{
    let mut parser = lexopt::Parser::from_args(arguments);
    let mut options = Options::default();
    let mut serve = false;
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok(Command::Help),
            Arg::Short('V') | Arg::Long("version") => return Ok(Command::Version),
            Arg::Value(word) if !serve && word == "serve" => serve = true,
            Arg::Long("listen") => options.listen = parser.value()?.string()?,
            Arg::Long("data") => options.data = parser.value()?.into(),
            Arg::Long("assets") => options.assets = Some(parser.value()?.into()),
            Arg::Long("allow-origin") => options.origins.push(origin(&parser.value()?.string()?)?),
            Arg::Long("drain-notice") => options.limits.drain_notice = seconds(parser.value()?.parse()?)?,
            Arg::Long("max-database-mib") => options.limits.database_pages = Some(pages(parser.value()?.parse()?)?),
            other => return Err(other.unexpected()),
        }
    }
    if serve { Ok(Command::Serve(Box::new(options))) } else { Err("say what to do: `milepost-collector serve`".into()) }
}

/// An origin is compared byte by byte with what browsers send: scheme and host in lower case, no path.
fn origin(text: &str) -> Result<String, lexopt::Error> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    let plain = !host.is_empty() && !host.contains(['/', '?', '#', '@', '*']) && text.to_ascii_lowercase() == text;
    if plain || text == "null" {
        Ok(text.into())
    } else {
        Err(format!("--allow-origin takes an origin like https://shop.example, not {text:?}").into())
    }
}

fn seconds(number: u64) -> Result<Duration, lexopt::Error> {
    if number <= 3600 { Ok(Duration::from_secs(number)) } else { Err("--drain-notice takes 0 to 3600".into()) }
}

fn pages(mib: u32) -> Result<u32, lexopt::Error> {
    mib.checked_mul(256).filter(|pages| *pages > 0).ok_or_else(|| "--max-database-mib takes 1 to 16777215".into())
}
