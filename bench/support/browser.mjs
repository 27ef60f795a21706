// A headless Chromium as visitors have it: with the back/forward cache, and without the marks by which trackers know a robot.

import { spawn } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";
import { QUIET } from "../../tests/e2e/support/quiet.mjs";

const PEOPLE = [
  // Trackers drop what robots do; this bench wants to see what they do for people.
  "--disable-blink-features=AutomationControlled",
  // Names under localhost are loopback by themselves; whatever else a page asks for must not leave the machine.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1",
];
const ARGUMENTS = ["--headless=new", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []), ...QUIET, ...PEOPLE];

/** A browser whose contexts are visitors. */
export async function launch() {
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: ARGUMENTS,
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
  });
  return { browser, userAgent: userAgentOf(browser.version()), version: browser.version(), close: () => browser.close() };
}

/** What a person's Chromium says, not a headless one. */
function userAgentOf(version) {
  return `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version.split(".")[0]}.0.0.0 Safari/537.36`;
}

/** A browser with a profile on disk, which can be killed as by a power cut. */
export async function launchKillable(profile, version) {
  await rm(join(profile, "DevToolsActivePort"), { force: true });
  const child = spawn(findChromium(), [...ARGUMENTS, `--user-agent=${userAgentOf(version)}`, `--user-data-dir=${profile}`, "--remote-debugging-port=0", "--no-default-browser-check", "--hide-crash-restore-bubble", "about:blank"], {
    stdio: "ignore",
    detached: true,
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const killer = () => kill(child.pid);
  process.once("exit", killer);
  const port = await portOf(join(profile, "DevToolsActivePort"), child);
  const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
  return {
    context: browser.contexts()[0],
    /** SIGKILL to every process of it at once. */
    async kill() {
      kill(child.pid);
      await ended;
      process.off("exit", killer);
      await browser.close().catch(() => {});
    },
  };
}

/** Path of a Chromium: what MILEPOST_CHROMIUM names, or the first one on PATH. */
export function findChromium() {
  if (process.env.MILEPOST_CHROMIUM) return process.env.MILEPOST_CHROMIUM;
  for (const name of ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]) {
    for (const folder of (process.env.PATH ?? "").split(delimiter)) {
      if (existsSync(join(folder, name))) return join(folder, name);
    }
  }
  throw new Error("No Chromium on PATH: install one, or name it in MILEPOST_CHROMIUM.");
}

async function portOf(file, child) {
  const begun = Date.now();
  while (Date.now() - begun < 30_000 && child.exitCode === null) {
    const [port] = (await readFile(file, "utf8").catch(() => "")).split("\n");
    if (port) return port;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("the browser did not say where to steer it");
}

/** The browser's own processes only: its descendants, found before the first of them ends. */
function kill(root) {
  for (const pid of [root, ...descendants(root)]) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

function descendants(root) {
  const children = new Map();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(pid)]);
    } catch {
      // It ended while we looked.
    }
  }
  const found = [];
  const walk = (pid) => {
    for (const child of children.get(pid) ?? []) {
      found.push(child);
      walk(child);
    }
  };
  walk(root);
  return found;
}
