// The tracker takes nothing from the back/forward cache, and leaves nothing locked behind a page that is in it.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { assertConserved } from "../support/conservation.mjs";
import { DIST } from "../support/collector.mjs";
import { PATIENT, PROMPT } from "./page.mjs";
import { TIMES, freshSite, inEachEngine, leaveWindow, openPage } from "./world.mjs";

/** Half a second is far beyond what one takes, and far from the seconds for which a forgotten one shuts others out. */
const WRITES_WITHIN_MS = 500;
/** A copy that no beacon carried is left alone for some seconds first. */
const ARRIVED_WITHIN_MS = 60_000;
const SOURCES = fileURLToPath(new URL("../../../js/", import.meta.url));

inEachEngine((world, test) => {
  const locks = () =>
    world.session.wait(async () => {
      const { held, pending } = await navigator.locks.query();
      return [...held, ...pending].map(({ name }) => name);
    });
  const loaded = (path) => world.session.run((wanted) => location.pathname === wanted && document.readyState === "complete", path);
  /** The log is read when a page is shown, under a lock: for that moment Firefox wouldn't cache it, nor while it loads. */
  const idle = () => world.faults.until("no lock is held", async () => (await loaded("/page.html")) && (await locks()).length === 0);
  /** By no script: while Firefox's driver runs one, the page has a listener to `unload`, with which it isn't cached. */
  const left = async () => {
    await world.faults.until("the page is left", async () => (await world.session.address()).endsWith("/empty.html"));
    await world.faults.until("the other is there", () => loaded("/empty.html"));
  };

  test(`a page comes back as it was left, ${TIMES} of ${TIMES} times, each one a page view`, async (t) => {
    const { session, pages, faults } = world;
    const [site, run] = [freshSite(), "return"];
    await session.open(`${pages.url}/empty.html`);
    const home = await session.window();
    const handle = await openPage(world, { site, run, options: PATIENT, alone: true });
    await session.run(() => {
      window.returns = [];
      addEventListener("pageshow", ({ persisted }) => returns.push(persisted));
    });
    const named = (name) => faults.events(site).filter(({ event }) => event.name === name).length;
    /** Nor does it while a request of the page's is under way, anybody's. */
    const settled = async (times) => {
      await session.run(() => void milepost("flush"));
      await faults.until("all has arrived", () => named("mark") === times && named("page_view") === times + 1);
      await faults.until("nothing is kept", async () => (await session.wait(() => kept())).length === 0);
    };
    for (let time = 0; time < TIMES; time += 1) {
      await settled(time);
      await idle();
      await session.run(`burst(1); setTimeout(() => document.querySelector("#away").click())`);
      await left();
      await session.back();
      await faults.until("it is back", () => session.run((count) => window.returns?.length === count, time + 1));
    }
    assert.deepEqual(await session.run(() => returns), Array(TIMES).fill(true));
    // Chromium alone gives reasons: null for a page that came from the cache.
    assert.equal(await session.run(() => performance.getEntriesByType("navigation")[0].notRestoredReasons ?? null), null);
    await settled(TIMES);
    assertConserved(faults, site, new Map([[run, TIMES]]));
    assert.deepEqual(await session.run(() => faults), []);
    await leaveWindow(world, home, handle);
  });

  test(`a click that tracks and leaves never locks the log for other tabs, ${TIMES} of ${TIMES} times`, async (t) => {
    const { session, pages, faults } = world;
    const [site, run] = [freshSite(), "locks"];
    const took = [];
    // The other tab has no tracker: a Firefox that was refused a lock for another tab's sake caches no page either.
    await session.open(`${pages.url}/empty.html`);
    const home = await session.window();
    const handle = await openPage(world, { site, run, options: PROMPT, alone: true });
    for (let time = 0; time < TIMES; time += 1) {
      await idle();
      // Not all of Firefox's returns are from the cache while another tab has the site's log open: each gets its own listener.
      await session.run((n) => document.querySelector("#away").addEventListener("click", () => milepost("track", "mark", { run: given.run, n }), { once: true }), time);
      await session.click("#away");
      await left();
      await session.go(home);
      took.push(await session.wait(write, `milepost.${site}`));
      await session.go(handle);
      await session.back();
      await faults.until("it is back", () => session.run(() => typeof ready === "function" && ready()));
    }
    assert.ok(took.every((each) => each <= WRITES_WITHIN_MS), `ms that a write took: ${took.map(Math.round).join(" ")}`);
    await faults.until("all has arrived", () => faults.events(site).filter(({ event }) => event.name === "mark").length === TIMES, ARRIVED_WITHIN_MS);
    assertConserved(faults, site, new Map([[run, TIMES]]));
    t.diagnostic(`slowest write ${Math.round(Math.max(...took))} ms`);
    await leaveWindow(world, home, handle);
  });

  test("a tracker that has nothing to do holds no lock", async () => {
    const { session, pages, faults } = world;
    const site = freshSite();
    await session.open(pages.page({ site, collector: faults.url, run: "idle", options: PROMPT }));
    await faults.until("the tracker runs", () => session.run(() => ready()));
    await faults.until("the page view came", () => faults.events(site).length > 0);
    await idle();
    assert.deepEqual(await locks(), []);
  });
});

/** Run in a page: how long a write into the log takes, ms. It leaves nothing there. */
async function write(name) {
  const begun = performance.now();
  const database = await new Promise((resolve, reject) => {
    const opening = indexedDB.open(name);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  const writing = database.transaction("log", "readwrite", { durability: "relaxed" });
  writing.objectStore("log").put("", "probe");
  writing.objectStore("log").delete("probe");
  writing.commit?.();
  await new Promise((resolve, reject) => Object.assign(writing, { oncomplete: resolve, onabort: reject }));
  database.close();
  return performance.now() - begun;
}

test("nothing of the package listens to unload, which would end the back/forward cache", async () => {
  const files = (await readdir(DIST)).filter((name) => name.endsWith(".js"));
  assert.ok(files.length > 0);
  for (const name of files) assert.doesNotMatch(await readFile(join(DIST, name), "utf8"), /["'`](before)?unload["'`]|\bon(before)?unload\b/, name);
});

test("every transaction that writes is committed where it is begun", async () => {
  const files = (await readdir(SOURCES)).filter((name) => /\.[jt]s$/.test(name) && !name.endsWith(".d.ts"));
  const begun = [];
  for (const name of files) {
    const text = await readFile(join(SOURCES, name), "utf8");
    for (const { index } of text.matchAll(/"readwrite"/g)) begun.push({ name, after: text.slice(index, index + 300) });
  }
  assert.ok(begun.length > 0, "there is a transaction that writes");
  // WebKit keeps one without `commit()` open in a page that is put into the cache, and lets no other page write.
  for (const { name, after } of begun) assert.match(after, /\.commit\?*\.?\(\)/, `${name}: ${after}`);
});
