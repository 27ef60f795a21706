//! Runs every check there is, goes on when one fails, and closes with one line of counts.
//! Not here: the checks themselves.

mod counts;

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use self::counts::Counts;
use crate::failure::{Context, Outcome};
use crate::project::Project;
use crate::setup::exports::WasmTests;
use crate::setup::wasm_target::{self, TARGET};
use crate::setup::{browsers as engines, npm};
use crate::{bench, demo, instructions, interrupt, pack, process, say, size};

/// How many visitors the closing demo walks through the shop.
const VISITORS: u32 = 20;

/// When a file of end-to-end tests is taken to hang.
const TOO_LONG: Duration = Duration::from_secs(1800);

/// The same by night.
const NIGHTLY_TOO_LONG: Duration = Duration::from_secs(3 * 3600);

/// How much is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What needs no browser.
    Fast,
    /// Everything.
    Whole,
    /// Everything, and what happens by chance tried more often.
    Nightly,
}

impl Extent {
    fn too_long(self) -> Duration {
        if self == Self::Nightly { NIGHTLY_TOO_LONG } else { TOO_LONG }
    }

    /// What tests read in `MILEPOST_NIGHTLY`.
    fn nightly(self) -> &'static str {
        if self == Self::Nightly { "1" } else { "0" }
    }
}

/// Runs all checks, or those that need no browser.
pub(crate) fn run(project: &Project, extent: Extent) -> Outcome<ExitCode> {
    let mut report = Report::default();
    native(project, &mut report, extent);
    if extent != Extent::Fast {
        browsers(project, &mut report, extent);
    }
    interrupt::check()?;
    Ok(report.close())
}

fn native(project: &Project, report: &mut Report, extent: Extent) {
    report.command("formatting", || Ok(cargo(project, &["fmt", "--all", "--check"])));
    report.command("lints", || Ok(cargo(project, &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])));
    report.command("TypeScript", || {
        npm::packages(project, "js")?;
        let mut tsc = project.command(project.js_tool("tsc"));
        tsc.args(["-p", "js", "--noEmit"]);
        Ok(tsc)
    });
    report.tests("tests of the bench", || bench::tests(project));
    report.tests("native tests", || {
        let mut cargo = cargo(project, &["test", "--workspace", "--features", "milepost-core/typescript"]);
        cargo.env("MILEPOST_NIGHTLY", extent.nightly());
        Ok(cargo)
    });
}

fn browsers(project: &Project, report: &mut Report, extent: Extent) {
    report.command("lints for wasm", || {
        let mut cargo = wasm_target::ensure(project)?.cargo(project);
        cargo.args(["clippy", "--target", TARGET, "-p", "milepost", "--all-targets", "--", "-D", "warnings"]);
        Ok(cargo)
    });
    report.command("lints for the package's wasm", || {
        let mut cargo = wasm_target::ensure(project)?.cargo(project);
        cargo.args(["clippy", "--target", TARGET, "-p", "milepost", "--no-default-features", "--", "-D", "warnings"]);
        Ok(cargo)
    });
    report.tests("wasm tests in Chromium", || {
        let tools = WasmTests::ensure(project)?;
        let mut wasm_pack = tools.wasm_pack(project);
        wasm_pack.args(["test", "--headless", "--chrome", "--chromedriver"]).arg(&tools.chromium.driver);
        Ok(wasm_pack)
    });
    report.tests("wasm tests in Firefox", || {
        let tools = WasmTests::ensure(project)?;
        let mut wasm_pack = tools.wasm_pack(project);
        wasm_pack.args(["test", "--headless", "--firefox", "--geckodriver"]).arg(&tools.geckodriver);
        Ok(wasm_pack)
    });
    report.step("package", || pack::pack(project).map(|()| ExitCode::SUCCESS));
    report.step("size", || size::report(project, false));
    report.add("instructions", || instructions(project));
    report.tests("cost of events", || end_to_end(project, "tests/e2e/cost", extent, 1));
    report.tests("end to end", || end_to_end(project, "tests/e2e", extent, 2));
    report.tests("consent in three engines", || in_three_engines(project, "tests/e2e/consent", extent));
    report.tests("engines in three browsers", || in_three_engines(project, "tests/e2e/engines", extent));
    report.tests("package in bundlers and pages", || packaging(project, "tests/packaging", extent));
    report.tests("package in frameworks", || packaging(project, "tests/packaging/frameworks", extent));
    report.tests("delivery in three engines", || in_three_engines(project, "tests/e2e/delivery", extent));
    let options = demo::Options { drive: Some(VISITORS), ..demo::Options::default() };
    report.step("demo", || demo::run(project, &options));
}

fn cargo(project: &Project, arguments: &[&str]) -> Command {
    let mut cargo = project.cargo();
    cargo.args(arguments);
    cargo
}

/// Each bench is a test.
fn instructions(project: &Project) -> Outcome<Counts> {
    let judged = instructions::check(project)?;
    Ok(Counts { passed: judged.good as u64, failed: judged.bad as u64, skipped: judged.skipped as u64 })
}

/// The tarball, installed into projects that use it as people do. The folder has packages of its own.
fn packaging(project: &Project, folder: &str, extent: Extent) -> Outcome<Command> {
    npm::packages(project, folder)?;
    in_three_engines(project, folder, extent)
}

/// What can't be had of the engines is skipped. They mostly wait, for browsers that start and for copies that come of age.
fn in_three_engines(project: &Project, folder: &str, extent: Extent) -> Outcome<Command> {
    let mut node = end_to_end(project, folder, extent, 2)?;
    match engines::webkit() {
        Ok(webkit) => {
            node.env("MILEPOST_MINIBROWSER", webkit.browser).env("MILEPOST_WEBKIT_DRIVER", webkit.driver);
            node.env("MILEPOST_XVFB", webkit.display);
        }
        Err(failure) => say::note(&format!("without WebKitGTK: {failure}")),
    }
    Ok(node)
}

fn end_to_end(project: &Project, folder: &str, extent: Extent, files_at_once: u8) -> Outcome<Command> {
    npm::packages(project, "tests/e2e")?;
    let tools = WasmTests::ensure(project)?;
    let collector = demo::build_collector(project)?;
    let folder = project.root.join(folder);
    let entries = std::fs::read_dir(&folder).context(folder.display())?;
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut tests: Vec<_> = files.filter(|file| file.to_string_lossy().ends_with(".test.mjs")).collect();
    tests.sort();
    let mut node = project.command("node");
    node.args(["--test", "--test-reporter=spec", &format!("--test-concurrency={files_at_once}")]);
    node.arg(format!("--test-timeout={}", extent.too_long().as_millis())).args(tests);
    node.env("MILEPOST_PACKAGE", project.package()).env("MILEPOST_COLLECTOR", collector);
    node.env("MILEPOST_CHROMIUM", &tools.chromium.browser).env("MILEPOST_FIREFOX", &tools.firefox);
    node.env("MILEPOST_CHROMEDRIVER", &tools.chromium.driver).env("MILEPOST_GECKODRIVER", &tools.geckodriver);
    node.env("MILEPOST_NIGHTLY", extent.nightly());
    Ok(node)
}

#[derive(Default)]
struct Report {
    total: Counts,
    failed: Vec<String>,
}

impl Report {
    /// Runs a command that prints how many tests passed and failed; one that ran none has failed.
    fn tests(&mut self, name: &str, prepare: impl FnOnce() -> Outcome<Command>) {
        self.add(name, || {
            let (status, output) = process::tee(&mut prepare()?, name)?;
            let counts = Counts::read(&output);
            if counts == Counts::default() {
                say::note(&format!("{name}: no test ran"));
            }
            Ok(counts.with_exit(status.success() && counts != Counts::default()))
        });
    }

    /// Runs a command, which counts as one.
    fn command(&mut self, name: &str, prepare: impl FnOnce() -> Outcome<Command>) {
        self.add(name, || Ok(Counts::default().with_exit(process::tee(&mut prepare()?, name)?.0.success())));
    }

    /// Runs one of our own chores, which counts as one.
    fn step(&mut self, name: &str, run: impl FnOnce() -> Outcome<ExitCode>) {
        self.add(name, || Ok(Counts::default().with_exit(run()? == ExitCode::SUCCESS)));
    }

    fn add(&mut self, name: &str, run: impl FnOnce() -> Outcome<Counts>) {
        if interrupt::asked() {
            return;
        }
        say::step(&format!("Test: {name}"));
        let begun = Instant::now();
        let counts = run().unwrap_or_else(|failure| {
            say::note(&format!("{name}: {failure}"));
            Counts::default().with_exit(false)
        });
        if counts.failed > 0 {
            self.failed.push(name.to_owned());
        }
        say::note(&format!("{name}: {counts} ({} s)", begun.elapsed().as_secs()));
        self.total = self.total + counts;
    }

    fn close(self) -> ExitCode {
        if !self.failed.is_empty() {
            eprintln!("failed: {}", self.failed.join(", "));
        }
        println!("{}", self.total);
        if self.total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
