// What arrives when things go wrong: twenty numbered events in each of six situations, after a next visit.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launchKillable } from "../support/browser.mjs";
import { account, atOnce, atPace, numbersOf } from "../support/driving.mjs";
import { sleep, until, visit } from "../support/visit.mjs";

export const name = "delivery";
export const runs = { full: 3, quick: 1 };
/** Mostly waiting, and nothing here is timed. */
export const together = 18;
export const skipsBlank = true;

const EVENTS = 20;
/** How long the collector is busy or away, or the browser offline, after the events. */
const TROUBLE_MS = 4000;
/** Backing off takes longer than the trouble did. */
const RECOVERY_MS = 12_000;
/** Mixpanel takes up what another page left after 10 s. */
const NEXT_VISIT_MS = 14_000;

/** Each leaves the visitor's page as the situation does. */
const SITUATIONS = {
  busy: trouble((visitor, on) => visitor.stub.behave(on ? "busy" : "up")),
  away: trouble((visitor, on) => visitor.stub.behave(on ? "away" : "up")),
  offline: trouble((visitor, on) => visitor.context.setOffline(on)),
  navigation: async (visitor, run) => {
    const page = await visitor.open();
    await atOnce(page, run, EVENTS, "/products/bowl.html").catch(() => {});
  },
  close: async (visitor, run) => {
    const page = await visitor.open();
    await atOnce(page, run, EVENTS);
    await page.close();
    await sleep(1000);
    await visitor.open({ settleMs: 0 });
  },
};

export async function run(world, adapter, number) {
  const results = {};
  for (const situation of Object.keys(SITUATIONS)) results[situation] = await ordinary(world, adapter, situation, `${situation}${number}`);
  results.kill = await killed(world, adapter, `kill${number}`);
  return results;
}

async function ordinary(world, adapter, situation, run) {
  const visitor = await visit(world, adapter);
  try {
    await SITUATIONS[situation](visitor, run);
    return await outcome(visitor, run);
  } finally {
    await visitor.close();
  }
}

/** Something is wrong for a while; then it is right again, and the visitor goes on to another page. */
function trouble(set) {
  return async (visitor, run) => {
    const page = await visitor.open();
    await set(visitor, true);
    await atPace(page, run, EVENTS, 100);
    await sleep(TROUBLE_MS);
    await set(visitor, false);
    await until(() => arrived(visitor, run) === EVENTS, RECOVERY_MS);
    await page.goto(`${visitor.origin}/products/bowl.html`, { waitUntil: "load" });
  };
}

/** The browser is killed a second after the events, comes back with the same profile, and visits once more. */
async function killed(world, adapter, run) {
  const profile = await mkdtemp(join(tmpdir(), "milepost-bench-"));
  let running = await launchKillable(profile, world.browser.version);
  const visitor = await visit(world, adapter, { context: running.context });
  try {
    const page = await visitor.open();
    await atOnce(page, run, EVENTS);
    await sleep(1000);
    await running.kill();
    running = await launchKillable(profile, world.browser.version);
    const again = await running.context.newPage();
    await again.goto(`${visitor.origin}/products/mug.html`, { waitUntil: "load" });
    return await outcome(visitor, run);
  } finally {
    await running.kill();
    await visitor.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Waits for what is missing, and then for repeats. */
async function outcome(visitor, run) {
  await until(() => arrived(visitor, run) === EVENTS, NEXT_VISIT_MS);
  await sleep(1500);
  return account(numbersOf(visitor.stub.events(), run));
}

function arrived(visitor, run) {
  return account(numbersOf(visitor.stub.events(), run)).arrived;
}
