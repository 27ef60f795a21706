//! Reads how many tests passed and failed from what cargo, wasm-bindgen's runner and node print.
//! Not here: running them.

use std::fmt;
use std::ops::Add;

/// Tests that passed, tests that failed, and tests that were not run for lack of something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Counts {
    /// Adds up every summary in an output.
    pub(crate) fn read(output: &str) -> Self {
        output.lines().filter_map(summary).fold(Self::default(), Add::add)
    }

    /// What printed no counts is one test by itself; an exit that isn't good is at least one failure.
    pub(crate) fn with_exit(self, good: bool) -> Self {
        match (good, self.passed + self.failed + self.skipped) {
            (true, 0) => Self { passed: 1, ..self },
            (false, _) if self.failed == 0 => Self { failed: 1, ..self },
            _ => self,
        }
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed, skipped: self.skipped + other.skipped }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        match self.skipped {
            0 => Ok(()),
            skipped => write!(f, ", {skipped} skipped"),
        }
    }
}

fn summary(line: &str) -> Option<Counts> {
    rust(line).or_else(|| node(line))
}

/// `test result: ok. 12 passed; 0 failed; …`, from cargo and from wasm-bindgen's runner.
fn rust(line: &str) -> Option<Counts> {
    let (_, figures) = line.trim().strip_prefix("test result: ")?.split_once(". ")?;
    let figure = |word: &str| figures.split("; ").find_map(|part| part.strip_suffix(word)?.trim().parse().ok());
    Some(Counts { passed: figure(" passed")?, failed: figure(" failed")?, skipped: figure(" ignored")? })
}

/// `ℹ pass 12`, `ℹ fail 1`, `ℹ cancelled 1` and `ℹ skipped 1`, each on its own line.
fn node(line: &str) -> Option<Counts> {
    let (word, figure) = line.strip_prefix("ℹ ")?.split_once(' ')?;
    let figure = figure.trim().parse().ok()?;
    match word {
        "pass" => Some(Counts { passed: figure, ..Counts::default() }),
        "fail" | "cancelled" => Some(Counts { failed: figure, ..Counts::default() }),
        "skipped" => Some(Counts { skipped: figure, ..Counts::default() }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(output: &str, passed: u64, failed: u64, skipped: u64) {
        assert_eq!(Counts::read(output), Counts { passed, failed, skipped }, "{output}");
    }

    #[test]
    fn summaries_of_all_runners_add_up() {
        check("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.03s\n", 12, 0, 1);
        check(
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 filtered out\n\ntest result: ok. 1 passed; 0 failed; 2 ignored",
            4,
            2,
            2,
        );
        check("ℹ tests 9\nℹ suites 0\nℹ pass 6\nℹ fail 2\nℹ cancelled 1\nℹ skipped 4\n", 6, 3, 4);
        check("error[E0425]: cannot find value\ntest passed ... ok\nℹ duration_ms 12.5", 0, 0, 0);
    }

    #[test]
    fn a_bad_exit_is_never_a_pass() {
        assert_eq!(Counts::default().with_exit(false).to_string(), "0 passed, 1 failed");
        assert_eq!(Counts { passed: 7, failed: 0, skipped: 0 }.with_exit(false).to_string(), "7 passed, 1 failed");
        assert_eq!(Counts { passed: 7, failed: 2, skipped: 0 }.with_exit(false).to_string(), "7 passed, 2 failed");
        assert_eq!(Counts { passed: 7, failed: 0, skipped: 0 }.with_exit(true).to_string(), "7 passed, 0 failed");
        assert_eq!(Counts::default().with_exit(true).to_string(), "1 passed, 0 failed");
    }

    #[test]
    fn what_was_not_run_is_said() {
        assert_eq!(Counts { passed: 7, failed: 0, skipped: 3 }.to_string(), "7 passed, 0 failed, 3 skipped");
    }
}
