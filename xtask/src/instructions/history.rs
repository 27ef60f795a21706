//! Asks git which version a change is held to, and takes out its source.
//! Not here: its counts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::failure::{Context, Outcome};
use crate::process;
use crate::project::Project;

/// What git knows that matters for the choice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct History {
    /// The newest release before this version: its tag and its commit.
    pub(crate) release: Option<(String, String)>,
    /// The commit that the recorded counts came with: they describe its source. None when it can't be told: no git, a
    /// shallow clone, or a record that isn't committed yet.
    pub(crate) recorded: Option<String>,
    /// Whether the record is newer than the release, or there is no release.
    pub(crate) recorded_since: bool,
}

impl History {
    pub(crate) fn read(project: &Project, record: &str) -> Self {
        let git = |arguments: &[&str]| git(project, arguments);
        let tags = git(&["tag", "--list", "v*", "--sort=-version:refname", "--merged", "HEAD"]).unwrap_or_default();
        let release = tags.lines().next().and_then(|tag| Some((tag.to_owned(), git(&["rev-list", "-1", tag])?)));
        let changed = git(&["status", "--porcelain", "--", record]).is_none_or(|status| !status.is_empty());
        let recorded = if changed { None } else { git(&["log", "-1", "--format=%H", "--", record]).filter(|commit| !commit.is_empty()) };
        // Where a shallow clone ends, every file seems to have come with the last commit that is there.
        let shallow = git(&["rev-parse", "--is-shallow-repository"]).is_some_and(|answer| answer == "true");
        let is_end = |commit: &String| git(&["rev-list", "--parents", "-1", commit]).is_none_or(|line| !line.contains(' '));
        let recorded = recorded.filter(|commit| !(shallow && is_end(commit)));
        let recorded_since = match (&release, &recorded) {
            (None, _) | (_, None) => true,
            (Some((_, release)), Some(recorded)) => git(&["merge-base", "--is-ancestor", release, recorded]).is_some(),
        };
        Self { release, recorded, recorded_since }
    }
}

/// The source of a commit in a folder of its own, which goes when this is dropped.
pub(crate) struct Source<'a> {
    project: &'a Project,
    pub(crate) folder: PathBuf,
}

impl<'a> Source<'a> {
    pub(crate) fn of(project: &'a Project, commit: &str) -> Outcome<Self> {
        let folder = project.target().join("instructions/source");
        let source = Self { project, folder };
        // What an interrupted run has left behind.
        source.remove();
        if let Some(parent) = source.folder.parent() {
            fs::create_dir_all(parent).context(parent.display())?;
        }
        let mut git = project.command("git");
        git.args(["worktree", "add", "--quiet", "--detach", "--force"]).arg(&source.folder).arg(commit);
        process::stream(&mut git, "git worktree add")?;
        Ok(source)
    }

    pub(crate) fn has(&self, file: &str) -> bool {
        self.folder.join(file).is_file()
    }

    fn remove(&self) {
        let folder: &Path = &self.folder;
        // A folder that isn't there, or isn't git's any more, is what is wanted.
        let _ = fs::remove_dir_all(folder);
        let _ = git(self.project, &["worktree", "prune"]);
    }
}

impl Drop for Source<'_> {
    fn drop(&mut self) {
        self.remove();
    }
}

/// What git says, or nothing where it fails.
fn git(project: &Project, arguments: &[&str]) -> Option<String> {
    let output = process::capture(project.command("git").args(arguments).stderr(Stdio::null())).ok()?;
    Some(output.trim().to_owned())
}
