//! Installs distribution packages: names them, says why, then asks apt-get.
//! Not here: which packages are needed.

use std::process::{Command, Stdio};

use crate::failure::{Failure, Outcome};
use crate::process;
use crate::say;

/// A package and the reason it is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    name: String,
    why: String,
}

impl Package {
    pub(crate) fn new(name: &str, why: &str) -> Self {
        Self { name: name.to_owned(), why: why.to_owned() }
    }
}

/// Installs those that are missing. Fails with their names where that can't be done.
pub(crate) fn install(packages: &[Package]) -> Outcome {
    let missing: Vec<&Package> = packages.iter().filter(|package| !installed(&package.name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|package| package.name.as_str()).collect();
    let names = names.join(" ");
    say::step(&format!("Installing distribution packages with apt-get: {names}"));
    for package in &missing {
        say::note(&format!("{}: {}", package.name, package.why));
    }
    let Some(become_root) = way_to_root() else {
        return Err(Failure::new(format!("this needs root, which can't be had here; as root: apt-get install {names}")));
    };
    if process::find("apt-get").is_none() {
        return Err(Failure::new(format!("there is no apt-get here; please install what stands in for: {names}")));
    }
    let hint = |failure: Failure| Failure::new(format!("{failure}; by hand: apt-get update && apt-get install {names}"));
    process::converse(apt(become_root).arg("update").arg("-q"), "apt-get update").map_err(hint)?;
    let mut command = apt(become_root);
    command.args(["install", "-q", "-y", "--no-install-recommends"]).args(names.split(' '));
    process::converse(&mut command, "apt-get install").map_err(hint)
}

#[derive(Clone, Copy)]
enum Root {
    Already,
    Sudo,
}

fn way_to_root() -> Option<Root> {
    if process::capture(process::command("id").arg("-u")).is_ok_and(|id| id.trim() == "0") {
        return Some(Root::Already);
    }
    process::find("sudo").map(|_| Root::Sudo)
}

fn apt(root: Root) -> Command {
    let mut command = match root {
        Root::Already => process::command("env"),
        Root::Sudo => {
            let mut sudo = process::command("sudo");
            sudo.arg("env");
            sudo
        }
    };
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "Dpkg::Use-Pty=0"]);
    command
}

fn installed(name: &str) -> bool {
    let mut query = process::command("dpkg-query");
    query.args(["-W", "-f=${Status}", name]).stderr(Stdio::null());
    process::capture(&mut query).is_ok_and(|status| status.ends_with(" installed"))
}
