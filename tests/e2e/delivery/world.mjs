// What each delivery test has: pages, a collector that can fail, an engine, and how often to try.

import { after, before, describe, test as plainTest } from "node:test";
import { startFaults } from "../support/faults.mjs";
import { ENGINES } from "../support/engines.mjs";
import { openSession } from "../support/webdriver.mjs";
import { servePages } from "./page.mjs";

/** Nightly runs look harder for what happens rarely. */
export const NIGHTLY = process.env.MILEPOST_NIGHTLY === "1";
export const TIMES = Number(process.env.MILEPOST_TIMES) || (NIGHTLY ? 50 : 10);
/** Printed with failures; MILEPOST_SEED repeats a run's choices. */
export const SEED = Number(process.env.MILEPOST_SEED ?? Date.now() % 1_000_000);

const TOO_LONG_MS = NIGHTLY ? 1_800_000 : 240_000;

let nextSite = 0;

/** A site of its own, so that tests share a browser without meeting. */
export const freshSite = () => `exit-${process.pid}-${(nextSite += 1)}`;

/**
 * Tests of every engine, those that aren't here skipped by name. `define(world)` defines them; `world.session` is a
 * driven browser that they share, unless `driven` is false.
 */
export function inEachEngine(define, { driven = true, engines = ENGINES } = {}) {
  for (const engine of engines) {
    describe(engine.name, () => {
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
      define(world, test);
    });
  }
}

/** Opens the page in a window that a script opened, which may close itself, and goes there. Returns its window. */
export async function openPage({ session, pages, faults }, { site, run, ...given }) {
  const known = new Set(await session.windows());
  await session.run((url) => void window.open(url, "_blank"), pages.page({ site, collector: faults.url, run, ...given }));
  let handle;
  await faults.until("the window opened", async () => (handle = (await session.windows()).find((each) => !known.has(each))));
  await session.go(handle);
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
