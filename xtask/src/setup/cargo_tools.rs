//! Programs that come as crates: taken from PATH when they fit, else built once into the cache.
//! Not here: programs from the distribution or from npm.

use std::path::PathBuf;

use crate::failure::Outcome;
use crate::process;
use crate::project::Project;
use crate::say;

const WASM_PACK: &str = "0.15.1";
const GECKODRIVER: &str = "0.37.1";

/// The parts of wasm-bindgen-cli that read and write whole wasm files.
const HOT: [&str; 4] = ["walrus", "wasmparser", "wasm-encoder", "wasm-bindgen-cli-support"];

/// `wasm-bindgen` and the test runner beside it. Its output only fits the crate of the very same version.
pub(crate) fn wasm_bindgen(project: &Project) -> Outcome<PathBuf> {
    let version = project.locked("wasm-bindgen")?;
    let why = "makes the compiled wasm callable from JavaScript, and runs its tests";
    ensure(project, &Tool { krate: "wasm-bindgen-cli", program: "wasm-bindgen", version: &version, why, hot: &HOT })
}

/// `wasm-pack`, which runs the browser tests.
pub(crate) fn wasm_pack(project: &Project) -> Outcome<PathBuf> {
    let why = "runs the tests that need a browser";
    ensure(project, &Tool { krate: "wasm-pack", program: "wasm-pack", version: WASM_PACK, why, hot: &[] })
}

/// `geckodriver`, which no distribution package brings.
pub(crate) fn geckodriver(project: &Project) -> Outcome<PathBuf> {
    if let Some(own) = std::env::var_os("MILEPOST_GECKODRIVER") {
        return Ok(own.into());
    }
    let why = "lets the browser tests steer Firefox";
    ensure(project, &Tool { krate: "geckodriver", program: "geckodriver", version: GECKODRIVER, why, hot: &[] })
}

struct Tool<'t> {
    krate: &'t str,
    program: &'t str,
    version: &'t str,
    why: &'t str,
    hot: &'t [&'t str],
}

fn ensure(project: &Project, tool: &Tool<'_>) -> Outcome<PathBuf> {
    let root = project.cache.join("tools").join(format!("{}-{}", tool.krate, tool.version));
    let built = root.join("bin").join(tool.program);
    if built.is_file() {
        return Ok(built);
    }
    if let Some(own) = process::find(tool.program).filter(|own| version_of(own).as_deref() == Some(tool.version)) {
        return Ok(own);
    }
    say::step(&format!("{} {} is missing: it {}", tool.krate, tool.version, tool.why));
    say::note(&format!("building it into {} (2 to 4 minutes, once)", root.display()));
    // Without --locked: a crate's lock file can name versions that a registry mirror doesn't have.
    let mut cargo = project.cargo();
    cargo.args(["install", tool.krate, "--version", tool.version, "--root"]).arg(&root);
    cargo.env("CARGO_TARGET_DIR", project.cache.join("build"));
    // Built for minutes, used for seconds: unoptimised they are ready in half the time.
    cargo.envs([("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"), ("CARGO_PROFILE_RELEASE_LTO", "off")]);
    cargo.envs([("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"), ("CARGO_PROFILE_RELEASE_DEBUG", "0")]);
    for krate in tool.hot {
        cargo.arg("--config").arg(format!("profile.release.package.{krate}.opt-level=1"));
    }
    process::stream(&mut cargo, &format!("cargo install {}", tool.krate))?;
    Ok(built)
}

fn version_of(program: &PathBuf) -> Option<String> {
    let text = process::capture(process::command(program).arg("--version")).ok()?;
    second_word(&text)
}

fn second_word(text: &str) -> Option<String> {
    text.split_whitespace().nth(1).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_without_what_follows_it() {
        assert_eq!(second_word("geckodriver 0.37.1 (2f1f2f2 2026-03-01)\n\nThe source").as_deref(), Some("0.37.1"));
        assert_eq!(second_word(""), None);
    }
}
