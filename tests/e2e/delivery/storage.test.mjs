// Storage that is missing, refuses, hangs or breaks: the log goes where it still can, and the page hears why.

import assert from "node:assert/strict";
import { assertConserved } from "../support/conservation.mjs";
import { PROMPT } from "./page.mjs";
import { LATER, freshSite, inEachEngine, leavePage } from "./world.mjs";

const MARKS = 5;

/** Scripts that run before the tracker. `DATABASE` stands for its database's name. */
const NO_DATABASE = {
  "is missing": `Object.defineProperty(window, "indexedDB", { value: undefined })`,
  "throws when opened": `IDBFactory.prototype.open = () => { throw new DOMException("no", "SecurityError") }`,
  "can't be opened": `const { open } = IDBFactory.prototype; IDBFactory.prototype.open = function (name) { open.call(this, name, 9); return open.call(this, name, 1) }`,
  "never opens": `const held = indexedDB.open(DATABASE, 1); held.onupgradeneeded = () => held.result.createObjectStore("log"); window.pending = true; held.onsuccess = () => { window.held = held.result; window.pending = false; indexedDB.deleteDatabase(DATABASE) }`,
  "refuses transactions": `IDBDatabase.prototype.transaction = () => { throw new DOMException("no", "InvalidStateError") }`,
  "aborts transactions": `const { put } = IDBObjectStore.prototype; IDBObjectStore.prototype.put = function (...row) { const done = put.apply(this, row); this.transaction.abort(); return done }`,
  "is full": `IDBObjectStore.prototype.put = () => { throw new DOMException("no", "QuotaExceededError") }`,
};
const NO_LOCAL_STORAGE = {
  "throws": `Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError") } })`,
  "is full": `Storage.prototype.setItem = () => { throw new DOMException("no", "QuotaExceededError") }`,
};

const unavailable = () => ({ status: 503, headers: { "Retry-After": "0" } });

inEachEngine((world, test, often) => {
  /** A page on a site of its own that the collector has refused once. */
  async function opened(before) {
    const { session, pages, faults } = world;
    const [site, run] = [freshSite(), "one"];
    faults.behave = unavailable;
    const asked = faults.requests.length;
    await session.open(pages.page({ site, collector: faults.url, run, options: PROMPT, ask: true, before: before.replaceAll("DATABASE", JSON.stringify(`milepost.${site}`)) }));
    await faults.until("the stage is set", () => session.run(() => !window.pending));
    await session.run(`milepost("setConsent", { analytics: "granted" })`);
    await faults.until("the page asked", () => faults.requests.length > asked);
    return { site, run };
  }

  /** What the page was told of, once each; nothing was thrown. */
  async function told() {
    const { codes, thrown } = await world.session.run(() => ({ codes: diagnostics.map(({ code, param }) => `${code} ${param ?? ""}`.trim()), thrown: faults }));
    assert.deepEqual(thrown, [], "nothing is thrown into the page");
    return codes.filter((code) => code !== "collector_unavailable");
  }

  const marks = (site) => world.faults.events(site).filter(({ event }) => event.name === "mark");

  test("without a database the log is in localStorage while the page lives, and the next page sends it", async () => {
    const { session, faults } = world;
    const visits = [];
    for (const [name, before] of Object.entries(NO_DATABASE)) {
      const { site, run } = await opened(before);
      await session.run(`burst(${MARKS})`);
      const logged = (prefix) => Object.keys(localStorage).filter((key) => key.startsWith(prefix)).map((key) => localStorage.getItem(key)).join();
      await faults.until(`the log of a database that ${name} is in localStorage`, async () => (await session.run(logged, `milepost.${site}/`)).includes(`"n":${MARKS - 1}`));
      visits.push({ name, site, run, told: await told() });
      await leavePage(world);
      assert.deepEqual(marks(site), [], "nothing has arrived yet");
    }
    assert.deepEqual(visits.map(({ name, told }) => ({ name, told })), visits.map(({ name }) => ({ name, told: ["storage_unavailable indexeddb"] })));
    faults.behave = null;
    for (const { name, site, run } of visits) {
      await session.open(world.pages.page({ site, collector: faults.url, run: "two", options: PROMPT, before: LATER }));
      await faults.until(`the marks of a database that ${name} came`, () => marks(site).length === MARKS);
      assertConserved(faults, site, new Map([[run, MARKS]]));
    }
  });

  for (const [name, before] of Object.entries(NO_LOCAL_STORAGE)) {
    often(`without a database, and with localStorage that ${name}, events wait in memory`, async () => {
      const { session, faults } = world;
      const { site, run } = await opened(`${NO_DATABASE["is missing"]}; ${before}`);
      await session.run(`burst(${MARKS})`);
      await faults.until("the page said so", async () => (await told()).length >= 2);
      assert.deepEqual((await told()).sort(), ["storage_unavailable indexeddb", "storage_unavailable localstorage"]);
      faults.behave = null;
      await faults.until("the marks came", () => marks(site).length === MARKS);
      assertConserved(faults, site, new Map([[run, MARKS]]));
    });
  }

  often("with localStorage that is full, the log in the database survives the page", async () => {
    const { session, faults } = world;
    const { site, run } = await opened(NO_LOCAL_STORAGE["is full"]);
    await session.run(`burst(${MARKS})`);
    await faults.until("it is logged", async () => (await session.wait(() => kept("getAll"))).join().includes(`"n":${MARKS - 1}`));
    assert.deepEqual(await told(), ["storage_unavailable localstorage"]);
    await leavePage(world);
    faults.behave = null;
    await session.open(world.pages.page({ site, collector: faults.url, run: "two", options: PROMPT, before: LATER }));
    await faults.until("the marks came", () => marks(site).length === MARKS);
    assertConserved(faults, site, new Map([[run, MARKS]]));
  });
});
