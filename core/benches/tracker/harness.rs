//! Measures cases: their wall time by divan, or the instructions of a few runs by callgrind.
//! Deliberately not here: what is measured. The collector's benches use this file too.

use std::fmt;

/// How often a case runs under callgrind: what the allocator's state adds to one run evens out.
const ROUNDS: u32 = 5;

/// One thing to measure.
pub(crate) struct Case {
    /// What it is called, for people and for comparisons with other versions.
    pub(crate) name: &'static str,
    /// Makes everything that comes before, which isn't measured, and returns what is: to be called once.
    pub(crate) prepare: fn() -> Work,
}

/// What is measured. It keeps what it used, so that dropping that isn't.
pub(crate) type Work = Box<dyn FnMut()>;

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Measures wall time, unless the command line asks for what callgrind needs.
pub(crate) fn main(cases: &[Case]) {
    match std::env::args().any(|argument| argument == "--instructions") {
        true => cases.iter().for_each(run),
        false => divan::main(),
    }
}

/// Measures one case's wall time.
pub(crate) fn time(bencher: divan::Bencher<'_, '_>, case: &Case) {
    bencher.with_inputs(case.prepare).bench_local_refs(|work| work());
}

/// `cargo xtask instructions` has callgrind count inside `milepost_measured` only, and write what it has counted at each
/// `milepost_case_ends`; so it pairs counts with names by their order.
fn run(case: &Case) {
    (case.prepare)()();
    for _ in 0..ROUNDS {
        milepost_measured(&mut (case.prepare)());
    }
    println!("{ROUNDS} {}", case.name);
    milepost_case_ends();
}

#[inline(never)]
fn milepost_measured(work: &mut Work) {
    work();
    // Without this the call is the last thing here and becomes a jump, which callgrind takes for the end.
    std::hint::black_box(());
}

#[inline(never)]
fn milepost_case_ends() {
    std::hint::black_box(());
}
