//! Every chore of the project behind one command: reads the command line and calls the chore.
//! Not here: any chore; each has its file.

mod bench;
mod bundle;
mod demo;
mod failure;
mod instructions;
mod integrity;
mod interrupt;
mod pack;
mod process;
mod project;
mod say;
mod sbom;
mod setup;
mod size;
mod spell;
mod test;
mod wasm;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use lexopt::{Arg, Parser, ValueExt};

use crate::failure::Outcome;
use crate::project::Project;
use crate::test::Extent;

const USAGE: &str = "\
Usage: cargo xtask COMMAND [OPTIONS]

Every command first sets up what it lacks, and says so.

  demo             build all, start the collector and the example shop, print their addresses
    --drive N      walk N scripted visitors through the shop, compare the report with what they did, end
    --data DIR     keep the collector's database there
    --json         end with one line of JSON (with --drive)
  test             everything: native, wasm in two browsers, package, size, end to end, demo
    --fast         only what needs no browser
    --nightly      what happens by chance, such as a killed browser, tried more often: takes an hour
  build            compile the wasm and bundle the JavaScript
  pack             make the npm package in target/npm/
  size             compare the package's files with their limits
    --json         as one JSON object
  bench            Milepost and other trackers side by side; `cargo xtask bench --help` lists the options
  instructions     count what the core and the collector take, against the last release (needs valgrind)
    --bless        record the counts, for a change that is meant
    --time         measure wall time, too
    --json         as one JSON object
  setup            everything that any command needs
  env              shell lines for `eval`, so that wasm-pack can be called by hand
";

enum Chore {
    Demo(demo::Options),
    Test(Extent),
    Build,
    Pack,
    Size { json: bool },
    Instructions(instructions::Options),
    Bench(Vec<OsString>),
    SetUp,
    Env,
    Help,
}

fn main() -> ExitCode {
    let done = interrupt::attach().and_then(|()| run());
    match done {
        _ if interrupt::asked() => ExitCode::from(interrupt::INTERRUPTED),
        Ok(code) => code,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome<ExitCode> {
    let chore = parse(Parser::from_env())?;
    let project = Project::locate()?;
    match chore {
        Chore::Demo(options) => return demo::run(&project, &options),
        Chore::Test(extent) => return test::run(&project, extent),
        Chore::Build => bundle::build(&project)?,
        Chore::Pack => pack::pack(&project)?,
        Chore::Size { json } => {
            pack::pack(&project)?;
            return size::report(&project, json);
        }
        Chore::Bench(options) => return bench::run(&project, &options),
        Chore::Instructions(options) => return instructions::run(&project, &options),
        Chore::SetUp => setup::everything(&project)?,
        Chore::Env => print!("{}", setup::exports::WasmTests::ensure(&project)?.shell_lines()),
        Chore::Help => print!("{USAGE}"),
    }
    Ok(ExitCode::SUCCESS)
}

fn parse(mut parser: Parser) -> Result<Chore, lexopt::Error> {
    let mut chore = None;
    while let Some(argument) = parser.next()? {
        if matches!((&argument, &chore), (Arg::Value(word), None) if word == "bench") {
            return Ok(Chore::Bench(parser.raw_args()?.collect()));
        }
        match (argument, &mut chore) {
            (Arg::Short('h') | Arg::Long("help"), _) => return Ok(Chore::Help),
            (Arg::Value(word), None) => chore = Some(named(&word.string()?)?),
            (Arg::Long("drive"), Some(Chore::Demo(options))) => options.drive = Some(parser.value()?.parse()?),
            (Arg::Long("data"), Some(Chore::Demo(options))) => options.data = Some(PathBuf::from(parser.value()?)),
            (Arg::Long("json"), Some(Chore::Demo(options))) => options.json = true,
            (Arg::Long("json"), Some(Chore::Size { json })) => *json = true,
            (Arg::Long("bless"), Some(Chore::Instructions(options))) => options.bless = true,
            (Arg::Long("time"), Some(Chore::Instructions(options))) => options.time = true,
            (Arg::Long("json"), Some(Chore::Instructions(options))) => options.json = true,
            (Arg::Long("fast"), Some(Chore::Test(extent @ Extent::Whole))) => *extent = Extent::Fast,
            (Arg::Long("nightly"), Some(Chore::Test(extent @ Extent::Whole))) => *extent = Extent::Nightly,
            (other, _) => return Err(other.unexpected()),
        }
    }
    match chore {
        Some(Chore::Demo(options)) if options.json && options.drive.is_none() => Err("--json needs --drive".into()),
        chore => Ok(chore.unwrap_or(Chore::Help)),
    }
}

fn named(word: &str) -> Result<Chore, lexopt::Error> {
    Ok(match word {
        "demo" => Chore::Demo(demo::Options::default()),
        "test" => Chore::Test(Extent::Whole),
        "build" => Chore::Build,
        "pack" => Chore::Pack,
        "size" => Chore::Size { json: false },
        "instructions" => Chore::Instructions(instructions::Options::default()),
        "setup" => Chore::SetUp,
        "env" => Chore::Env,
        "help" => Chore::Help,
        other => return Err(format!("there is no command {other:?}; `cargo xtask help` lists them").into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(arguments: &[&str]) -> Result<Chore, String> {
        parse(Parser::from_args(arguments.iter().copied())).map_err(|error| error.to_string())
    }

    #[test]
    fn options_belong_to_their_command() {
        assert!(matches!(check(&["test", "--fast"]), Ok(Chore::Test(Extent::Fast))));
        assert!(matches!(check(&["test", "--nightly"]), Ok(Chore::Test(Extent::Nightly))));
        assert!(check(&["test", "--fast", "--nightly"]).is_err());
        assert!(matches!(check(&["size", "--json"]), Ok(Chore::Size { json: true })));
        let Ok(Chore::Demo(options)) = check(&["demo", "--drive", "20", "--json"]) else { panic!("no demo") };
        assert_eq!((options.drive, options.json, options.data), (Some(20), true, None));
        assert!(matches!(check(&["bench", "--only", "milepost"]), Ok(Chore::Bench(options)) if options == ["--only", "milepost"]));
        let Ok(Chore::Instructions(options)) = check(&["instructions", "--bless"]) else { panic!("no instructions") };
        assert_eq!((options.bless, options.time, options.json), (true, false, false));
        assert!(check(&["size", "--bless"]).is_err());
        assert!(check(&["size", "--fast"]).is_err());
        assert!(check(&["demo", "--json"]).is_err());
        assert!(check(&["deploy"]).is_err());
    }
}
