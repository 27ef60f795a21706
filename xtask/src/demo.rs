//! Shows the whole path: collector with an embedded database, example shop, and scripted visitors if asked for.
//! Not here: the shop's files and the visitors' script, which are in examples/ and tests/e2e/.

mod comparison;
mod shop;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde_json::Value;

use self::comparison::{Comparison, Counts};
use crate::failure::{Context, Failure, Outcome};
use crate::process::{self, Background};
use crate::project::Project;
use crate::setup::{browsers, npm};
use crate::{interrupt, pack, say};

const COLLECTOR_PORT: u16 = 8787;
const SHOP_PORT: u16 = 8788;

/// How long a started collector may take to answer.
const START: Duration = Duration::from_secs(15);

/// How long the report may go on growing after the last visitor left.
const SETTLE: Duration = Duration::from_secs(60);

/// For how long the report must agree before late repeats are ruled out.
const QUIET: Duration = Duration::from_secs(2);

const PAUSE: Duration = Duration::from_millis(100);

/// What the command line can ask of the demo.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// How many visitors to walk through; without it the demo runs until ctrl-c.
    pub(crate) drive: Option<u32>,
    /// Where the database stays; without it the database goes when the demo ends.
    pub(crate) data: Option<PathBuf>,
    /// End with one line of JSON.
    pub(crate) json: bool,
}

/// Runs it. The exit code says whether the report agreed with the visitors.
pub(crate) fn run(project: &Project, options: &Options) -> Outcome<ExitCode> {
    let chromium = match options.drive {
        Some(_) => {
            npm::packages(project, "tests/e2e")?;
            Some(browsers::chromium()?.browser)
        }
        None => None,
    };
    pack::pack(project)?;
    let collector = Collector::start(project, options.data.as_deref())?;
    let shop = shop::serve(project.root.join("examples/shop"), listener(SHOP_PORT)?, &collector.address)?;
    say::step("Milepost runs");
    say::note(&format!("shop:      {shop}/"));
    say::note(&format!("report:    {}/", collector.address));
    say::note(&format!("database:  {}", collector.data.folder.display()));
    let (Some(visitors), Some(chromium)) = (options.drive, chromium) else {
        say::note("ctrl-c ends it");
        interrupt::wait();
        return Ok(ExitCode::SUCCESS);
    };
    let (walked, expected) = drive(project, &shop, &collector.address, visitors, &chromium)?;
    let comparison = settled(&collector.address, visitors, expected)?;
    if !walked {
        say::note("the visitors' script found faults; it names them above");
    }
    print!("{}", comparison.table());
    if options.json {
        println!("{}", comparison.to_json());
    }
    Ok(if walked && comparison.agrees() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Builds the collector and says where its binary is.
pub(crate) fn build_collector(project: &Project) -> Outcome<PathBuf> {
    say::step("Building the collector (its embedded database takes a minute or two the first time)");
    let mut cargo = project.cargo();
    process::stream(cargo.args(["build", "-p", "milepost-collector"]), "cargo build of the collector")?;
    Ok(project.target().join("debug").join(format!("milepost-collector{}", std::env::consts::EXE_SUFFIX)))
}

/// Fields are dropped in this order: the process ends before its database goes.
struct Collector {
    _process: Background,
    data: Data,
    address: String,
}

impl Collector {
    fn start(project: &Project, data: Option<&Path>) -> Outcome<Self> {
        let binary = build_collector(project)?;
        let data = Data::new(data)?;
        let listen = listener(COLLECTOR_PORT)?.local_addr()?;
        let mut command = project.command(binary);
        command.args(["serve", "--listen", &listen.to_string(), "--drain-notice", "0", "--count-headless", "--data"]).arg(&data.folder);
        command.arg("--assets").arg(project.package().join("dist"));
        let mut process = Background::start(&mut command, "starting the collector")?;
        let address = format!("http://{listen}");
        let begun = Instant::now();
        while ureq::get(format!("{address}/healthz")).call().is_err() {
            interrupt::check()?;
            if process.ended() {
                return Err(Failure::new("the collector ended right after its start; it says why above"));
            }
            if begun.elapsed() > START {
                return Err(Failure::new(format!("the collector doesn't answer at {address}/healthz")));
            }
            std::thread::sleep(PAUSE);
        }
        Ok(Self { _process: process, data, address })
    }
}

/// A database folder, which goes when this is dropped unless someone named it.
struct Data {
    folder: PathBuf,
    temporary: bool,
}

impl Data {
    fn new(named: Option<&Path>) -> Outcome<Self> {
        let folder = match named {
            Some(folder) => std::path::absolute(folder)?,
            None => std::env::temp_dir().join(format!("milepost-demo-{}", std::process::id())),
        };
        std::fs::create_dir_all(&folder).context(folder.display())?;
        Ok(Self { folder, temporary: named.is_none() })
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        if self.temporary {
            // A folder that can't be removed is left to the system, which empties its temporary folder.
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// The usual port, or a free one when someone else has it.
fn listener(usual: u16) -> Outcome<TcpListener> {
    TcpListener::bind(("127.0.0.1", usual)).or_else(|_| TcpListener::bind(("127.0.0.1", 0))).context("no free port")
}

/// Walks the visitors through the shop. Returns whether they met no fault, and what they did, event by event.
fn drive(project: &Project, shop: &str, collector: &str, visitors: u32, chromium: &Path) -> Outcome<(bool, Counts)> {
    say::step(&format!("Walking {visitors} visitors through the shop"));
    let mut node = project.command("node");
    node.args(["tests/e2e/drive.mjs", "--shop", shop, "--collector", collector, "--visitors", &visitors.to_string()]);
    let (status, line) = process::last_line(node.arg("--chromium").arg(chromium), "the visitors' script")?;
    let truth: Option<Value> = serde_json::from_str(&line).ok();
    let counts = truth.as_ref().and_then(Counts::of_truth);
    let counts = counts.ok_or_else(|| Failure::new(format!("the visitors' script ended with {status} and no counts: {line}")))?;
    Ok((status.success(), counts))
}

/// Asks for the report until it has agreed for a while, or won't any more.
fn settled(collector: &str, visitors: u32, expected: Counts) -> Outcome<Comparison> {
    say::step("Comparing the collector's report with what the visitors did");
    let begun = Instant::now();
    let mut agreed = None;
    let mut comparison = Comparison::new(visitors, expected);
    loop {
        interrupt::check()?;
        comparison.read(&report(collector)?)?;
        agreed = if comparison.agrees() { agreed.or_else(|| Some(Instant::now())) } else { None };
        if agreed.is_some_and(|since| since.elapsed() >= QUIET) || begun.elapsed() >= SETTLE {
            return Ok(comparison);
        }
        std::thread::sleep(PAUSE);
    }
}

fn report(collector: &str) -> Outcome<Value> {
    let address = format!("{collector}/api/report/events?site=shop");
    let mut answer = ureq::get(&address).call().context(&address)?;
    let text = answer.body_mut().read_to_string().context(&address)?;
    serde_json::from_str(&text).context(&address)
}
