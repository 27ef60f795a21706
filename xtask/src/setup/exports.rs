//! Gives tools to the programs that look for them on PATH: one folder of links, and the shell lines that name it.
//! Not here: getting the tools.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::browsers::{self, Chromium};
use super::wasm_target::{self, LINKED_NAME, WasmToolchain};
use super::{cargo_tools, npm};
use crate::failure::{Context, Failure, Outcome};
use crate::process;
use crate::project::Project;

/// Where wasm-bindgen's test runner looks for browser settings other than those in webdriver.json.
const SETTINGS: &str = "WASM_BINDGEN_TEST_WEBDRIVER_JSON";

/// Seconds that a file of browser tests may take; the runner's own 20 are too few for a busy machine.
const PATIENCE: (&str, &str) = ("WASM_BINDGEN_TEST_TIMEOUT", "120");

/// All that the browser tests of the crate need.
pub(crate) struct WasmTests {
    toolchain: WasmToolchain,
    links: PathBuf,
    settings: PathBuf,
    /// Chromium and its driver.
    pub(crate) chromium: Chromium,
    /// Firefox.
    pub(crate) firefox: PathBuf,
    /// Firefox's driver.
    pub(crate) geckodriver: PathBuf,
}

impl WasmTests {
    /// Sets up what is missing.
    pub(crate) fn ensure(project: &Project) -> Outcome<Self> {
        npm::node()?;
        let toolchain = wasm_target::ensure(project)?;
        let wasm_bindgen = cargo_tools::wasm_bindgen(project)?;
        let wasm_pack = cargo_tools::wasm_pack(project)?;
        let chromium = browsers::chromium()?;
        let firefox = browsers::firefox()?;
        let geckodriver = cargo_tools::geckodriver(project)?;
        let links = project.target().join("xtask/bin");
        let runner = wasm_bindgen.with_file_name("wasm-bindgen-test-runner");
        let programs = [
            ("wasm-bindgen", &wasm_bindgen),
            ("wasm-bindgen-test-runner", &runner),
            ("wasm-pack", &wasm_pack),
            ("chromedriver", &chromium.driver),
            ("geckodriver", &geckodriver),
        ];
        for (name, program) in programs {
            link(&links, name, program)?;
        }
        let settings = project.target().join("xtask/webdriver.json");
        let committed = fs::read_to_string(project.root.join("webdriver.json")).context("webdriver.json")?;
        let found = with_browsers(&committed, &chromium.browser, &firefox)?;
        fs::write(&settings, found).context(settings.display())?;
        Ok(Self { toolchain, links, settings, chromium, firefox, geckodriver })
    }

    /// wasm-pack, ready to run.
    pub(crate) fn wasm_pack(&self, project: &Project) -> Command {
        let mut command = project.command(self.links.join("wasm-pack"));
        command.env("PATH", process::path_with(&self.links)).env(SETTINGS, &self.settings).env(PATIENCE.0, PATIENCE.1);
        // The runner takes the first driver that the environment names, whatever browser was asked for.
        for driver in ["CHROMEDRIVER", "GECKODRIVER", "SAFARIDRIVER"] {
            command.env_remove(driver);
        }
        self.toolchain.apply(&mut command);
        command
    }

    /// Lines for `eval`, after which wasm-pack can be typed as its manual says.
    /// It downloads a driver only when none is on PATH.
    pub(crate) fn shell_lines(&self) -> String {
        let mut path: OsString = self.links.clone().into();
        let mut lines = String::new();
        match &self.toolchain {
            WasmToolchain::Current => {}
            WasmToolchain::Linked => lines.push_str(&format!("export RUSTUP_TOOLCHAIN={LINKED_NAME}\n")),
            WasmToolchain::Folder(folder) => {
                path.push(":");
                path.push(folder.join("bin"));
            }
        }
        lines.push_str(&format!("export {}={}\n", PATIENCE.0, PATIENCE.1));
        lines.push_str("unset CHROMEDRIVER GECKODRIVER SAFARIDRIVER\n");
        lines.push_str(&format!("export PATH={}:\"$PATH\"\n", quoted(Path::new(&path))));
        for (name, value) in [
            (SETTINGS, &self.settings),
            ("MILEPOST_CHROMIUM", &self.chromium.browser),
            ("MILEPOST_CHROMEDRIVER", &self.chromium.driver),
            ("MILEPOST_FIREFOX", &self.firefox),
            ("MILEPOST_GECKODRIVER", &self.geckodriver),
        ] {
            lines.push_str(&format!("export {name}={}\n", quoted(value)));
        }
        lines
    }
}

fn link(folder: &Path, name: &str, program: &Path) -> Outcome {
    fs::create_dir_all(folder)?;
    let link = folder.join(name);
    if fs::read_link(&link).is_ok_and(|target| target == program) || link == program {
        return Ok(());
    }
    if fs::symlink_metadata(&link).is_ok() {
        fs::remove_file(&link)?;
    }
    #[cfg(unix)]
    let made = std::os::unix::fs::symlink(program, &link);
    #[cfg(not(unix))]
    let made = fs::copy(program, &link);
    made.map(|_| ()).context(link.display())
}

/// The committed browser settings plus the paths of the browsers that were found here.
fn with_browsers(committed: &str, chromium: &Path, firefox: &Path) -> Outcome<String> {
    let mut settings: Value = serde_json::from_str(committed)?;
    for (key, browser) in [("goog:chromeOptions", chromium), ("moz:firefoxOptions", firefox)] {
        let options = settings.get_mut(key).and_then(Value::as_object_mut);
        let options = options.ok_or_else(|| Failure::new(format!("webdriver.json has no {key}")))?;
        options.insert("binary".into(), json!(browser));
    }
    Ok(serde_json::to_string_pretty(&settings)?)
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_survives_the_shell() {
        assert_eq!(quoted(Path::new("/it's here")), "'/it'\\''s here'");
    }

    #[test]
    fn found_browsers_join_the_committed_settings() {
        let committed = r#"{"goog:chromeOptions":{"args":["--x"]},"moz:firefoxOptions":{}}"#;
        let settings = with_browsers(committed, Path::new("/c"), Path::new("/f")).unwrap();
        let settings: Value = serde_json::from_str(&settings).unwrap();
        assert_eq!(settings, json!({"goog:chromeOptions":{"args":["--x"],"binary":"/c"},"moz:firefoxOptions":{"binary":"/f"}}));
    }
}
