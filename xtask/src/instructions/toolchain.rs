//! What instruction counts depend on beside the source: compiler, target, libc, processor and valgrind.
//! Not here: counting.

use std::path::Path;

use serde_json::{Value, json};

use crate::failure::Outcome;
use crate::process;
use crate::project::Project;

/// Counts made with unequal toolchains can't be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Toolchain {
    rustc: String,
    target: String,
    libc: String,
    cpu: String,
    valgrind: String,
}

impl Toolchain {
    /// The one at hand.
    pub(crate) fn current(project: &Project, valgrind: &Path) -> Outcome<Self> {
        let rustc = process::capture(project.command("rustc").arg("-vV"))?;
        let field = |name: &str| rustc.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned();
        let libc = process::capture(process::command("getconf").arg("GNU_LIBC_VERSION")).unwrap_or_default();
        let version = process::capture(process::command(valgrind).arg("--version"))?;
        Ok(Self {
            rustc: rustc.lines().next().unwrap_or_default().to_owned(),
            target: field("host: "),
            libc: libc.trim().to_owned(),
            cpu: cpu().to_owned(),
            valgrind: version.trim().to_owned(),
        })
    }

    /// As kept by [`to_json`](Self::to_json).
    pub(crate) fn read(kept: &Value) -> Option<Self> {
        let field = |name: &str| Some(kept.get(name)?.as_str()?.to_owned());
        Some(Self {
            rustc: field("rustc")?,
            target: field("target")?,
            libc: field("libc")?,
            cpu: field("cpu")?,
            valgrind: field("valgrind")?,
        })
    }

    pub(crate) fn to_json(&self) -> Value {
        let Self { rustc, target, libc, cpu, valgrind } = self;
        json!({ "rustc": rustc, "target": target, "libc": libc, "cpu": cpu, "valgrind": valgrind })
    }
}

/// The C library copies memory by the widest instructions that valgrind passes on from the processor.
fn cpu() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        return "avx2";
    }
    std::env::consts::ARCH
}
