//! What the core costs: `cargo bench` measures wall time, `cargo xtask instructions` counts instructions.
//! Deliberately not here: the cases, and how they are measured.
#![expect(clippy::expect_used, reason = "a bench whose input is wrong has to end")]

mod cases;
mod harness;
mod shop;

fn main() {
    harness::main(cases::ALL);
}

#[divan::bench(args = cases::ALL)]
fn tracker(bencher: divan::Bencher<'_, '_>, case: &harness::Case) {
    harness::time(bencher, case);
}
