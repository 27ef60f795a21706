// What stays behind in a page that lives long: no more after ten thousand routes than after two thousand.

import assert from "node:assert/strict";
import { test, useWorld, visit } from "./support/visit.mjs";

const ROUTES = process.env.MILEPOST_NIGHTLY === "1" ? 20_000 : 10_000;
const WARM_UP = 2_000;
const AT_ONCE = 250;
/** What grows by more leaks. */
const FLAT = 1.05;
/** The heap and the memory also move by chance, but one thing left behind a route would be this many bytes at the least. */
const SMALLEST = { heap: 12, memory: 24 };
const TOO_LONG_MS = 290_000;

useWorld();

test("ten thousand routes of a single-page application leave nothing behind", { timeout: TOO_LONG_MS }, async (t) => {
  const it = await visit(t, { granted: true, body: `<main id="view"></main>`, options: { batch: {} }, before: ({ profile }) => profile.addInitScript(keepMemory) });
  // The collector's work isn't what is measured.
  let arrived = 0;
  it.relay.instead = ({ batch: { events } }) => {
    arrived += events.filter(({ name }) => name === "page_view").length;
    return { status: 200, body: { accepted: events.length, duplicates: 0, rejected: [] } };
  };
  const session = await it.profile.newCDPSession(it.page);
  await session.send("HeapProfiler.enable");
  const went = async (routes) => {
    // Some at a time, so that the most that ever waits is the same at the start and at the end.
    for (let gone = 0; gone < routes; gone += AT_ONCE) {
      await it.page.evaluate(route, AT_ONCE);
      await it.call("flush");
      total += AT_ONCE;
      await it.relay.until("all page views came", () => arrived >= total);
    }
    for (let times = 0; times < 3; times += 1) await session.send("HeapProfiler.collectGarbage");
    const { usedSize, backingStorageSize } = await session.send("Runtime.getHeapUsage");
    const { nodes, jsEventListeners } = await session.send("Memory.getDOMCounters");
    const memory = await it.page.evaluate(() => window.wasmMemory.buffer.byteLength);
    return { heap: usedSize, buffers: backingStorageSize ?? 0, nodes, listeners: jsEventListeners, memory };
  };
  let total = 1;
  // Addresses count from when the core runs.
  await it.relay.until("the first page view came", () => arrived >= total);
  const warm = await went(WARM_UP);
  const end = await went(ROUTES - WARM_UP);
  t.diagnostic(`${JSON.stringify(warm)} after ${WARM_UP} routes, ${JSON.stringify(end)} after ${ROUTES}`);
  for (const [name, before] of Object.entries(warm)) {
    const most = SMALLEST[name] ? before + SMALLEST[name] * (ROUTES - WARM_UP) : before * FLAT;
    assert.ok(end[name] < most || end[name] === before, `${name}: ${before} after ${WARM_UP} routes, ${end[name]} after ${ROUTES}`);
  }
});

/** Injected as text: so many page views, each with a view of its own, as a framework makes them. */
async function route(routes) {
  const channel = new MessageChannel();
  for (let n = 0; n < routes; n += 1) {
    history.pushState(null, "", `/products/${n}`);
    document.title = `Product ${n}`;
    document.querySelector("#view").innerHTML = `<article data-mp-event="seen" data-mp-on="view" data-mp-item-id="sku-${n}"><form><input name="q"></form></article>`;
    // Timers set by timers are slow; those set by messages aren't.
    await new Promise((resolve) => {
      channel.port1.onmessage = () => setTimeout(resolve, 2);
      channel.port2.postMessage(null);
    });
  }
  channel.port1.close();
}

/** Injected as text. */
function keepMemory() {
  const { Instance, instantiate } = WebAssembly;
  const keep = (instance) => ((window.wasmMemory = Object.values(instance.exports).find((each) => each instanceof WebAssembly.Memory)), instance);
  WebAssembly.Instance = new Proxy(Instance, { construct: (made, given) => keep(new made(...given)) });
  WebAssembly.instantiate = async (...given) => {
    const made = await instantiate(...given);
    keep(made.instance ?? made);
    return made;
  };
}

