// Walks scripted visitors through the example shop in a headless Chromium, and says what should have been counted.
// What the collector made of it is compared by whoever started this.

import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { choose, seeded, shuffled } from "./drive/random.mjs";
import { STORIES } from "./drive/stories.mjs";
import { Truth } from "./drive/truth.mjs";
import { Visitor } from "./drive/visitor.mjs";
import { launchChromium } from "./support/browser.mjs";

const USAGE = "usage: node drive.mjs --shop URL --collector URL --visitors N [--chromium PATH] [--seed S] [--log FILE]";
const AT_ONCE = 4;
/** What a closed tab sent last may still be on its way. */
const LAST_BEACONS_MS = 2_000;

const options = readOptions();
const truth = new Truth();
const log = [];
const faults = [];
const browser = await launchChromium(options.chromium);
const gone = [];
const plan = makePlan(options.visitors, options.seed);
await Promise.all(Array.from({ length: AT_ONCE }, walkNext));
await new Promise((resolve) => setTimeout(resolve, LAST_BEACONS_MS));
for (const visitor of gone) await visitor.end();
await browser.close();
// For finding out where a difference comes from: what counts, act by act.
if (options.log) await writeFile(options.log, log.map((act) => `${JSON.stringify(act)}\n`).join(""));
for (const fault of faults) console.error(fault);
console.log(JSON.stringify({ visitors: options.visitors, expected: truth.counts() }));
if (faults.length) process.exitCode = 1;

function readOptions() {
  const names = Object.fromEntries(["shop", "collector", "visitors", "chromium", "seed", "log"].map((name) => [name, { type: "string" }]));
  try {
    const { values } = parseArgs({ options: names });
    const visitors = Number(values.visitors);
    if (!Number.isInteger(visitors) || visitors < 1) throw new Error("--visitors must be a whole number above 0");
    const seed = Number(values.seed ?? 1);
    if (!Number.isInteger(seed)) throw new Error("--seed must be a whole number");
    return { shop: new URL(values.shop), collector: new URL(values.collector), visitors, seed, chromium: values.chromium, log: values.log };
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    return process.exit(2);
  }
}

/** Every twenty visitors do all there is to do, in an order that the seed decides. */
function makePlan(visitors, seed) {
  const random = seeded(seed);
  const stories = [];
  while (stories.length < visitors) stories.push(...shuffled(random, STORIES));
  return stories.slice(0, visitors).map(([name, walk], index) => ({ number: index + 1, name, walk, random: seeded(seed * 1_000 + index) }));
}

async function walkNext() {
  for (let next = plan.shift(); next; next = plan.shift()) await walk(next);
}

async function walk({ number, name, walk, random }) {
  const started = performance.now();
  const phone = random() < 0.4;
  const guard = (request, choice) => watchRequest(`visitor ${number}`, request.url(), choice);
  const visitor = await Visitor.arrive({ browser, shop: options.shop, truth: truth.visitor((act) => log.push({ visitor: number, ...act })), random, phone, guard });
  try {
    await walk(visitor, (list) => choose(random, list));
  } catch (error) {
    faults.push(`visitor ${number}, who ${name}: ${error.stack}`);
  }
  gone.push(visitor);
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  console.error(`visitor ${number} of ${options.visitors}${phone ? ", on a phone," : ""} ${name}: ${seconds} s`);
}

/** Nobody is measured without having agreed, and nobody else hears of a visit. */
function watchRequest(who, url, choice) {
  const { origin, pathname } = new URL(url);
  if (![options.shop.origin, options.collector.origin].includes(origin)) faults.push(`${who}: a request to ${origin}`);
  if (origin === options.collector.origin && pathname.startsWith("/v1/") && choice !== "granted") {
    faults.push(`${who}: a request to ${pathname} without consent`);
  }
}
