//! Builds the benches and has callgrind count what each takes.
//! Not here: what the counts are compared with.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::verdict::Instructions;
use crate::failure::{Context, Failure, Outcome};
use crate::process;
use crate::project::Project;

/// Packages and their benches, which mark what is counted (core/benches/tracker/harness.rs).
const BENCHES: [(&str, &str); 2] = [("milepost-core", "tracker"), ("milepost-collector", "collector")];

/// The source of the first of them: a version without it can't be measured.
pub(crate) const HARNESS: &str = "core/benches/tracker/harness.rs";

/// What glibc's allocator keeps for later is tidied up whenever it sees fit, in whatever case that is: the length of the
/// program's path was enough to move 6 % from one to another.
const NO_CACHES: &str = "glibc.malloc.mxfast=0:glibc.malloc.tcache_count=0";

/// Counts for the source in `root`, which may be another version's.
pub(crate) fn count(project: &Project, root: &Path, valgrind: &Path) -> Outcome<Instructions> {
    let mut counts = Instructions::new();
    for (bench, program) in build(project, root)? {
        counts.extend(run(project, valgrind, &program)?.into_iter().map(|(name, count)| (format!("{bench}: {name}"), count)));
    }
    Ok(counts)
}

/// All versions share one target folder, so that what they depend on is compiled once.
fn build(project: &Project, root: &Path) -> Outcome<Vec<(&'static str, PathBuf)>> {
    let cargo = || {
        let mut cargo = project.cargo();
        cargo.current_dir(root).args(["bench", "--no-run", "--target-dir"]).arg(project.target());
        for (package, bench) in BENCHES {
            cargo.args(["-p", package, "--bench", bench]);
        }
        cargo
    };
    process::stream(&mut cargo(), "cargo build of the benches")?;
    let messages = process::capture(cargo().args(["--message-format", "json", "-q"]))?;
    let find = |bench| executable(&messages, bench).ok_or_else(|| Failure::new(format!("cargo built no bench {bench}")));
    BENCHES.iter().map(|(_, bench)| Ok((*bench, find(bench)?))).collect()
}

fn executable(messages: &str, bench: &str) -> Option<PathBuf> {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut built = messages.filter(|message| message.pointer("/target/name").is_some_and(|name| name == bench));
    built.find_map(|message| message.get("executable")?.as_str().map(PathBuf::from))
}

fn run(project: &Project, valgrind: &Path, program: &Path) -> Outcome<Instructions> {
    let folder = project.target().join("instructions/counts");
    if folder.exists() {
        fs::remove_dir_all(&folder).context(folder.display())?;
    }
    fs::create_dir_all(&folder).context(folder.display())?;
    let mut out = std::ffi::OsString::from("--callgrind-out-file=");
    out.push(folder.join("part"));
    let mut command = process::command(valgrind);
    // The environment lies on the stack, whose place must not depend on who calls.
    command.env_clear().current_dir(&project.root).env("GLIBC_TUNABLES", NO_CACHES);
    command.args(["-q", "--tool=callgrind", "--toggle-collect=*milepost_measured*", "--dump-before=*milepost_case_ends*"]);
    let names = process::capture(command.arg(out).arg(program).arg("--instructions"))?;
    let part = |number: usize| {
        let file = folder.join(format!("part.{number}"));
        fs::read_to_string(&file).context(file.display())
    };
    paired(&names, part)
}

/// The bench prints a line for each case, `rounds name`; callgrind writes a part for each, in the same order.
fn paired(names: &str, part: impl Fn(usize) -> Outcome<String>) -> Outcome<Instructions> {
    let mut counts = Instructions::new();
    for (number, line) in (1..).zip(names.lines()) {
        let read = |part: &str| {
            let (rounds, name) = line.split_once(' ')?;
            let total: u64 = part.lines().find_map(|line| line.strip_prefix("totals: "))?.trim().parse().ok()?;
            let count = total.checked_div(rounds.parse().ok()?).filter(|count| *count > 0)?;
            Some((name.to_owned(), count))
        };
        let found = read(&part(number)?).ok_or_else(|| Failure::new(format!("callgrind counted nothing for {line:?}")))?;
        counts.push(found);
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_paired_with_names_and_divided_by_rounds() {
        let part = |number| Ok(format!("# callgrind format\ndesc: Trigger: x\nsummary: 7\n\ntotals: {}\n", number * 1_000));
        let counts = paired("5 track a click\n2 scroll\n", part).unwrap();
        assert_eq!(counts, [("track a click".to_owned(), 200), ("scroll".to_owned(), 1_000)]);
    }

    #[test]
    fn a_case_that_nothing_was_counted_for_is_a_failure() {
        assert!(paired("5 scroll\n", |_| Ok("totals: 0\n".into())).is_err());
        assert!(paired("5 scroll\n", |_| Ok("summary: 9\n".into())).is_err());
        assert!(paired("0 scroll\n", |_| Ok("totals: 9\n".into())).is_err());
        assert!(paired("scroll\n", |_| Ok("totals: 9\n".into())).is_err());
        assert!(paired("5 scroll\n", |_| Err(Failure::new("no such file"))).is_err());
    }

    #[test]
    fn the_bench_is_found_among_cargos_messages() {
        let messages = r#"{"reason":"compiler-artifact","target":{"name":"tracker"},"executable":null}
{"reason":"compiler-artifact","target":{"name":"tracker"},"executable":"/t/tracker-1"}
{"reason":"build-finished","success":true}"#;
        assert_eq!(executable(messages, "tracker"), Some("/t/tracker-1".into()));
        assert_eq!(executable(messages, "collector"), None);
    }
}
