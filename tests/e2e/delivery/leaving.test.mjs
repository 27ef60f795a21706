// More than a beacon carries, beacons that aren't sent, a policy that forbids the collector: nothing is lost by leaving.

import assert from "node:assert/strict";
import { assertConserved } from "../support/conservation.mjs";
import { PATIENT, PROMPT } from "./page.mjs";
import { LATER, TIMES, freshSite, inEachEngine, leavePage, openPage } from "./world.mjs";

/** What browsers carry of a page that is gone, all its requests together; and what the tracker takes of localStorage. */
const CARRIED = 65_536;
const SPILT = 256 * 1_024;
/** 200 KB in all. */
const MANY = 400;
const NOTE = "x".repeat(430);
const STALLED_MS = 2_000;
const FEW = 5;
const SOON_MS = 2_000;

/** Notes what goes by beacon, where the next page of the tab can read it. */
const WATCH_BEACONS = `const { sendBeacon } = Navigator.prototype;
  Navigator.prototype.sendBeacon = function (url, body) {
    const taken = sendBeacon.call(this, url, body);
    const all = JSON.parse(sessionStorage.getItem("beacons") || "[]");
    sessionStorage.setItem("beacons", JSON.stringify([...all, { bytes: new Blob([body]).size, taken }]));
    return taken;
  }`;
const NO_BEACON = {
  "isn't taken": `Navigator.prototype.sendBeacon = () => false`,
  "throws": `Navigator.prototype.sendBeacon = () => { throw new TypeError("no") }`,
  "is missing": `Object.defineProperty(Navigator.prototype, "sendBeacon", { value: undefined })`,
};
const NO_FETCH = `window.fetch = () => Promise.reject(new TypeError("no"))`;

const POLICY = "default-src 'self' 'unsafe-inline' 'wasm-unsafe-eval' data:";

inEachEngine((world, test, often) => {
  const marks = (site) => world.faults.events(site).filter(({ event }) => event.name === "mark");

  async function open(given) {
    const { session, pages, faults } = world;
    const page = { site: freshSite(), run: "one", ...given };
    await session.open(pages.page({ collector: faults.url, ...page }));
    await faults.until("the tracker runs", () => session.run(() => ready()));
    return page;
  }

  /** Opens another page of the site, which sends what the first left behind; each mark has then come once. */
  async function sentByTheNext({ site, run }, count) {
    const { session, faults } = world;
    faults.behave = null;
    await open({ site, run: "two", options: PROMPT, before: LATER });
    await faults.until("the marks came", () => marks(site).length >= count, 30_000);
    await faults.until("nothing is kept any more", async () => (await session.wait(() => kept())).length === 0);
    return assertConserved(faults, site, new Map([[run, count]]));
  }

  /** Texts of a site's log that are in localStorage. */
  const spiltOf = (site) => world.session.run((prefix) => Object.keys(localStorage).filter((key) => key.startsWith(prefix)).map((key) => localStorage.getItem(key)), `milepost.${site}/`);
  const marksOf = (spilt) => new Set(spilt.flatMap((text) => JSON.parse(text).events.map(({ params }) => params?.n)).filter((n) => n !== undefined)).size;

  test("of 200 KB that wait when a page ends, beacons carry what they can, and the rest is spilled and sent by the next page", async (t) => {
    const { session, faults } = world;
    faults.behave = () => ({ delay: STALLED_MS });
    const page = await open({ options: { batch: { ...PATIENT.batch, maxEvents: 500 } }, before: WATCH_BEACONS });
    await session.run(`burst(${MANY}, { note: ${JSON.stringify(NOTE)} })`);
    await leavePage(world);
    const beacons = await session.run(() => JSON.parse(sessionStorage.getItem("beacons") ?? "[]"));
    const spilt = await spiltOf(page.site);
    const bytes = beacons.reduce((sum, each) => sum + each.bytes, 0);
    assert.ok(bytes > CARRIED / 2 && bytes < CARRIED, `${bytes} bytes of beacons`);
    assert.deepEqual(beacons.filter(({ taken }) => !taken), [], "the browser takes every beacon");
    const size = spilt.reduce((sum, text) => sum + text.length, 0);
    assert.ok(size <= SPILT, `${size} bytes spilled`);
    assert.equal(marksOf(spilt), MANY, "everything is in the spill");
    t.diagnostic(`${beacons.length} beacons with ${bytes} bytes; ${spilt.length} parts with ${size} bytes spilled`);
    const { repeats } = await sentByTheNext(page, MANY);
    assert.ok(repeats > 0, "what beacons had carried came again, and was recognised");
  });

  test("all of it is spilled by a window that its own script closes, too, to which WebKit gives no storage any more", async () => {
    const { session, pages, faults } = world;
    faults.behave = () => ({ delay: STALLED_MS });
    await session.open(`${pages.url}/empty.html`);
    const home = await session.window();
    const page = { site: freshSite(), run: "one" };
    const handle = await openPage(world, { ...page, options: { batch: { ...PATIENT.batch, maxEvents: 500 } } });
    await session.run(`burst(${MANY}, { note: ${JSON.stringify(NOTE)} }); setTimeout(() => window.close())`);
    await faults.until("the window is closed", async () => !(await session.windows()).includes(handle));
    await session.go(home);
    await faults.until("everything is in the spill", async () => marksOf(await spiltOf(page.site)) === MANY);
    await sentByTheNext(page, MANY);
  });

  for (const [name, before] of Object.entries(NO_BEACON)) {
    test(`a beacon that ${name} is a request that outlives its page instead, ${TIMES} of ${TIMES} times`, async () => {
      const { session, faults } = world;
      for (let time = 0; time < TIMES; time += 1) {
        faults.behave = null;
        const page = await open({ options: PATIENT, before });
        await session.run(`burst(${FEW})`);
        const left = performance.now();
        await leavePage(world);
        await faults.until("the marks came", () => marks(page.site).length === FEW);
        assert.ok(performance.now() - left < SOON_MS, "at once");
        await sentByTheNext(page, FEW);
      }
    });
  }

  test(`where neither a beacon nor a request is taken, the next page sends what was spilled, ${TIMES} of ${TIMES} times`, async () => {
    const { session } = world;
    for (let time = 0; time < TIMES; time += 1) {
      const page = await open({ options: PATIENT, before: `${NO_BEACON["isn't taken"]}; ${NO_FETCH}` });
      await session.run(`burst(${FEW})`);
      await leavePage(world);
      assert.deepEqual(marks(page.site), []);
      await sentByTheNext(page, FEW);
    }
  });

  often("a policy that forbids the collector deletes nothing, and the page is told", async () => {
    const { session, faults } = world;
    faults.behave = null;
    const page = await open({ options: PROMPT, policy: POLICY });
    await session.run(`burst(${FEW})`);
    const codes = () => session.run(() => diagnostics.map(({ code }) => code));
    await faults.until("the page was told", async () => (await codes()).includes("collector_blocked"));
    assert.equal((await codes()).filter((code) => code === "collector_blocked").length, 1, "once");
    assert.deepEqual(await session.run(() => window.faults), []);
    await leavePage(world);
    assert.deepEqual(faults.events(page.site), []);
    await sentByTheNext(page, FEW);
  });
});
