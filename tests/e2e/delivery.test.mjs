// Events arrive: across the end of a page, and through a collector that is down or forgets to answer; each once.

import assert from "node:assert/strict";
import { WAYS, snippet, test, useWorld, visit } from "./support/visit.mjs";

useWorld();

/** Nothing goes out by itself before the page ends. */
const PATIENT = { batch: { maxWaitMs: 600_000 } };
const COUNT = 5;

const marks = ({ relay }) => relay.events().filter(({ name }) => name === "mark").map(({ params }) => params.n);
const all = Array.from({ length: COUNT }, (_, n) => n);

/** Tracks `mark` 0 to 4 in the page, then does what ends it in the same turn. */
function markAndEnd(end) {
  return `for (let n = 0; n < ${COUNT}; n += 1) window.call("track", "mark", { n }); ${end}`;
}

const ENDS = {
  "a link": `document.querySelector("#away").click()`,
  "a script": `location.assign("/empty.html")`,
  "another origin": `location.assign(window.elsewhere)`,
  "a reload": `location.reload()`,
  "closing the window": `window.close()`,
};

for (const way of WAYS) {
  for (const [name, end] of Object.entries(ENDS)) {
    test(`${way}: what is tracked in the same turn as ${name} arrives`, async (t) => {
      const it = await visit(t, { tracker: false });
      const tracker = snippet(way, { ...it.options, ...PATIENT }, true);
      it.server.pages["/start.html"] = `<!doctype html><title>Start</title>${tracker}<a id="away" href="/empty.html">Away</a>`;
      // Opened by a script, so that it may close itself.
      const [page] = await Promise.all([it.profile.waitForEvent("page"), it.page.evaluate(() => void window.open("/start.html"))]);
      await page.waitForFunction(() => window.call && Object.keys(localStorage).some((key) => key.startsWith("milepost.")));
      await page.evaluate((elsewhere) => Object.assign(window, { elsewhere }), `http://localhost:${new URL(it.server.url).port}/empty.html`);
      await page.evaluate((script) => void setTimeout(script), markAndEnd(end));
      await it.relay.until("all marks came", () => marks(it).length === COUNT);
      assert.deepEqual(marks(it), all);
      assert.equal((await it.collector.counts(it.site)).mark, COUNT);
    });
  }

  test(`${way}: a collector that is down for a while gets each event once`, async (t) => {
    const it = await visit(t, { way, granted: true });
    await it.relay.until("the tracker is there", () => it.relay.names().includes("page_view"));
    let refused = 0;
    it.relay.instead = () => ((refused += 1) <= 2 ? { status: 503, headers: { "Retry-After": "0" } } : null);
    for (const n of all) await it.call("track", "mark", { n });
    await it.relay.until("all marks came", () => marks(it).length === COUNT);
    await it.leave();
    assert.ok(refused > 2, "it was down");
    assert.deepEqual(marks(it), all);
    const { events, totals } = await it.collector.events(it.site);
    assert.equal(events.find(({ name }) => name === "mark").count, COUNT);
    assert.deepEqual([totals.rejected, totals.dropped], [0, {}]);
  });

  test(`${way}: a collector whose answers get lost keeps each event once`, async (t) => {
    const it = await visit(t, { way, granted: true });
    await it.relay.until("the tracker is there", () => it.relay.names().includes("page_view"));
    let lost = 0;
    // Stored, but the page never hears of it.
    it.relay.instead = () => ((lost += 1) <= 1 ? { forward: true, status: 0 } : null);
    for (const n of all) await it.call("track", "mark", { n });
    await it.relay.until("all marks came", () => marks(it).length === COUNT);
    await it.leave();
    const { events, totals } = await it.collector.events(it.site);
    assert.equal(events.find(({ name }) => name === "mark").count, COUNT);
    assert.ok(totals.repeats_refused > 0, "the page sent something twice");
    assert.deepEqual(it.relay.batches().find(({ answer }) => answer?.duplicates)?.answer.rejected, []);
  });
}
