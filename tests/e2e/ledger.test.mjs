// Each event that doesn't arrive is counted under its reason, in the page's own account and in the collector's report.

import assert from "node:assert/strict";
import { assertConserved } from "./support/ledger.mjs";
import { test, useWorld, visit } from "./support/visit.mjs";

/** The most that waits, and what comes beyond it. */
const MOST = 1_000;
const BEYOND = 50;

useWorld();

const unavailable = { status: 503, headers: { "Retry-After": "0" } };
const refused = { status: 400, body: "{}" };

async function started(t) {
  const it = await visit(t, { granted: true, clock: true, options: { batch: { maxEvents: 500, maxBytes: 60_000, maxWaitMs: 20 } } });
  await it.relay.until("the page view came", () => it.relay.names().includes("page_view"));
  return it;
}

/** What the collector reports of a site's losses, once its last ledger is there. */
async function lossesOf({ collector, site }) {
  return (await collector.events(site)).totals.dropped;
}

test("what finds no room is queue_full, what nobody takes refused, what the collector puts aside rejected", async (t) => {
  const it = await started(t);
  it.relay.instead = () => unavailable;
  await it.page.evaluate((count) => {
    for (let n = 0; n < count; n += 1) window.call("track", "mark", { n });
  }, MOST + BEYOND);
  await it.relay.until("the collector was asked", () => it.relay.batches().at(-1).status === 503);
  const told = (await it.diagnostics()).filter(({ code }) => code === "queue_full").length;
  assert.ok(told >= BEYOND, `${told} events made room`);

  // One of those left is nobody's, one is put aside.
  const numbers = () => it.relay.events().filter(({ name }) => name === "mark").map(({ params }) => params.n);
  let aside = 0;
  it.relay.instead = ({ batch: { events } }) => {
    if (events.some(({ params }) => params?.n === MOST)) return refused;
    if (aside || events.length < 2) return null;
    aside = events.length - 1;
    return { status: 200, body: { accepted: aside, duplicates: 0, rejected: [{ seq: events.at(-1).seq, code: "param_type" }] } };
  };
  while (numbers().length < MOST + BEYOND - told - 1) await it.page.clock.runFor(1_000);
  const dropped = await assertConserved(it);
  assert.deepEqual(dropped, { queue_full: told, rejected: 1, refused: 1 });
  assert.deepEqual(await lossesOf(it), dropped, "the collector reports the same");
  const { events } = await it.collector.events(it.site);
  assert.equal(events.find(({ name }) => name === "mark").count, MOST + BEYOND - told - 2 - aside);
});

test("what was wrong never becomes an event, and is counted apart", async (t) => {
  const it = await started(t);
  await it.call("track", "purchase", { value: 5 });
  await it.call("track", "not a name", {});
  assert.deepEqual(await assertConserved(it), {});
  assert.deepEqual(await lossesOf(it), { invalid: 2 });
});

test("what waits when consent is withdrawn is told to the page, and to nobody else", async (t) => {
  const it = await started(t);
  it.relay.instead = () => unavailable;
  await it.call("track", "search", { search_term: "mug" });
  await it.relay.until("the collector was asked", () => it.relay.batches().at(-1).status === 503);
  it.relay.instead = null;
  const before = it.relay.batches().length;
  await it.call("setConsent", { analytics: "denied" });
  await it.page.clock.runFor(600_000);
  const told = (await it.diagnostics()).map(({ code }) => code);
  assert.deepEqual(told.filter((code) => code !== "collector_unavailable"), ["consent_withdrawn"]);
  await it.leave();
  assert.equal(it.relay.batches().length, before);
});
