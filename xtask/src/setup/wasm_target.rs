//! Finds or makes a Rust toolchain that compiles for wasm32-unknown-unknown.
//! Not here: building the standard library where rustup can't fetch it (std_from_source.rs).

use std::path::{Path, PathBuf};
use std::process::Command;

use super::std_from_source;
use crate::failure::Outcome;
use crate::process;
use crate::project::Project;
use crate::say;

/// The target that the browser shell is compiled for.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// The name under which rustup knows the toolchain we make.
pub(crate) const LINKED_NAME: &str = "milepost-wasm";

/// Set to `source` to use the toolchain built from source even where rustup has the target.
const CHOICE: &str = "MILEPOST_WASM_TOOLCHAIN";

/// Which toolchain compiles for wasm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WasmToolchain {
    /// The one that is used anyway.
    Current,
    /// One of ours that rustup knows by [`LINKED_NAME`].
    Linked,
    /// One of ours, where there is no rustup: its programs must come first on PATH.
    Folder(PathBuf),
}

impl WasmToolchain {
    /// Makes a command compile with this toolchain.
    pub(crate) fn apply<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        match self {
            Self::Current => command,
            Self::Linked => command.env("RUSTUP_TOOLCHAIN", LINKED_NAME),
            Self::Folder(folder) => {
                let bin = folder.join("bin");
                let path = command.get_envs().find(|(name, _)| *name == "PATH").and_then(|(_, value)| value);
                let path = path.map_or_else(|| process::path_with(&bin), |path| before(&bin, path));
                command.env("PATH", path)
            }
        }
    }

    /// cargo of this toolchain, in the project's root.
    pub(crate) fn cargo(&self, project: &Project) -> Command {
        let program = match self {
            Self::Folder(folder) => folder.join("bin/cargo"),
            Self::Current | Self::Linked => "cargo".into(),
        };
        let mut command = project.command(program);
        self.apply(&mut command);
        command
    }
}

/// Uses what the person has, else asks rustup for the target, else builds it from the distribution's source.
pub(crate) fn ensure(project: &Project) -> Outcome<WasmToolchain> {
    let from_source = std::env::var_os(CHOICE).is_some_and(|choice| choice == "source");
    if !from_source && has_target(&mut project.command("rustc")) {
        return Ok(WasmToolchain::Current);
    }
    if let Some(folder) = std_from_source::present(project) {
        return link(project, folder);
    }
    if !from_source && process::find("rustup").is_some() {
        say::step(&format!("{TARGET} is missing: the tracker is compiled for it; asking rustup"));
        let added = process::stream(project.command("rustup").args(["target", "add", TARGET]), "rustup target add");
        if added.is_ok() && has_target(&mut project.command("rustc")) {
            return Ok(WasmToolchain::Current);
        }
        say::note("rustup can't fetch it here");
    }
    let folder = std_from_source::build(project)?;
    link(project, folder)
}

/// rustup's users choose a toolchain by name, which wasm-pack and cargo then both follow.
fn link(project: &Project, folder: PathBuf) -> Outcome<WasmToolchain> {
    if process::find("rustup").is_none() {
        return Ok(WasmToolchain::Folder(folder));
    }
    let linked = process::capture(project.command("rustc").env("RUSTUP_TOOLCHAIN", LINKED_NAME).args(["--print", "sysroot"]));
    if !linked.is_ok_and(|sysroot| Path::new(sysroot.trim()) == folder) {
        say::step(&format!("Telling rustup of {} as toolchain {LINKED_NAME}", folder.display()));
        let mut command = project.command("rustup");
        process::stream(command.args(["toolchain", "link", LINKED_NAME]).arg(&folder), "rustup toolchain link")?;
    }
    Ok(WasmToolchain::Linked)
}

fn has_target(rustc: &mut Command) -> bool {
    let folder = process::capture(rustc.args(["--print", "target-libdir", "--target", TARGET]));
    folder.is_ok_and(|folder| holds_core(Path::new(folder.trim())))
}

fn holds_core(folder: &Path) -> bool {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.map(|file| file.file_name()).any(|name| name.to_string_lossy().starts_with("libcore-"))
}

fn before(folder: &Path, path: &std::ffi::OsStr) -> std::ffi::OsString {
    let folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(path));
    std::env::join_paths(folders).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_toolchain_of_ours_without_rustup_comes_first_on_path() {
        let mut command = Command::new("wasm-pack");
        command.env("PATH", "/tools:/usr/bin");
        WasmToolchain::Folder("/cache/toolchain".into()).apply(&mut command);
        let path = command.get_envs().find(|(name, _)| *name == "PATH").and_then(|(_, value)| value).unwrap();
        assert_eq!(path, "/cache/toolchain/bin:/tools:/usr/bin");
    }

    #[test]
    fn an_empty_folder_is_no_target() {
        assert!(!holds_core(Path::new("/nonexistent")));
    }
}
