// A full database and a day without network: what is kept, what makes room, and what is counted.

import assert from "node:assert/strict";
import { assertConserved } from "./support/ledger.mjs";
import { test, useWorld, visit } from "./support/visit.mjs";

const QUOTA = 4_000_000;
const STORED = 1_024 * 1_024;
const DAY_MS = 86_400_000;
const EVENTS = 5_000;
/** So many events at a time, one of them a purchase. */
const AT_ONCE = 50;
/** Most events of a request. */
const BATCH = 500;

useWorld();

test("a database that the site has filled is done without, and the site can write what it could before", async (t) => {
  const it = await visit(t, {});
  const session = await it.profile.newCDPSession(it.page);
  await session.send("Storage.overrideQuotaForOrigin", { origin: it.server.url, quotaSize: QUOTA });
  const rows = await it.page.evaluate(fill);
  assert.ok(rows > 10, `the site wrote ${rows} rows`);
  it.relay.instead = () => ({ status: 503 });
  await it.call("setConsent", { analytics: "granted" });
  await it.relay.until("the collector was asked", () => it.relay.batches().length > 0);
  await it.page.waitForFunction((prefix) => Object.keys(localStorage).some((key) => key.startsWith(prefix)), `milepost.${it.site}/`);
  const told = (await it.diagnostics()).filter(({ code }) => code === "storage_unavailable");
  assert.deepEqual(told.map(({ param }) => param), ["indexeddb"]);
  await it.page.evaluate(() => window.clear());
  const again = await it.page.evaluate(fill);
  assert.ok(again >= rows - 2, `the site wrote ${again} rows, and ${rows} before: it has nearly as much room`);
  it.relay.instead = null;
  await it.relay.until("the page view came", () => it.relay.names().includes("page_view"));
  assert.deepEqual(await assertConserved(it), {});
});

test("a day offline with 5,000 events stays within a megabyte, and ends with every purchase and the newest of the rest", async (t) => {
  const it = await visit(t, { granted: true, clock: true, options: { conversions: "ecommerce", batch: { maxEvents: BATCH, maxBytes: 60_000 } } });
  await it.relay.until("the page view came", () => it.relay.names().includes("page_view"));
  await it.profile.setOffline(true);
  for (let from = 0; from < EVENTS; from += AT_ONCE) {
    await it.page.evaluate(trackSome, { from, count: AT_ONCE });
    await it.page.clock.runFor(DAY_MS / (EVENTS / AT_ONCE));
  }
  const full = (await it.diagnostics()).filter(({ code }) => code === "queue_full").length;
  assert.ok(full >= EVENTS - 1_000, `${full} made room`);
  const stored = await it.page.evaluate(size, `milepost.${it.site}`);
  t.diagnostic(`${stored} bytes kept`);
  assert.ok(stored > 0 && stored <= STORED, `${stored} bytes kept`);

  await it.profile.setOffline(false);
  const arrived = () => it.relay.events().filter(({ params }) => params?.n !== undefined).map(({ params }) => params.n);
  // A step at a time: requests take real time, and are given up after 30 s of the page's.
  for (let steps = 0; steps < 500 && arrived().length < EVENTS - full; steps += 1) {
    await it.page.clock.runFor(1_000);
    await it.relay.until("all is answered", () => it.relay.batches().every(({ status, givenUp }) => givenUp || status !== null));
    await it.page.evaluate(() => fetch("/empty.html").then((answer) => answer.text()));
  }
  assert.deepEqual(await assertConserved(it), { queue_full: full });
  const numbers = new Set(arrived());
  const purchases = Array.from({ length: EVENTS / AT_ONCE }, (_, nth) => nth * AT_ONCE);
  assert.deepEqual(purchases.filter((n) => !numbers.has(n)), [], "every purchase");
  const others = [...numbers].filter((n) => n % AT_ONCE).sort((left, right) => left - right);
  assert.equal(others.at(-1), EVENTS - 1);
  // Of a thousand that wait, what a request carries makes no room, though it may be older.
  assert.ok(others[0] >= EVENTS - 1_000 - BATCH, `the newest of the rest, from ${others[0]} on`);
});

/** Injected as text: the site's own database, until nothing fits in. */
async function fill() {
  const database = await new Promise((resolve, reject) => {
    const opening = indexedDB.open("own", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("rows", { autoIncrement: true });
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = reject;
  });
  window.add = (text) =>
    new Promise((resolve) => {
      const adding = database.transaction("rows", "readwrite");
      adding.objectStore("rows").add(text);
      adding.oncomplete = () => resolve("written");
      adding.onabort = () => resolve(adding.error.name);
    });
  window.clear = () =>
    new Promise((resolve) => {
      database.close();
      indexedDB.deleteDatabase("own").onsuccess = resolve;
    });
  let rows = 0;
  for (const size of [60_000, 6_000, 600]) {
    // Text of one kind would be packed to nothing.
    const text = () => Array.from(crypto.getRandomValues(new Uint8Array(size)), (byte) => String.fromCharCode(byte)).join("");
    while ((await window.add(text())) === "written") rows += 1;
  }
  return rows;
}


/** Injected as text. */
function trackSome({ from, count }) {
  for (let n = from; n < from + count; n += 1) {
    if (n % count) window.call("track", "seen", { n });
    else window.call("track", "purchase", { n, transaction_id: `T-${n}`, currency: "EUR", value: 1, items: [{ item_id: "a" }] });
  }
}

/** Injected as text: characters of the tracker's in both stores. */
async function size(name) {
  const local = Object.keys(localStorage).filter((key) => key.startsWith(name)).reduce((sum, key) => sum + key.length + localStorage.getItem(key).length, 0);
  const database = await new Promise((resolve, reject) => {
    const opening = indexedDB.open(name);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = reject;
  });
  const reading = database.transaction("log").objectStore("log").getAll();
  const texts = await new Promise((resolve) => (reading.onsuccess = () => resolve(reading.result)));
  database.close();
  return local + texts.join("").length;
}
