// The three browser engines: where each is, its driver, what a session asks for, and a plain launch with a profile.
// Not here: speaking to a driver; see webdriver.mjs.

import { accessSync, constants, existsSync, readFileSync, readdirSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CAN_KILL, descendants, start } from "./processes.mjs";

/** What the tests in wasm ask of the same browsers. */
const SETTINGS = JSON.parse(readFileSync(fileURLToPath(new URL("../../../webdriver.json", import.meta.url)), "utf8"));
const CHROMIUM_ARGS = SETTINGS["goog:chromeOptions"].args;
const CHROMIUM_PLAIN = ["--disable-popup-blocking", "--hide-crash-restore-bubble", "--password-store=basic", "--no-default-browser-check"];
const FIREFOX_PREFS = {
  ...SETTINGS["moz:firefoxOptions"].prefs,
  "dom.disable_open_during_load": false,
  // A profile that was killed twice would else ask what to do.
  "browser.sessionstore.resume_from_crash": false,
  "toolkit.startup.max_resumed_crashes": -1,
  "browser.aboutwelcome.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.homepage_override.mstone": "ignore",
  "browser.startup.page": 0,
  "browser.tabs.warnOnClose": false,
  "datareporting.healthreport.uploadEnabled": false,
  "termsofuse.acceptedVersion": 999,
  "toolkit.telemetry.reportingpolicy.firstRun": false,
};
const MINI_BROWSERS = ["/usr/lib", "/usr/libexec", "/usr/lib64"];

/** All three, in the order they are tested. Each test says which it needs by capability. */
export const ENGINES = [chromium(), firefox(), webkit()];

export const [CHROMIUM, FIREFOX, WEBKIT] = ENGINES;

/**
 * `missing` says why an engine can't be driven here; such tests are skipped, and counted as that.
 * `keepsProfile` says whether a driven one can have a profile that outlives it.
 * `plain(profile, url)` launches it as a person would: no automation, a profile that outlives the process.
 * `contentOf(pid)` are the processes that pages run in.
 */
function chromium() {
  const program = find("MILEPOST_CHROMIUM", ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]);
  const driver = find("MILEPOST_CHROMEDRIVER", ["chromedriver"]);
  return {
    name: "Chromium",
    keepsProfile: true,
    missing: missing({ Chromium: program, chromedriver: driver }),
    driver: { program: driver, args: ["--port=0"], ready: /started successfully on port (\d+)/ },
    capabilities: (profile) => ({ "goog:chromeOptions": { binary: program, args: [...CHROMIUM_ARGS, ...(profile ? [`--user-data-dir=${profile}`] : [])] } }),
    plain: (profile, url) => start(program, [...CHROMIUM_ARGS, ...CHROMIUM_PLAIN, `--user-data-dir=${profile}`, url]),
    contentOf: (pid) => descendants(pid, (line) => /--type=renderer/.test(line) && !/--extension-process/.test(line)),
  };
}

function firefox() {
  const program = find("MILEPOST_FIREFOX", ["firefox", "firefox-esr"]);
  const driver = find("MILEPOST_GECKODRIVER", ["geckodriver"]);
  const env = { MOZ_CRASHREPORTER_DISABLE: "1" };
  return {
    name: "Firefox",
    keepsProfile: true,
    missing: missing({ Firefox: program, geckodriver: driver }),
    driver: { program: driver, args: ["--port=0", "--allow-hosts", "127.0.0.1", "localhost"], ready: /Listening on [\d.]+:(\d+)/, env },
    capabilities: (profile) => ({ "moz:firefoxOptions": { binary: program, args: ["-headless", ...(profile ? ["-profile", profile] : [])], prefs: FIREFOX_PREFS } }),
    async plain(profile, url) {
      const prefs = Object.entries(FIREFOX_PREFS).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`);
      await writeFile(join(profile, "user.js"), prefs.join("\n"));
      return start(program, ["-headless", "-no-remote", "-profile", profile, url], { env });
    },
    contentOf: (pid) => descendants(pid, (line) => /-contentproc/.test(line) && / tab *$/.test(line)),
  };
}

function webkit() {
  const driver = find("MILEPOST_WEBKIT_DRIVER", ["WebKitWebDriver"]);
  const program = process.env.MILEPOST_MINIBROWSER || miniBrowser();
  const screen = find("MILEPOST_XVFB", ["Xvfb"]);
  return {
    name: "WebKitGTK",
    // Driven, it writes nothing to disk.
    keepsProfile: false,
    missing: missing({ MiniBrowser: program, WebKitWebDriver: driver, "a display or Xvfb": process.env.DISPLAY || screen }),
    // It prints nothing, and takes no port 0.
    driver: { program: driver, args: (port) => ["--host=127.0.0.1", `--port=${port}`], env: async () => graphics(screen) },
    capabilities: () => ({ "webkitgtk:browserOptions": { binary: program, args: ["--automation", "--javascript-can-open-windows-automatically=true"] } }),
    async plain(profile, url) {
      const folders = {};
      for (const kind of ["CONFIG", "DATA", "CACHE", "STATE"]) {
        folders[`XDG_${kind}_HOME`] = join(profile, kind.toLowerCase());
        await mkdir(folders[`XDG_${kind}_HOME`], { recursive: true });
      }
      return start(program, [url], { env: { ...(await graphics(screen)), ...folders } });
    },
    contentOf: (pid) => descendants(pid, (line) => /WebKitWebProcess/.test(line)),
  };
}

let display;

/** Drawn in memory: by a server of its own where there is no display. */
async function graphics(screen) {
  display ??= process.env.DISPLAY ?? (await startDisplay(screen));
  return { DISPLAY: display, GDK_BACKEND: "x11", NO_AT_BRIDGE: "1", LIBGL_ALWAYS_SOFTWARE: "1", GIO_USE_VFS: "local", GSETTINGS_BACKEND: "memory" };
}

async function startDisplay(screen) {
  const args = ["-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp"];
  const { said } = await start(screen, args, { ready: /^(\d+)$/, extra: true, aside: true });
  return `:${said[1]}`;
}

function missing(parts) {
  const lacking = Object.keys(parts).filter((name) => !parts[name]);
  if (!CAN_KILL) lacking.push("/proc, to know the browser's processes");
  return lacking.length ? `not here: ${lacking.join(", ")}` : false;
}

function find(variable, names) {
  if (process.env[variable]) return process.env[variable];
  for (const name of names) {
    for (const folder of (process.env.PATH ?? "").split(delimiter)) {
      const file = join(folder, name);
      if (executable(file)) return file;
    }
  }
  return undefined;
}

/** Debian keeps it in a folder by architecture and version. */
function miniBrowser() {
  for (const root of MINI_BROWSERS.filter(existsSync)) {
    for (const inside of ["", ...readdirSync(root).filter((name) => name.endsWith("-linux-gnu"))]) {
      for (const version of ["webkitgtk-6.0", "webkit2gtk-4.1", "webkit2gtk-4.0"]) {
        const file = join(root, inside, version, "MiniBrowser");
        if (executable(file)) return file;
      }
    }
  }
  return undefined;
}

function executable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
