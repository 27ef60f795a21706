// Starts the real collector on a free loopback port, with a database in a temporary folder.

import { spawn } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Folder of the built package's `dist/`. */
export const DIST = join(required("MILEPOST_PACKAGE"), "dist");

/** The collector that MILEPOST_COLLECTOR names, serving the tracker of MILEPOST_PACKAGE; `config` is its configuration file's text. */
export async function startCollector(config = "") {
  const data = await mkdtemp(join(tmpdir(), "milepost-e2e-"));
  const file = join(data, "collector.toml");
  await writeFile(file, config);
  const options = ["--listen", "127.0.0.1:0", "--drain-notice", "0", "--count-headless", "--data", data, "--assets", DIST, "--config", file];
  const child = spawn(required("MILEPOST_COLLECTOR"), ["serve", ...options], { stdio: ["ignore", "pipe", "pipe"] });
  const end = () => child.kill();
  process.once("exit", end);
  const url = await address(child);
  return {
    url,
    /** Count by event name of what is stored for a site. */
    async counts(site) {
      const { events } = await ask(`${url}/api/report/events?site=${site}`);
      return Object.fromEntries(events.map(({ name, count }) => [name, count]));
    },
    events: (site) => ask(`${url}/api/report/events?site=${site}`),
    rejected: (site) => ask(`${url}/api/report/rejected?site=${site}`),
    /** Every byte the collector keeps. */
    async bytes() {
      const names = await readdir(data, { recursive: true, withFileTypes: true });
      const files = names.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath ?? entry.path, entry.name)));
      return Buffer.concat(await Promise.all(files));
    },
    async stop() {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await gone;
      process.off("exit", end);
      await rm(data, { recursive: true, force: true });
    },
  };
}

async function ask(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

function address(child) {
  return new Promise((resolve, reject) => {
    const said = [];
    const listen = (stream) =>
      createInterface({ input: stream }).on("line", (line) => {
        said.push(line);
        const [, url] = /listening on (http:\/\/\S+)/.exec(line) ?? [];
        if (url) resolve(url);
      });
    listen(child.stdout);
    listen(child.stderr);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the collector ended with ${code}: ${said.join("\n")}`)));
  });
}

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; \`cargo xtask test\` builds what these tests need and sets it.`);
  return value;
}
