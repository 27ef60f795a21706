//! What a fresh machine lacks, one concern a file; every command asks only for what it needs.
//! Not here: the work that the tools are for.

pub(crate) mod browsers;
pub(crate) mod cargo_tools;
pub(crate) mod debian;
pub(crate) mod exports;
pub(crate) mod npm;
pub(crate) mod std_from_source;
pub(crate) mod valgrind;
pub(crate) mod wasm_target;

use std::time::Instant;

use crate::failure::Outcome;
use crate::project::Project;
use crate::say;

/// Makes everything ready that any command needs.
pub(crate) fn everything(project: &Project) -> Outcome {
    let begun = Instant::now();
    npm::node()?;
    wasm_target::ensure(project)?;
    cargo_tools::wasm_bindgen(project)?;
    cargo_tools::wasm_pack(project)?;
    npm::packages(project, "js")?;
    npm::packages(project, "tests/e2e")?;
    npm::packages(project, "bench")?;
    browsers::chromium()?;
    browsers::firefox()?;
    cargo_tools::geckodriver(project)?;
    if let Err(failure) = browsers::webkit() {
        say::note(&format!("{failure}; the tests of delivery skip it, and say so"));
    }
    if let Err(failure) = valgrind::ensure() {
        say::note(&format!("instructions can't be counted here: {failure}"));
    }
    say::step(&format!("Everything is set up ({} s)", begun.elapsed().as_secs()));
    Ok(())
}
