// Runs the bench: bundles the trackers, takes the measures one after the other, writes results.
// `cargo xtask bench` calls this, first with `check`, then with `run` and the packed Milepost in MILEPOST_PACKAGE.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { cpus, totalmem, type } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { adapters } from "./adapters/index.mjs";
import { measures } from "./measures/index.mjs";
import { parse } from "./options.mjs";
import { markdown } from "./report.mjs";
import { launch } from "./support/browser.mjs";
import { bundle } from "./support/bundle.mjs";
import { serveSite } from "./support/site.mjs";
import { summary } from "./support/statistics.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
/** Where a run that isn't complete leaves what it has. */
const PARTIAL = join(HERE, "../target/bench");
const NAMES = { trackers: adapters.map(({ name }) => name).filter((name) => name !== "blank"), measures: measures.map(({ name }) => name) };

const USAGE = `Usage: cargo xtask bench [OPTIONS]

  --only NAMES     trackers, separated by commas: ${NAMES.trackers.join(", ")}
  --measure NAMES  measures, separated by commas: ${NAMES.measures.join(", ")}
  --runs N         how often each is taken
  --quick          once each, and short: shows that the bench works
  --resume         go on with an interrupted run: what it has measured is not measured again

A complete run writes bench/RESULTS.md and bench/results.json, any other one target/bench/RESULTS.md and results.json.
`;

let options;
const [what, ...words] = process.argv.slice(2);
try {
  options = parse(words, NAMES);
} catch (error) {
  console.error(`error: ${error.message}`);
  process.exit(2);
}
if (options.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
// `check` only judges the options.
if (what === "run") {
  if (!process.env.MILEPOST_PACKAGE) throw new Error("MILEPOST_PACKAGE is not set; `cargo xtask bench` packs Milepost and sets it.");
  await main();
}

async function main() {
  const begun = Date.now();
  const chosen = adapters.filter(({ name }) => name === "blank" || options.only.includes(name));
  const bundles = new Map();
  for (const adapter of chosen) if (adapter.script) bundles.set(adapter.name, await bundle(adapter.script, process.env.MILEPOST_PACKAGE));
  const site = await serveSite(bundles);
  const browser = await launch();
  const world = { site, browser, quick: options.quick };
  const results = await begin(chosen, browser.version);
  try {
    for (const measure of measures.filter(({ name }) => options.measures.includes(name))) {
      if (results.measures[measure.name]) say(`${measure.name}: measured before, kept`);
      else results.measures[measure.name] = await take(measure, world, chosen);
      await keep(PARTIAL, results);
    }
  } finally {
    await browser.close();
    await site.close();
  }
  const complete = !options.quick && !options.runs && chosen.length === adapters.length && measures.every(({ name }) => results.measures[name]);
  if (complete) await keep(HERE, results);
  process.stdout.write(markdown(results));
  say(`done in ${Math.round((Date.now() - begun) / 1000)} s; results are in ${complete ? "bench/" : "target/bench/"}`);
}

/** Results without a measure, or those of an interrupted run. */
async function begin(chosen, version) {
  const results = {
    date: new Date().toISOString(),
    machine: machine(),
    versions: { browser: `Chromium ${version}`, node: process.versions.node, playwright: versionOf("playwright-core"), esbuild: versionOf("esbuild"), trackers: versions(chosen) },
    quick: options.quick,
    runs: options.runs,
    trackers: chosen.map(({ name, title, captures, byItself, notes }) => ({ name, title, captures, byItself, notes })),
    measures: {},
  };
  if (!options.resume) return results;
  const before = JSON.parse(await readFile(join(PARTIAL, "results.json"), "utf8").catch(() => "null"));
  const same = (key) => JSON.stringify(before[key] ?? null) === JSON.stringify(results[key] ?? null);
  if (!before) say("nothing to resume: a new run");
  else if (!["machine", "versions", "quick", "runs", "trackers"].every(same)) say("what was interrupted was another run (versions, trackers or options differ): a new run");
  else return before;
  return results;
}

/** All runs of a measure, trackers in turn, so that what changes on the machine meets all of them. */
async function take(measure, world, chosen) {
  const runs = options.runs ?? measure.runs[options.quick ? "quick" : "full"];
  const subjects = chosen.filter(({ name, entryOf }) => !(measure.skipsBlank && name === "blank") && (measure.perEntry || !entryOf));
  const tasks = Array.from({ length: runs }, (_, number) => subjects.map((adapter) => ({ adapter, number }))).flat();
  const taken = new Map(subjects.map(({ name }) => [name, []]));
  const begun = Date.now();
  let done = 0;
  const worker = async () => {
    for (let task = tasks.shift(); task; task = tasks.shift()) {
      const { adapter, number } = task;
      try {
        taken.get(adapter.name).push(await measure.run(world, adapter, number));
      } catch (error) {
        throw new Error(`${measure.name} of ${adapter.name}: ${error.message}`, { cause: error });
      }
      done += 1;
      say(`${measure.name}: ${done} of ${runs * subjects.length} (${adapter.name}, ${Math.round((Date.now() - begun) / 1000)} s)`);
    }
  };
  await Promise.all(Array.from({ length: measure.together ?? 1 }, worker));
  const trackers = Object.fromEntries([...taken].map(([name, values]) => [name, merged(values)]));
  return { date: new Date().toISOString(), seconds: Math.round((Date.now() - begun) / 1000), runs, trackers };
}

/** Numbers become medians; what is counted by situation is summed. */
function merged(values) {
  return Object.fromEntries(
    Object.keys(values[0]).map((key) => {
      const all = values.map((value) => value[key]);
      if (typeof all[0] === "number") return [key, { ...summary(all), values: all.map((value) => Number(value.toPrecision(6))) }];
      const sum = (field) => all.reduce((total, each) => total + each[field], 0);
      return [key, Object.fromEntries(Object.keys(all[0]).map((field) => [field, sum(field)]))];
    }),
  );
}

async function keep(folder, results) {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "results.json"), `${JSON.stringify(results, null, 1)}\n`);
  await writeFile(join(folder, "RESULTS.md"), markdown(results));
}

function machine() {
  const [{ model }] = cpus();
  return `${cpus().length} cores (${model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB of memory, ${type()}`;
}

function versions(chosen) {
  const packages = new Set(chosen.flatMap((adapter) => adapter.packages));
  return [...packages].map((name) => `${name} ${name === "milepost" ? `${versionOf(name)}${commit()}` : versionOf(name)}`);
}

function versionOf(name) {
  const folder = name === "milepost" ? process.env.MILEPOST_PACKAGE : join(HERE, "node_modules", name);
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version;
}

function commit() {
  try {
    return ` (${execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: HERE, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim()})`;
  } catch {
    return ""; // Not a checkout.
  }
}

function say(text) {
  process.stderr.write(`    ${text}\n`);
}
