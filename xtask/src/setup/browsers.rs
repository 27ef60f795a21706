//! Finds browsers and the driver that fits each, or installs the distribution's.
//! Not here: geckodriver, which is built (cargo_tools.rs); starting any of them.

use std::path::{Path, PathBuf};

use super::debian::{self, Package};
use crate::failure::{Failure, Outcome};
use crate::process;

/// A Chromium and the driver of the same major version.
#[derive(Debug, Clone)]
pub(crate) struct Chromium {
    pub(crate) browser: PathBuf,
    pub(crate) driver: PathBuf,
}

/// Looks at `MILEPOST_CHROMIUM` and `MILEPOST_CHROMEDRIVER`, then PATH, then asks for Debian's packages.
pub(crate) fn chromium() -> Outcome<Chromium> {
    if let Some(found) = chromium_present() {
        return Ok(found);
    }
    debian::install(&[
        Package::new("chromium", "a browser for the tests and the demo's visitors"),
        Package::new("chromium-driver", "lets the browser tests steer it"),
    ])?;
    chromium_present()
        .ok_or_else(|| Failure::new("no Chromium with a chromedriver of the same version: set MILEPOST_CHROMIUM and MILEPOST_CHROMEDRIVER"))
}

/// Looks at `MILEPOST_FIREFOX`, then PATH, then asks for Debian's package.
pub(crate) fn firefox() -> Outcome<PathBuf> {
    if let Some(found) = firefox_present() {
        return Ok(found);
    }
    debian::install(&[Package::new("firefox-esr", "the second browser for the tests")])?;
    firefox_present().ok_or_else(|| Failure::new("no Firefox on PATH: set MILEPOST_FIREFOX"))
}

/// WebKitGTK's small browser, its driver and a display in memory: what Safari's engine is tested with on Linux.
#[derive(Debug, Clone)]
pub(crate) struct WebKit {
    pub(crate) browser: PathBuf,
    pub(crate) driver: PathBuf,
    /// An X server without a screen.
    pub(crate) display: PathBuf,
}

/// Looks at `MILEPOST_MINIBROWSER`, `MILEPOST_WEBKIT_DRIVER` and `MILEPOST_XVFB`, then where distributions put them, then asks
/// for Debian's packages. There is none outside Linux.
pub(crate) fn webkit() -> Outcome<WebKit> {
    if let Some(found) = webkit_present() {
        return Ok(found);
    }
    if cfg!(not(target_os = "linux")) {
        return Err(Failure::new("WebKitGTK is there on Linux alone"));
    }
    debian::install(&[
        Package::new("webkit2gtk-driver", "the third browser for the tests of delivery, and its driver"),
        Package::new("xvfb", "the display that it draws on"),
    ])?;
    webkit_present().ok_or_else(|| Failure::new("no WebKitGTK: set MILEPOST_MINIBROWSER, MILEPOST_WEBKIT_DRIVER and MILEPOST_XVFB"))
}

fn webkit_present() -> Option<WebKit> {
    let browser = candidates("MILEPOST_MINIBROWSER", &["MiniBrowser"]).into_iter().next().or_else(mini_browser)?;
    let driver = candidates("MILEPOST_WEBKIT_DRIVER", &["WebKitWebDriver"]).into_iter().next()?;
    let display = candidates("MILEPOST_XVFB", &["Xvfb"]).into_iter().next()?;
    Some(WebKit { browser, driver, display })
}

/// Not on PATH: `/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser`, `/usr/libexec/webkitgtk-6.0/MiniBrowser`.
fn mini_browser() -> Option<PathBuf> {
    let folders = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let roots = ["/usr/lib", "/usr/libexec", "/usr/lib64"].map(PathBuf::from);
    let inside = roots.iter().flat_map(|root| folders(root)).filter(|path| path.to_string_lossy().ends_with("-linux-gnu"));
    let all: Vec<PathBuf> = inside.chain(roots.iter().cloned()).collect();
    all.iter().flat_map(|folder| folders(folder)).map(|folder| folder.join("MiniBrowser")).find(|file| file.is_file())
}

fn chromium_present() -> Option<Chromium> {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
    let browsers = candidates("MILEPOST_CHROMIUM", &names);
    let drivers = candidates("MILEPOST_CHROMEDRIVER", &["chromedriver"]);
    let pairs = browsers.iter().flat_map(|browser| drivers.iter().map(move |driver| (browser, driver)));
    let fits = |pair: &(&PathBuf, &PathBuf)| major(pair.0).is_some() && major(pair.0) == major(pair.1);
    pairs.into_iter().find(fits).map(|(browser, driver)| Chromium { browser: browser.clone(), driver: driver.clone() })
}

fn firefox_present() -> Option<PathBuf> {
    candidates("MILEPOST_FIREFOX", &["firefox", "firefox-esr"]).into_iter().next()
}

fn candidates(variable: &str, names: &[&str]) -> Vec<PathBuf> {
    match std::env::var_os(variable).filter(|value| !value.is_empty()) {
        Some(own) => vec![own.into()],
        None => names.iter().filter_map(|name| process::find(name)).collect(),
    }
}

fn major(program: &Path) -> Option<u32> {
    major_in(&process::capture(process::command(program).arg("--version")).ok()?)
}

/// The first number with a dot after it: "Google Chrome 156.0.8078.79", "ChromeDriver 156.0.8078.79 (…)".
fn major_in(text: &str) -> Option<u32> {
    text.split_whitespace().find_map(|word| word.split_once('.')?.0.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browser_and_driver_are_compared_by_major_version() {
        assert_eq!(major_in("Chromium 156.0.8078.79 built on Debian GNU/Linux 12"), Some(156));
        assert_eq!(major_in("ChromeDriver 155.0.1.2 (abc-refs/branch-heads/1@{#2})"), Some(155));
        assert_eq!(major_in("command not found"), None);
    }
}
