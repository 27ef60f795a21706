//! Counts the instructions that the core and the collector take, and holds a change to the last release's counts:
//! a machine that is busy counts the same, so that 2 % can be seen where wall time would show nothing.
//! Not here: the benches, which are in core/benches/ and collector/benches/.

mod callgrind;
mod history;
mod record;
mod toolchain;
mod verdict;

use std::path::PathBuf;
use std::process::ExitCode;

use self::history::{History, Source};
use self::record::{FILE, Record};
use self::toolchain::Toolchain;
use self::verdict::{Instructions, Verdict, compare};
use crate::failure::Outcome;
use crate::process;
use crate::project::Project;
use crate::say;
use crate::setup::valgrind;

/// What the command line can ask for.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// Record the counts as what later changes are held to.
    pub(crate) bless: bool,
    /// Measure wall time, too.
    pub(crate) time: bool,
    /// Print one JSON object.
    pub(crate) json: bool,
}

/// How many benches were good, bad, or could not be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Judged {
    pub(crate) good: usize,
    pub(crate) bad: usize,
    pub(crate) skipped: usize,
}

/// Counts, prints the table, and records the counts if asked to.
pub(crate) fn run(project: &Project, options: &Options) -> Outcome<ExitCode> {
    let bench = Bench::prepare(project, valgrind::ensure()?)?;
    let (base, now) = bench.both()?;
    let before = base.counts();
    let verdict = compare(before, &now);
    if options.json {
        println!("{}", verdict.to_json());
    } else {
        print!("{}", verdict.table());
    }
    if options.bless {
        Record { toolchain: bench.toolchain.clone(), instructions: now }.save(&project.root.join(FILE))?;
        say::note(&format!("recorded in {FILE}: commit it with the change that it describes"));
    }
    if options.time {
        process::stream(project.cargo().args(["bench", "-p", "milepost-core", "-p", "milepost-collector", "--benches"]), "cargo bench")?;
    }
    Ok(if options.bless || complain(&verdict) == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Judges for `cargo xtask test`. What can't be had or compared here is told and counted, not failed.
pub(crate) fn check(project: &Project) -> Outcome<Judged> {
    let skipped = Judged { good: 0, bad: 0, skipped: 1 };
    let valgrind = match valgrind::ensure() {
        Ok(valgrind) => valgrind,
        Err(failure) => {
            say::note(&format!("instructions are not counted here: {failure}"));
            return Ok(skipped);
        }
    };
    let (base, now) = Bench::prepare(project, valgrind)?.both()?;
    let verdict = compare(base.counts(), &now);
    eprint!("{}", verdict.table());
    match base {
        Base::Counts(_) => Ok(Judged { good: verdict.good(), bad: complain(&verdict), skipped: 0 }),
        Base::Unknown => Ok(skipped),
    }
}

fn complain(verdict: &Verdict) -> usize {
    for complaint in verdict.complaints() {
        eprintln!("{complaint}");
    }
    verdict.bad()
}

struct Bench<'a> {
    project: &'a Project,
    valgrind: PathBuf,
    toolchain: Toolchain,
}

/// What the counts are compared with.
enum Base {
    Counts(Instructions),
    /// It has been told why.
    Unknown,
}

impl Base {
    fn counts(&self) -> &[(String, u64)] {
        match self {
            Self::Counts(counts) => counts,
            Self::Unknown => &[],
        }
    }
}

/// Where the counts of the version come from that a change is held to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Choice {
    /// The record.
    Record,
    /// A commit has to be measured.
    Measure { commit: String, name: String },
    /// There is nothing to be had, and why.
    Nothing(&'static str),
}

impl<'a> Bench<'a> {
    fn prepare(project: &'a Project, valgrind: PathBuf) -> Outcome<Self> {
        let toolchain = Toolchain::current(project, &valgrind)?;
        Ok(Self { project, valgrind, toolchain })
    }

    /// The other version first, since both share what cargo builds: this one's is there afterwards.
    fn both(&self) -> Outcome<(Base, Instructions)> {
        let base = self.base()?;
        say::step("Counting instructions");
        Ok((base, callgrind::count(self.project, &self.project.root, &self.valgrind)?))
    }

    fn base(&self) -> Outcome<Base> {
        let record = Record::load(&self.project.root.join(FILE))?;
        let history = History::read(self.project, FILE);
        let same = record.as_ref().map(|record| record.toolchain == self.toolchain);
        match (choose(same, history), record) {
            (Choice::Record, Some(record)) => Ok(Base::Counts(record.instructions)),
            (Choice::Measure { commit, name }, _) => self.measured(&commit, &name),
            (Choice::Nothing(why), _) => {
                say::note(&format!("instructions are not compared: {why}"));
                Ok(Base::Unknown)
            }
            (Choice::Record, None) => Ok(Base::Unknown),
        }
    }

    fn measured(&self, commit: &str, name: &str) -> Outcome<Base> {
        let kept = self.project.target().join(format!("instructions/{commit}.json"));
        if let Some(record) = Record::load(&kept).ok().flatten().filter(|record| record.toolchain == self.toolchain) {
            return Ok(Base::Counts(record.instructions));
        }
        say::step(&format!("Counting instructions of {name}: its counts here were made by other tools"));
        let source = Source::of(self.project, commit)?;
        if !source.has(callgrind::HARNESS) {
            say::note(&format!("instructions are not compared: {name} has no benches"));
            return Ok(Base::Unknown);
        }
        let instructions = callgrind::count(self.project, &source.folder, &self.valgrind)?;
        Record { toolchain: self.toolchain.clone(), instructions: instructions.clone() }.save(&kept)?;
        Ok(Base::Counts(instructions))
    }
}

/// The newer of the last release and the record; the record's own counts only if they were made by the `same` tools.
fn choose(same: Option<bool>, history: History) -> Choice {
    let measure = |commit: String, name: String| Choice::Measure { commit, name };
    match (same, history) {
        (Some(true), History { recorded_since: true, .. }) => Choice::Record,
        (Some(true), History { release: Some((_, release)), recorded: Some(recorded), .. }) if release == recorded => Choice::Record,
        (Some(_), History { recorded_since: true, recorded: Some(commit), .. }) => measure(commit, "the recorded version".to_owned()),
        (_, History { release: Some((tag, commit)), .. }) => measure(commit, tag),
        (Some(_), _) => Choice::Nothing("they were recorded with other tools, and the history to count them anew isn't here"),
        (None, _) => Choice::Nothing("nothing is released or recorded yet; `cargo xtask instructions --bless` records"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(same: Option<bool>, release: Option<&str>, recorded: Option<&str>, recorded_since: bool, expected: &str) {
        let release = release.map(|commit| ("v1.0.0".to_owned(), commit.to_owned()));
        let history = History { release, recorded: recorded.map(str::to_owned), recorded_since };
        let choice = match choose(same, history) {
            Choice::Record => "record".to_owned(),
            Choice::Measure { commit, name } => format!("{commit}: {name}"),
            Choice::Nothing(_) => "nothing".to_owned(),
        };
        assert_eq!(choice, expected);
    }

    #[test]
    fn like_is_compared_with_like() {
        check(Some(true), None, Some("abc"), true, "record");
        check(Some(false), None, Some("abc"), true, "abc: the recorded version");
        // A record that isn't committed yet, or a clone without history.
        check(Some(true), None, None, true, "record");
        check(Some(false), None, None, true, "nothing");
        check(None, None, None, true, "nothing");
    }

    #[test]
    fn a_release_counts_from_its_tag_until_something_newer_is_recorded() {
        check(Some(true), Some("abc"), Some("old"), false, "abc: v1.0.0");
        check(Some(false), Some("abc"), Some("old"), false, "abc: v1.0.0");
        check(None, Some("abc"), None, true, "abc: v1.0.0");
        check(Some(true), Some("abc"), Some("abc"), true, "record");
        check(Some(true), Some("abc"), Some("new"), true, "record");
        check(Some(false), Some("abc"), Some("new"), true, "new: the recorded version");
        check(Some(false), Some("abc"), None, true, "abc: v1.0.0");
    }
}
