// What the tracker takes of the site's storage: little enough that the site's own writes go on, full or not.

import assert from "node:assert/strict";
import { assertConserved } from "../support/conservation.mjs";
import { PATIENT, PROMPT } from "./page.mjs";
import { LATER, freshSite, inEachEngine, leavePage } from "./world.mjs";

const SPILT = 256 * 1_024;
const STORED = 1_024 * 1_024;
/** Nearly as much as waits in memory at most. */
const MANY = 900;
const NOTE = "x".repeat(430);
const FEW = 5;
/** Characters that a site may have in localStorage beside the tracker's. */
const OWN = 4_000_000;

const unavailable = () => ({ status: 503, headers: { "Retry-After": "600" } });

inEachEngine((world, test, often) => {
  const marks = (site) => world.faults.events(site).filter(({ event }) => event.name === "mark");

  async function open(given) {
    const { session, pages, faults } = world;
    const page = { site: freshSite(), run: "one", options: PROMPT, ...given };
    await session.open(pages.page({ collector: faults.url, ask: true, ...page }));
    return page;
  }

  const grant = () => world.session.run(`milepost("setConsent", { analytics: "granted" })`);
  const spilt = (site) => world.session.run((prefix) => Object.keys(localStorage).filter((key) => key.startsWith(prefix)).reduce((sum, key) => sum + key.length + localStorage.getItem(key).length, 0), `milepost.${site}`);
  const logged = () => world.session.wait(() => kept("getAll").then((texts) => texts.join("").length));

  async function sentByTheNext({ site, run }, count) {
    const { faults } = world;
    faults.behave = null;
    await open({ site, run: "two", before: LATER });
    await grant();
    await faults.until("the marks came", () => marks(site).length >= count, 30_000);
    assertConserved(faults, site, new Map([[run, count]]));
  }

  test("all that may wait takes a quarter of a megabyte of localStorage, a megabyte in all, and leaves the site its own", async (t) => {
    const { session, faults } = world;
    faults.behave = unavailable;
    const page = await open({ options: { batch: { ...PATIENT.batch, maxEvents: 500 } } });
    await grant();
    await session.run(`burst(${MANY}, { note: ${JSON.stringify(NOTE)} })`);
    await faults.until("the last is logged", async () => (await session.wait(() => kept("getAll"))).join().includes(`"n":${MANY - 1}`));
    const log = await logged();
    await leavePage(world);
    const bytes = await spilt(page.site);
    t.diagnostic(`${bytes} bytes of localStorage, ${log} of the database`);
    assert.ok(bytes > SPILT / 2 && bytes <= SPILT + 2_048, `${bytes} bytes of localStorage, the visit's own record among them`);
    assert.ok(log > MANY * NOTE.length && log + bytes <= STORED, `${log} and ${bytes} bytes`);
    assert.equal(await session.run((own) => (localStorage.setItem("own", "y".repeat(own)), localStorage.getItem("own").length), OWN), OWN);
    await session.run(`localStorage.removeItem("own")`);
    await sentByTheNext(page, MANY);
  });

  /** A page without a database, in which all that may wait does. */
  async function full() {
    const { session, faults } = world;
    const asked = faults.requests.length;
    const page = await open({ options: { batch: { maxWaitMs: 50, maxEvents: 500 } }, before: `Object.defineProperty(window, "indexedDB", { value: undefined })` });
    await grant();
    await faults.until("the page asked", () => faults.requests.length > asked);
    await session.run(`burst(${MANY}, { note: ${JSON.stringify(NOTE)} })`);
    await faults.until("the log is in localStorage", async () => (await spilt(page.site)) > SPILT / 2);
    await faults.until("the page was told", () => session.run(() => diagnostics.some(({ param }) => param === "localstorage")));
    assert.ok((await spilt(page.site)) <= SPILT + 2_048, `${await spilt(page.site)} bytes`);
    return page;
  }

  test("without a database, localStorage takes no more than that, and the rest waits in memory", async () => {
    const { faults } = world;
    faults.behave = () => ({ status: 503 });
    const page = await full();
    faults.behave = null;
    await faults.until("all came", () => marks(page.site).length === MANY, 30_000);
    assertConserved(faults, page.site, new Map([[page.run, MANY]]));

    faults.behave = unavailable;
    const left = await full();
    await leavePage(world);
    assert.ok((await spilt(left.site)) <= SPILT + 2_048, "not even once the page is left");
  });

  often("where the site has filled localStorage, it can write what it could before, and no event is lost", async () => {
    const { session, faults } = world;
    faults.behave = () => ({ status: 503 });
    const page = await open();
    await session.run(() => {
      localStorage.clear();
      for (let size = 2 ** 21, n = 0; size >= 1; ) {
        try {
          localStorage.setItem(`own-${n}`, "y".repeat(size));
          n += 1;
        } catch {
          size = Math.floor(size / 2);
        }
      }
    });
    await grant();
    const asked = faults.requests.length;
    await session.run(`burst(${FEW})`);
    await faults.until("the page asked", () => faults.requests.length > asked);
    await faults.until("it is logged", async () => (await session.wait(() => kept("getAll"))).join().includes(`"n":${FEW - 1}`));
    const { codes, thrown, own } = await session.run(() => {
      const own = localStorage.getItem("own-0");
      localStorage.removeItem("own-0");
      localStorage.setItem("own-0", own);
      return { codes: diagnostics.map(({ code, param }) => `${code} ${param ?? ""}`.trim()), thrown: window.faults, own: own.length };
    });
    assert.ok(own > 0);
    assert.deepEqual(thrown, []);
    assert.deepEqual([...new Set(codes)].sort(), ["collector_unavailable", "storage_unavailable localstorage"]);
    await leavePage(world);
    await session.run(`localStorage.clear()`);
    await sentByTheNext(page, FEW);
  });
});
