//! Builds the wasm standard library from Debian's Rust source into a toolchain folder of the project's own,
//! for machines where rustup can't fetch it.
//! Not here: the choice to do so (wasm_target.rs).
//!
//! Debian's rustc compiles it and must compile everything that uses it: objects of one rustc are of no use to
//! another. The folder looks like a sysroot: host libraries are links to Debian's, only the wasm part is ours.

use std::fs;
use std::path::{Path, PathBuf};

use super::debian::{self, Package};
use super::wasm_target::TARGET;
use crate::failure::{Context, Failure, Outcome};
use crate::process;
use crate::project::Project;
use crate::say;

const RUSTC: &str = "/usr/bin/rustc";
const STAMP: &str = "milepost-stamp";

/// Changes when the folder is laid out differently, so that old ones are built again.
const LAYOUT: &str = "layout 1";

/// Parts of the standard library: `test` is what `wasm-pack test` needs, the panic crates fit either strategy.
const PARTS: &str = "build-std=std,panic_abort,panic_unwind,test,proc_macro";

/// The toolchain folder, when it is there and was made with the rustc that is installed now.
pub(crate) fn present(project: &Project) -> Option<PathBuf> {
    let rustc = Rustc::installed().ok()?;
    let folder = rustc.folder(project);
    (fs::read_to_string(folder.join(STAMP)).ok()? == rustc.stamp()).then_some(folder)
}

/// Installs Debian's Rust packages, builds the library and lays out the folder.
pub(crate) fn build(project: &Project) -> Outcome<PathBuf> {
    debian::install(&[
        Package::new("rustc-web", "a Rust compiler whose library source Debian also has"),
        Package::new("cargo-web", "cargo of the same version"),
        Package::new("rust-web-src", "the source of the standard library, to build it for wasm"),
        Package::new("rust-web-clippy", "lints for code compiled by that rustc"),
    ])?;
    let rustc = Rustc::installed()?;
    debian::install(&[Package::new(&rustc.linker(), "links wasm, of the same LLVM as that rustc")])?;
    say::step(&format!("Building the standard library for {TARGET} with rustc {} (1 to 3 minutes, once)", rustc.version));
    let scratch = project.cache.join("std-build");
    let libraries = compile(&scratch, &rustc)?;
    let folder = rustc.folder(project);
    lay_out(&folder, &libraries, &rustc)?;
    fs::remove_dir_all(&scratch)?;
    Ok(folder)
}

struct Rustc {
    verbose: String,
    version: String,
    host: String,
    llvm: String,
}

impl Rustc {
    fn installed() -> Outcome<Self> {
        Self::parse(process::capture(process::command(RUSTC).arg("-vV"))?)
    }

    fn parse(verbose: String) -> Outcome<Self> {
        let field = |name: &str| {
            let value = verbose.lines().find_map(|line| line.strip_prefix(name));
            value.map(|value| value.trim().to_owned()).ok_or_else(|| Failure::new(format!("rustc -vV says no {name}")))
        };
        let llvm = field("LLVM version:")?.split('.').next().unwrap_or_default().to_owned();
        Ok(Self { version: field("release:")?, host: field("host:")?, llvm, verbose })
    }

    fn folder(&self, project: &Project) -> PathBuf {
        project.cache.join(format!("wasm-toolchain-{}", self.version))
    }

    fn linker(&self) -> String {
        format!("lld-{}", self.llvm)
    }

    fn stamp(&self) -> String {
        format!("{LAYOUT}\n{}", self.verbose)
    }
}

fn compile(scratch: &Path, rustc: &Rustc) -> Outcome<PathBuf> {
    fs::create_dir_all(scratch.join("src"))?;
    fs::write(scratch.join("src/lib.rs"), "#![no_std]\n")?;
    fs::write(
        scratch.join("Cargo.toml"),
        "[package]\nname = \"scratch\"\nedition = \"2021\"\n[profile.release]\npanic = \"abort\"\n[workspace]\n",
    )?;
    let mut cargo = process::command("/usr/bin/cargo");
    cargo.current_dir(scratch).env("RUSTC", RUSTC).env_remove("RUSTUP_TOOLCHAIN");
    // -Z flags on a stable compiler; and the bitcode that fat LTO reads.
    cargo.env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "-Cembed-bitcode=yes");
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", format!("/usr/bin/wasm-ld-{}", rustc.llvm));
    cargo.args(["build", "--release", "-Z", PARTS, "--target", TARGET, "--target-dir", "target"]);
    process::stream(&mut cargo, "building the standard library")?;
    Ok(scratch.join("target").join(TARGET).join("release/deps"))
}

/// The stamp comes last: a folder without one is not used.
fn lay_out(folder: &Path, libraries: &Path, rustc: &Rustc) -> Outcome {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let rustlib = folder.join("lib/rustlib");
    let wasm = rustlib.join(TARGET).join("lib");
    fs::create_dir_all(&wasm)?;
    for entry in fs::read_dir(libraries)? {
        let file = entry?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libscratch-") {
            fs::copy(&file, wasm.join(&name))?;
        }
    }
    let system = Path::new("/usr/lib/rustlib").join(&rustc.host);
    let host = rustlib.join(&rustc.host);
    fs::create_dir_all(host.join("bin"))?;
    symlink(&system.join("lib"), &host.join("lib"))?;
    for entry in fs::read_dir(system.join("bin"))? {
        let entry = entry?;
        symlink(&entry.path(), &host.join("bin").join(entry.file_name()))?;
    }
    let linker = host.join("bin/rust-lld");
    if fs::symlink_metadata(&linker).is_err() {
        symlink(&Path::new("/usr/bin").join(rustc.linker()), &linker)?;
    }
    fs::create_dir_all(folder.join("bin"))?;
    for program in ["rustc", "rustdoc", "clippy-driver"] {
        wrap(folder, program)?;
    }
    symlink(Path::new("/usr/bin/cargo"), &folder.join("bin/cargo"))?;
    // A copy, since it starts the clippy-driver beside its own file, which must be ours.
    fs::copy("/usr/bin/cargo-clippy", folder.join("bin/cargo-clippy")).context("/usr/bin/cargo-clippy")?;
    fs::write(folder.join(STAMP), rustc.stamp()).context(folder.display())
}

/// Debian's program with our folder as its sysroot.
fn wrap(folder: &Path, program: &str) -> Outcome {
    let file = folder.join("bin").join(program);
    let sysroot = folder.display().to_string().replace('\'', "'\\''");
    let script = match program {
        // cargo calls `clippy-driver rustc …`: its own first argument must stay the first.
        "clippy-driver" => format!("#!/bin/sh\nSYSROOT='{sysroot}' exec /usr/bin/{program} \"$@\"\n"),
        _ => format!("#!/bin/sh\nexec /usr/bin/{program} --sysroot '{sysroot}' \"$@\"\n"),
    };
    fs::write(&file, script)?;
    executable(&file)
}

#[cfg(unix)]
fn symlink(original: &Path, link: &Path) -> Outcome {
    std::os::unix::fs::symlink(original, link).context(link.display())
}

#[cfg(unix)]
fn executable(file: &Path) -> Outcome {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).context(file.display())
}

#[cfg(not(unix))]
fn symlink(_original: &Path, link: &Path) -> Outcome {
    Err(Failure::new(format!("{}: only made on Debian", link.display())))
}

#[cfg(not(unix))]
fn executable(_file: &Path) -> Outcome {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_linker_is_of_the_compilers_llvm() {
        let rustc = Rustc::parse("rustc 1.96.0\nhost: x86_64-unknown-linux-gnu\nrelease: 1.96.0\nLLVM version: 22.1.8\n".into());
        let rustc = rustc.unwrap();
        assert_eq!((rustc.linker().as_str(), rustc.version.as_str()), ("lld-22", "1.96.0"));
    }

    #[test]
    fn an_upgraded_compiler_makes_the_stamp_stale() {
        let stamp = |version: &str| {
            let text = format!("host: h\nrelease: {version}\nLLVM version: 22\n");
            Rustc::parse(text).unwrap().stamp()
        };
        assert_ne!(stamp("1.96.0"), stamp("1.96.1"));
    }
}
