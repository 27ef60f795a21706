// A browser, a collector and pages with the tracker on them: what the tests of this folder need.

import assert from "node:assert/strict";
import { after, before, test as plainTest } from "node:test";
import { launchChromium } from "./browser.mjs";
import { DIST, startCollector } from "./collector.mjs";
import { startRelay } from "./relay.mjs";
import { serveSite } from "./site.mjs";

/** The tracker gets into a page as a script tag, or as an import. */
export const WAYS = ["tag", "import"];

const STUB = "window.milepost=window.milepost||function(){(milepost.q=milepost.q||[]).push([Date.now(),arguments])};";
/** A batch a moment: tests wait for what arrives, not for the clock. */
const PROMPT = { batch: { maxWaitMs: 20 } };

let browser;
let collector;
let nextSite = 0;

/** A test that ends, one way or the other. */
export function test(name, ...rest) {
  const run = rest.pop();
  plainTest(name, { timeout: 60_000, ...rest[0] }, run);
}

/** Starts browser and collector, with that text as its configuration, before a file's tests and ends them after. */
export function useWorld(config) {
  before(async () => {
    collector = await startCollector(config);
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await collector?.stop();
  });
}

/**
 * Opens a page with the tracker on it.
 *
 * `body` is its markup, `options` the tracker's beyond site and collector, `granted` whether the visitor has agreed
 * from the start, `pages` and `folders` what else the server has, `tracker: false` leaves the tracker to the body.
 * `at` is the path it opens, `clock` gives the page a clock of its own, from now or from that time. `t` ends everything
 * after the test, and then looks whether anything of the tracker's was thrown into the page.
 */
export async function visit(t, { way = "tag", body = "", options = {}, granted = false, pages = {}, folders = {}, tracker = true, at = "/", context = {}, clock = false, before } = {}) {
  const site = `e2e-${process.pid}-${(nextSite += 1)}`;
  const relay = await startRelay(collector.url);
  const all = { site, collector: relay.url, ...PROMPT, ...options };
  const html = (content) => document(content, tracker ? snippet(way, all, granted) : "");
  const server = await serveSite({ pages: { "/": html(body), "/empty.html": document("<p>Nothing here."), ...pages }, folders: { "/dist/": DIST, ...folders } });
  const profile = await browser.newContext(context);
  await profile.addInitScript(watchFaults);
  const page = await profile.newPage();
  const thrown = [];
  page.on("pageerror", (error) => thrown.push(String(error)));
  if (clock) await page.clock.install(clock === true ? {} : { time: clock });
  const network = await networkLog(page);
  const it = {
    site,
    relay,
    server,
    page,
    options: all,
    profile,
    collector,
    network,
    html,
    open: (path) => page.goto(new URL(path, server.url).href),
    /** Calls the tracker's API in the page. */
    call: (...call) => page.evaluate((given) => window.call(...given), call),
    diagnostics: () => page.evaluate(() => window.diagnostics),
    /** Everything that has been thrown in the page so far. */
    faults: async () => [...thrown, ...(await page.evaluate(() => window.faults))],
    kept: () => kept(page, profile),
    /** Leaves for a page without the tracker, then waits until a beacon from there has come and no batch is without an answer. */
    async leave() {
      await it.open("/empty.html");
      await page.evaluate((url) => navigator.sendBeacon(`${url}/last`), relay.url);
      const over = () => relay.underWay === 0 && relay.requests.some(({ path }) => path === "/last");
      await relay.until("the last beacon came and every batch was answered", over);
    },
  };
  t.after(async () => {
    const left = page.isClosed() ? thrown : await it.faults();
    await profile.close();
    await server.close();
    await relay.close();
    assert.deepEqual(left, [], "nothing is thrown into the page");
  });
  await before?.(it);
  await it.open(at);
  return it;
}

/** The tag as the documentation gives it, or the import. */
export function snippet(way, options, granted = false) {
  const consent = granted ? `call("setConsent", { analytics: "granted" });` : "";
  const watch = `window.diagnostics = []; call("on", "diagnostic", (each) => diagnostics.push(each));`;
  if (way === "import") {
    return `<script type="module">
      import { createTracker } from "/dist/index.js";
      const tracker = createTracker(${JSON.stringify(options)});
      window.call = (method, ...given) => tracker[method](...given);
      ${watch} ${consent}
    </script>`;
  }
  return `<script>${STUB} milepost("init", ${JSON.stringify(options)});
      window.call = (...given) => milepost(...given);
      ${watch} ${consent}
    </script>
    <script async src="${options.collector}/milepost.js"></script>`;
}

function document(body, head = "") {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Test page</title><link rel="icon" href="data:,">${head}</head><body>${body}</body></html>`;
}

/** Injected as text. */
function watchFaults() {
  window.faults = [];
  window.addEventListener("error", (event) => window.faults.push(`error: ${event.message}`));
  window.addEventListener("unhandledrejection", (event) => window.faults.push(`unhandled rejection: ${event.reason}`));
}

/** Addresses of all requests of a page, by the browser's own account. */
async function networkLog(page) {
  const session = await page.context().newCDPSession(page);
  const urls = [];
  session.on("Network.requestWillBeSent", ({ request }) => urls.push(request.url));
  await session.send("Network.enable");
  return urls;
}

/** What the browser keeps for the page: all of it empty is "nothing". */
async function kept(page, profile) {
  const inPage = await page.evaluate(async () => ({
    local: Object.keys(localStorage),
    session: Object.keys(sessionStorage),
    databases: (await indexedDB.databases()).map(({ name }) => name),
    caches: await caches.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
    name: window.name,
  }));
  return { ...inPage, cookies: (await profile.cookies()).map(({ name }) => name) };
}

export const NOTHING_KEPT = { local: [], session: [], databases: [], caches: [], workers: 0, name: "", cookies: [] };
