//! Node, and what npm installs into the folders that have a package.json of their own.
//! Not here: the npm package that we publish (pack.rs).

use std::fs;

use super::debian::{self, Package};
use crate::failure::{Context, Failure, Outcome};
use crate::process;
use crate::project::Project;
use crate::say;

const OLDEST_NODE: u32 = 20;

/// A copy of the lock file that `node_modules` was installed from.
const STAMP: &str = ".milepost-installed-lock.json";

/// Makes sure of a Node that is new enough.
pub(crate) fn node() -> Outcome {
    if process::find("node").is_none() || process::find("npm").is_none() {
        debian::install(&[Package::new("nodejs", "runs the bundler and the end-to-end tests"), Package::new("npm", "fetches them")])?;
    }
    let version = process::capture(process::command("node").arg("--version"))?;
    match major(&version) {
        Some(found) if found >= OLDEST_NODE => Ok(()),
        _ => Err(Failure::new(format!("Node {} is needed, {} is here: see nodejs.org", OLDEST_NODE, version.trim()))),
    }
}

/// Installs what a folder's lock file names, unless it was done for this very lock file.
pub(crate) fn packages(project: &Project, folder: &str) -> Outcome {
    let folder_path = project.root.join(folder);
    let lock_file = folder_path.join("package-lock.json");
    let lock = fs::read_to_string(&lock_file).context(lock_file.display())?;
    let stamp = folder_path.join("node_modules").join(STAMP);
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    node()?;
    say::step(&format!("Installing the npm packages of {folder}/ (its lock file is new here)"));
    let mut npm = process::command("npm");
    // Lock files name no registry, so npm would ask after each package that its cache already has: a minute for some folders.
    npm.current_dir(&folder_path).args(["ci", "--no-audit", "--no-fund", "--prefer-offline"]);
    process::stream(&mut npm, &format!("npm ci in {folder}"))?;
    fs::write(&stamp, lock).context(stamp.display())
}

fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_is_judged_by_its_major_version() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("20"), None);
    }
}
