//! Options of `milepost-collector serve`, their defaults, and how the command line is read.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use lexopt::{Arg, ValueExt};

use crate::config::{Config, Sites};
use crate::secret::Secret;

/// What `--help` prints.
pub const USAGE: &str = "\
Takes Milepost batches, keeps them in an embedded database, reports the funnel.

Usage: milepost-collector serve [OPTIONS]
       milepost-collector prune [OPTIONS]   remove what is older than sites keep it, and end

Options:
  --listen ADDRESS       where to listen [127.0.0.1:8787]; port 0 picks a free one
  --data DIR             folder of the database [milepost-data]
  --assets DIR           folder of the tracker's own files, to serve /milepost.js and its siblings
  --allow-origin ORIGIN  take batches only from pages of this origin; may be repeated [any origin]
  --drain-notice SECONDS once asked to stop, keep the port open for so long while /readyz says 503 [1]
  --config FILE          settings of sites, trusted proxies, origins
  --retention-days N     remove events after so many days, where the file says nothing else [never]
  --token-file FILE      guard reports with the token in this file; also MILEPOST_TOKEN [open, but no erasure or export]
  --count-headless       count browsers without a window as people, for tests [they count as bots]
  --max-database-mib N   refuse events once the database has this size [as large as the disk]
  -h, --help             print this
  -V, --version          print the version
";

/// What the command line asks for.
#[derive(Debug)]
pub enum Command {
    /// Run the collector.
    Serve(Box<Options>),
    /// Remove what is older than sites keep it.
    Prune(Box<Options>),
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
    /// Settings by site.
    pub sites: Sites,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// What guards reports, export and erasure.
    pub token: Option<Secret>,
    /// Whether browsers without a window count as people.
    pub count_headless: bool,
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
        Self {
            listen: "127.0.0.1:8787".into(),
            data: "milepost-data".into(),
            assets: None,
            origins: Vec::new(),
            sites: Sites::default(),
            trusted_proxies: Vec::new(),
            token: None,
            count_headless: false,
            limits: Limits::default(),
        }
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
    let (mut word, mut days) = (None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => return Ok(Command::Help),
            Arg::Short('V') | Arg::Long("version") => return Ok(Command::Version),
            Arg::Value(given) if word.is_none() && (given == "serve" || given == "prune") => word = given.into_string().ok(),
            Arg::Long("listen") => options.listen = parser.value()?.string()?,
            Arg::Long("data") => options.data = parser.value()?.into(),
            Arg::Long("assets") => options.assets = Some(parser.value()?.into()),
            Arg::Long("allow-origin") => options.origins.push(origin(&parser.value()?.string()?)?),
            Arg::Long("config") => configure(&mut options, &PathBuf::from(parser.value()?))?,
            Arg::Long("retention-days") => days = Some(retention(parser.value()?.parse()?)?),
            Arg::Long("token-file") => options.token = Some(token(&PathBuf::from(parser.value()?))?),
            Arg::Long("count-headless") => options.count_headless = true,
            Arg::Long("drain-notice") => options.limits.drain_notice = seconds(parser.value()?.parse()?)?,
            Arg::Long("max-database-mib") => options.limits.database_pages = Some(pages(parser.value()?.parse()?)?),
            other => return Err(other.unexpected()),
        }
    }
    options.sites.retention_days = days.or(options.sites.retention_days);
    match word.as_deref() {
        Some("serve") => Ok(Command::Serve(Box::new(options))),
        Some(_) => Ok(Command::Prune(Box::new(options))),
        None => Err("say what to do: `milepost-collector serve` or `milepost-collector prune`".into()),
    }
}

/// Whether a text is an origin as browsers send it, with which it is compared byte by byte: scheme and host in lower
/// case, no path.
pub(crate) fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    let plain = !host.is_empty() && !host.contains(['/', '?', '#', '@', '*']) && text.to_ascii_lowercase() == text;
    plain || text == "null"
}

fn configure(options: &mut Options, path: &Path) -> Result<(), lexopt::Error> {
    let config = Config::read(path).map_err(|problems| {
        let lines = problems.iter().fold(String::from("--config:"), |text, problem| format!("{text}\n  {problem}"));
        lexopt::Error::from(lines)
    })?;
    options.sites = config.sites;
    options.trusted_proxies = config.trusted_proxies;
    options.origins.extend(config.allow_origins);
    Ok(())
}

fn token(path: &Path) -> Result<Secret, lexopt::Error> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("--token-file: {}: {error}", path.display()))?;
    Secret::new(&text).map_err(|why| format!("--token-file: the token {why}").into())
}

fn retention(days: u32) -> Result<u32, lexopt::Error> {
    if (1..=36_500).contains(&days) { Ok(days) } else { Err("--retention-days takes 1 to 36500".into()) }
}

fn origin(text: &str) -> Result<String, lexopt::Error> {
    if is_origin(text) {
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
