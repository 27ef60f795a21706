//! Starts other programs: with an environment free of cargo's own, in a group that can be ended as a whole.
//! Not here: what is run and why.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::failure::{Context, Failure, Outcome};
use crate::interrupt::{self, Registered};
use crate::say::Heartbeat;

/// How long a background process may take to end before it is killed.
const GRACE: Duration = Duration::from_secs(10);

/// A command that sees the environment of the person who called xtask, not what `cargo run` added to it.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(added_by_cargo) {
            command.env_remove(name);
        }
    }
    if let Some(path) = std::env::var_os("LD_LIBRARY_PATH") {
        let kept: Vec<PathBuf> = std::env::split_paths(&path).filter(|folder| !is_toolchain_folder(folder)).collect();
        match std::env::join_paths(kept) {
            Ok(path) if !path.is_empty() => command.env("LD_LIBRARY_PATH", path),
            _ => command.env_remove("LD_LIBRARY_PATH"),
        };
    }
    command
}

/// Runs to the end and shows the output on standard error; a failure names `what`.
pub(crate) fn stream(command: &mut Command, what: &str) -> Outcome {
    interrupt::check()?;
    let _heartbeat = Heartbeat::start(what);
    let status = group(command).stdin(Stdio::null()).stdout(Stdio::from(std::io::stderr())).spawn();
    let mut child = status.context(what)?;
    let _registered = Registered::new(child.id());
    succeeded(child.wait()?, what)
}

/// Runs to the end in the terminal's own group, so that it can ask for a password.
pub(crate) fn converse(command: &mut Command, what: &str) -> Outcome {
    interrupt::check()?;
    let _heartbeat = Heartbeat::start(what);
    let status = command.stdout(Stdio::from(std::io::stderr())).status().context(what)?;
    succeeded(status, what)
}

/// Runs to the end and returns what it wrote to standard output.
pub(crate) fn capture(command: &mut Command) -> Outcome<String> {
    let what = format!("running {}", command.get_program().display());
    let output = command.stdin(Stdio::null()).output().context(&what)?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(Failure::new(format!("{what}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim_end())))
    }
}

/// Runs to the end, shows the output as it comes and returns both how it ended and what it wrote.
pub(crate) fn tee(command: &mut Command, what: &str) -> Outcome<(ExitStatus, String)> {
    interrupt::check()?;
    let _heartbeat = Heartbeat::start(what);
    let (output, input) = std::io::pipe()?;
    group(command).stdin(Stdio::null()).stdout(input.try_clone()?).stderr(input);
    let mut child = command.spawn().context(what)?;
    let _registered = Registered::new(child.id());
    // The command holds the writing end of the pipe; while it does, the reading end never closes.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let text = echo(output)?;
    Ok((child.wait()?, text))
}

/// Runs to the end, shows its output and returns how it ended and the last line it wrote to standard output.
pub(crate) fn last_line(command: &mut Command, what: &str) -> Outcome<(ExitStatus, String)> {
    interrupt::check()?;
    let _heartbeat = Heartbeat::start(what);
    let mut child = group(command).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context(what)?;
    let _registered = Registered::new(child.id());
    let text = child.stdout.take().map(echo).transpose()?.unwrap_or_default();
    let status = child.wait()?;
    interrupt::check()?;
    Ok((status, text.lines().last().unwrap_or_default().to_owned()))
}

/// A process beside us, which ends when this is dropped.
pub(crate) struct Background {
    child: Child,
    _registered: Registered,
}

impl Background {
    /// Starts it; what it writes goes to standard error.
    pub(crate) fn start(command: &mut Command, what: &str) -> Outcome<Self> {
        interrupt::check()?;
        let child = group(command).stdin(Stdio::null()).stdout(Stdio::from(std::io::stderr())).spawn().context(what)?;
        let registered = Registered::new(child.id());
        Ok(Self { child, _registered: registered })
    }

    /// Whether it ended by itself.
    pub(crate) fn ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        interrupt::end_group(self.child.id());
        let asked = Instant::now();
        while cfg!(unix) && !self.ended() && asked.elapsed() < GRACE {
            std::thread::sleep(Duration::from_millis(20));
        }
        // Neither can fail in a way that leaves something to do: the process is gone, or about to be.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first executable of that name on PATH.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// PATH with `folder` before everything else.
pub(crate) fn path_with(folder: &Path) -> OsString {
    let mut folders = vec![folder.to_owned()];
    folders.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    std::env::join_paths(folders).unwrap_or_else(|_| folder.as_os_str().to_owned())
}

fn group(command: &mut Command) -> &mut Command {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    command
}

fn succeeded(status: ExitStatus, what: &str) -> Outcome {
    interrupt::check()?;
    if status.success() { Ok(()) } else { Err(Failure::new(format!("{what}: {status}"))) }
}

fn echo(output: impl Read) -> Outcome<String> {
    let mut reader = BufReader::new(output);
    let mut text = String::new();
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        std::io::stderr().write_all(&line)?;
        text.push_str(&String::from_utf8_lossy(&line));
        line.clear();
    }
    Ok(text)
}

fn added_by_cargo(name: &str) -> bool {
    let package = name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_BIN_") || name.starts_with("CARGO_MANIFEST");
    package || matches!(name, "CARGO" | "CARGO_CRATE_NAME" | "CARGO_PRIMARY_PACKAGE" | "CARGO_TARGET_DIR" | "OUT_DIR")
}

/// `cargo run` puts the toolchain's libraries first, where another rustc would find the wrong ones.
fn is_toolchain_folder(folder: &Path) -> bool {
    folder.ends_with("lib") && folder.iter().any(|part| part == "toolchains")
        || folder.iter().any(|part| part == "rustlib")
        || folder.ends_with("deps")
        || folder.parent().is_some_and(|parent| parent.ends_with("build"))
        || folder.iter().any(|part| part == "debug")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_run_leaves_no_trace_in_a_child() {
        for name in ["CARGO", "CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "CARGO_TARGET_DIR"] {
            assert!(added_by_cargo(name), "{name}");
        }
        for name in ["CARGO_HOME", "RUSTUP_TOOLCHAIN", "PATH", "CARGO_NET_OFFLINE", "CARGO_HTTP_CAINFO"] {
            assert!(!added_by_cargo(name), "{name}");
        }
    }

    #[test]
    fn libraries_of_a_toolchain_are_not_passed_on() {
        assert!(is_toolchain_folder(Path::new("/home/me/.rustup/toolchains/stable/lib")));
        assert!(is_toolchain_folder(Path::new("/home/ada/shop/target/debug/deps")));
        assert!(!is_toolchain_folder(Path::new("/opt/vendor/lib")));
    }

    #[cfg(unix)]
    #[test]
    fn output_is_kept_while_it_is_shown() {
        let (status, text) = tee(command("sh").args(["-c", "echo one; echo two >&2; exit 3"]), "sh").unwrap();
        assert_eq!((status.code(), text.as_str()), (Some(3), "one\ntwo\n"));
    }

    #[cfg(unix)]
    #[test]
    fn a_background_process_ends_with_its_owner() {
        let child = Background::start(command("sleep").arg("600"), "sleep").unwrap();
        let pid = child.child.id();
        drop(child);
        assert!(!Path::new("/proc").join(pid.to_string()).exists());
    }
}
