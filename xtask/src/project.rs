//! Where the project's files are, where tools are kept between runs, and which versions the project pins.
//! Not here: making any of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Context, Failure, Outcome};
use crate::process;

/// The version that the package and the crates share.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The folders that chores work in.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    /// The workspace.
    pub(crate) root: PathBuf,
    /// What outlives `cargo clean`: tools and the wasm toolchain.
    pub(crate) cache: PathBuf,
}

impl Project {
    /// Finds the project that xtask was built from.
    pub(crate) fn locate() -> Outcome<Self> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        let root = manifest.parent().map(Path::to_owned).ok_or_else(|| Failure::new("xtask has no parent folder"))?;
        let cache = folder_of("XDG_CACHE_HOME")
            .or_else(|| Some(folder_of("HOME").or_else(|| folder_of("USERPROFILE"))?.join(".cache")))
            .ok_or_else(|| Failure::new("neither XDG_CACHE_HOME nor HOME says where tools may be kept"))?;
        Ok(Self { root, cache: cache.join("milepost") })
    }

    /// cargo's target folder.
    pub(crate) fn target(&self) -> PathBuf {
        self.root.join("target")
    }

    /// Where the npm package is made.
    pub(crate) fn npm(&self) -> PathBuf {
        self.target().join("npm")
    }

    /// The unpacked npm package.
    pub(crate) fn package(&self) -> PathBuf {
        self.npm().join("package")
    }

    /// A program that npm installed in `js/`.
    pub(crate) fn js_tool(&self, name: &str) -> PathBuf {
        self.root.join("js/node_modules/.bin").join(name)
    }

    /// A command that runs in the project's root.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = process::command(program);
        command.current_dir(&self.root);
        command
    }

    /// cargo with the person's own toolchain, not the one that only knows wasm.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = self.command("cargo");
        if std::env::var_os("RUSTUP_TOOLCHAIN").is_some_and(|name| name == crate::setup::wasm_target::LINKED_NAME) {
            command.env_remove("RUSTUP_TOOLCHAIN");
        }
        command
    }

    /// The version of a crate that Cargo.lock holds.
    pub(crate) fn locked(&self, name: &str) -> Outcome<String> {
        let file = self.root.join("Cargo.lock");
        let text = std::fs::read_to_string(&file).context(file.display())?;
        version_in(&text, name).ok_or_else(|| Failure::new(format!("Cargo.lock names no crate {name}")))
    }
}

fn folder_of(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn version_in(lock: &str, name: &str) -> Option<String> {
    let wanted = format!("name = \"{name}\"");
    let mut lines = lock.lines().skip_while(|line| *line != wanted);
    lines.next()?;
    Some(lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_found_by_its_whole_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(version_in(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(version_in(lock, "wasm"), None);
    }
}
