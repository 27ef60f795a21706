// What each delivery test has: pages, a collector that can fail, an engine, and how often to try.

import { after, before, describe, test as plainTest } from "node:test";
import { startFaults } from "../support/faults.mjs";
import { ENGINES } from "../support/engines.mjs";
import { endAll } from "../support/processes.mjs";
import { openSession } from "../support/webdriver.mjs";
import { servePages } from "./page.mjs";

/** Nightly runs look harder for what happens rarely. */
export const NIGHTLY = process.env.MILEPOST_NIGHTLY === "1";
export const TIMES = Number(process.env.MILEPOST_TIMES) || (NIGHTLY ? 50 : 10);
/** Printed with failures; MILEPOST_SEED repeats a run's choices. */
export const SEED = Number(process.env.MILEPOST_SEED ?? Date.now() % 1_000_000);

/** For a busy machine: an idle one takes a tenth. */
const TOO_LONG_MS = NIGHTLY ? 3_600_000 : 900_000;

let nextSite = 0;

/** A site of its own, so that tests share a browser without meeting. */
export const freshSite = () => `exit-${process.pid}-${(nextSite += 1)}`;

/**
 * Tests of every engine, those that aren't here skipped by name. `define(world, test, often)` defines them, `often` those
 * that are tried again and again, and `test` those that take long or do so themselves; `world.session` is a driven browser
 * that they share. What isn't `driven` launches its own, mostly waits, and so runs in all engines at once.
 */
export function inEachEngine(define, { driven = true } = {}) {
  describe(driven ? "driven" : "launched", { concurrency: driven ? 1 : ENGINES.length }, () => ENGINES.forEach((engine) => inEngine(engine, define, driven)));
}

function inEngine(engine, define, driven) {
  describe(engine.name, { concurrency: 1 }, () => {
    const world = { engine, session: null, pages: null, faults: null };
    const test = (name, run) => plainTest(`${engine.name}: ${name}`, { skip: engine.missing, timeout: TOO_LONG_MS }, run);
    if (!engine.missing) {
      before(async () => {
        [world.pages, world.faults] = await Promise.all([servePages(), startFaults()]);
        if (driven) world.session = await openSession(engine);
      });
      after(async () => {
        await world.session?.quit();
        await Promise.all([world.pages?.close(), world.faults?.close()]);
      });
    }
    const often = (name, run) =>
      test(`${name}, ${TIMES} of ${TIMES} times`, async (t) => {
        for (let time = 0; time < TIMES; time += 1) await run(t);
      });
    define(world, test, often);
  });
}

after(endAll);

/**
 * Opens the page in another window and goes there. Returns that window. One that a script opened may close itself; one
 * that was opened `alone` may be kept in the back/forward cache.
 */
export async function openPage({ session, pages, faults }, { site, run, alone = false, ...given }) {
  const url = pages.page({ site, collector: faults.url, run, ...given });
  let handle;
  if (alone) {
    handle = await session.newWindow();
    await session.open(url);
  } else {
    const known = new Set(await session.windows());
    await session.run((address) => void window.open(address, "_blank"), url);
    await faults.until("the window opened", async () => (handle = (await session.windows()).find((each) => !known.has(each))));
    await session.go(handle);
  }
  await faults.until("the tracker runs", () => session.run(() => typeof ready === "function" && ready()));
  return handle;
}

/** Run before the tracker: what pages before left behind is old enough to be sent by this one at once. */
export const LATER = `const { now } = Date; Date.now = () => now() + 8_000;`;

/** Leaves the page as a page does, for one without a tracker, where a script may look at what it left behind. */
export async function leavePage({ session, faults }) {
  await session.run(`setTimeout(() => location.assign("/empty.html"))`);
  await faults.until("the page is left", async () => (await session.address()).endsWith("/empty.html"));
}

/** Goes back to the first window, and closes what is left of another. */
export async function leaveWindow({ session }, home, handle) {
  if ((await session.windows()).includes(handle)) {
    await session.go(handle);
    await session.close();
  }
  await session.go(home);
}
