// A visitor on a page with one tracker: a fresh profile, a collector of its own, and the browser's own meters.

import { startStub } from "./stub.mjs";

/** For a page to load on a machine that has other things to do. */
const PATIENCE_MS = 120_000;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until `isDone`, at most so long; says whether it was. */
export async function until(isDone, mostMs) {
  const begun = Date.now();
  while (!isDone()) {
    if (Date.now() - begun >= mostMs) return false;
    await sleep(50);
  }
  return true;
}

/** A visitor who has not opened the page yet. `world` has the browser and the site. */
export async function visit({ browser, site }, adapter, { context: given } = {}) {
  const stub = await startStub(adapter);
  const origin = site.open(adapter, stub.url);
  const context = given ?? (await browser.browser.newContext({ userAgent: browser.userAgent, viewport: { width: 1280, height: 800 } }));
  context.setDefaultTimeout(PATIENCE_MS);
  return {
    stub,
    context,
    origin,
    /** Opens the page in a tab of its own and gives the tracker time to settle. */
    async open({ path = "/products/mug.html", settleMs = 1500 } = {}) {
      const page = await context.newPage();
      await page.goto(origin + path, { waitUntil: "load" });
      await sleep(settleMs);
      return page;
    },
    /** As `open`, with meters that run from before the page on. */
    async openMetered({ path = "/products/mug.html", settleMs = 1500, throttle = 1 } = {}) {
      const page = await context.newPage();
      // The same origin first, so that the page finds its process running.
      await page.goto(`${origin}/empty.html`);
      const meter = await meterOf(page);
      if (throttle !== 1) await meter.cdp.send("Emulation.setCPUThrottlingRate", { rate: throttle });
      const before = await meter.read();
      await page.goto(origin + path, { waitUntil: "load" });
      await sleep(settleMs);
      return { page, meter, started: difference(before, await meter.read()) };
    },
    async close() {
      if (!given) await context.close();
      await stub.close();
    },
  };
}

/** The browser's meters of a page's main thread: CPU time, not time that passed. */
export async function meterOf(page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
  return {
    cdp,
    /** Milliseconds of all tasks and of script, and bytes of the JavaScript heap. */
    async read() {
      const { metrics } = await cdp.send("Performance.getMetrics");
      const value = (name) => metrics.find((metric) => metric.name === name).value;
      return { task: value("TaskDuration") * 1000, script: value("ScriptDuration") * 1000, heap: value("JSHeapUsedSize") };
    },
  };
}

export function difference(before, after) {
  return { task: after.task - before.task, script: after.script - before.script };
}
