//! Puts Milepost and the trackers people use side by side in one browser: sets up, packs, installs, and calls bench/run.mjs.
//! Not here: the trackers, the measures, the options and the report; those are in bench/.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use crate::failure::{Context, Outcome};
use crate::project::{Project, VERSION};
use crate::setup::{browsers, npm};
use crate::{pack, process, say};

/// The folder of the bench, with a package.json of its own.
const FOLDER: &str = "bench";

/// Runs the bench with options that bench/options.mjs reads.
pub(crate) fn run(project: &Project, options: &[OsString]) -> Outcome<ExitCode> {
    npm::node()?;
    npm::packages(project, FOLDER)?;
    // A wrong word is told before minutes go into building.
    let check = node(project, "check", options).status().context("node bench/run.mjs")?;
    if !check.success() {
        return Ok(ExitCode::from(2));
    }
    if options.iter().any(|option| option == "--help") {
        return Ok(ExitCode::SUCCESS);
    }
    let chromium = browsers::chromium()?.browser;
    pack::pack(project)?;
    let package = install(project)?;
    say::step("Measuring (about 20 minutes for all of it; other work on this machine falsifies times)");
    let mut bench = node(project, "run", options);
    bench.env("MILEPOST_PACKAGE", package).env("MILEPOST_CHROMIUM", chromium);
    Ok(if process::tee(&mut bench, "bench")?.0.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The tests of the bench's own parts; they need no browser, no built package, and nothing from npm.
pub(crate) fn tests(project: &Project) -> Outcome<Command> {
    npm::node()?;
    let mut node = project.command("node");
    node.current_dir(project.root.join(FOLDER)).args(["--test", "--test-reporter=spec"]);
    Ok(node)
}

fn node(project: &Project, what: &str, options: &[OsString]) -> Command {
    let mut node = project.command("node");
    node.arg(project.root.join(FOLDER).join("run.mjs")).arg(what).args(options);
    node
}

/// Installs the packed tarball as any site would, and returns where it is.
fn install(project: &Project) -> Outcome<PathBuf> {
    let folder = project.target().join(FOLDER);
    let modules = folder.join("node_modules");
    if modules.exists() {
        fs::remove_dir_all(&modules).context(modules.display())?;
    }
    fs::create_dir_all(&folder).context(folder.display())?;
    let mut npm = process::command("npm");
    npm.current_dir(&folder).args(["install", "--prefix", ".", "--no-save", "--no-package-lock", "--no-audit", "--no-fund"]);
    npm.arg(project.npm().join(format!("milepost-{VERSION}.tgz")));
    process::stream(&mut npm, "npm install of the packed tarball")?;
    Ok(modules.join("milepost"))
}
