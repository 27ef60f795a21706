// Choices that are made in another tab, being forgotten, and doing without anything kept, in a real browser.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { NOTHING_KEPT, test, useWorld, visit } from "./support/visit.mjs";

const FORGOTTEN = { site: "forgotten", key: "0123456789abcdef0123456789abcdef" };

useWorld(`[sites.${FORGOTTEN.site}]\nerase_key = "${FORGOTTEN.key}"\n`);

/** The same page in another tab. */
async function another(it) {
  const page = await it.profile.newPage();
  await page.goto(it.server.url);
  return page;
}

/** Once a tab has heard that another one keeps something, or deleted it. */
function heard(page, deleted) {
  return page.evaluate((deleted) => {
    window.heard = new Promise((resolve) => addEventListener("storage", ({ newValue }) => (newValue === null) === deleted && resolve()));
  }, deleted);
}

test("a withdrawal in one tab ends everything in the others", async (t) => {
  const it = await visit(t, { granted: true });
  await it.relay.until("the page view came", () => it.relay.names().includes("page_view"));
  const other = await another(it);
  await it.relay.until("the other tab's came", () => it.relay.names().length === 2);
  await heard(it.page, true);
  await other.evaluate(() => window.call("setConsent", { analytics: "denied" }));
  await it.page.evaluate(() => window.heard);
  const before = it.relay.batches().length;
  await it.call("track", "search", { search_term: "mug" });
  await it.call("flush");
  await it.leave();
  assert.equal(it.relay.batches().length, before, "not one request after it");
  assert.deepEqual(await it.kept(), NOTHING_KEPT);
});

test("a grant in one tab sends what waits in the others", async (t) => {
  const it = await visit(t, {});
  const other = await another(it);
  await it.call("track", "search", { search_term: "mug" });
  // A choice of this very millisecond would be as old as the page.
  await other.evaluate(async (at) => {
    while (Date.now() <= at) await new Promise(requestAnimationFrame);
    window.call("setConsent", { analytics: "granted" });
  }, await it.page.evaluate(() => Date.now()));
  await it.relay.until("what waited came", () => it.relay.names().includes("search"));
  const { batch } = it.relay.events().find((event) => event.name === "search");
  assert.equal(batch.consent.source, "tab");
  assert.equal(batch.visitor, it.relay.events()[0].batch.visitor, "both tabs are of one visitor");
});

test("without cookies nothing is kept, and a batch names no visitor", async (t) => {
  const it = await visit(t, { granted: true, options: { cookieless: true } });
  await it.relay.until("the page view came", () => it.relay.names().includes("page_view"));
  await it.call("track", "search", { search_term: "mug" });
  assert.deepEqual(await it.kept(), NOTHING_KEPT);
  await it.leave();
  assert.deepEqual(await it.kept(), NOTHING_KEPT);
  assert.ok(it.relay.names().includes("search"));
  assert.deepEqual(it.relay.events().filter(({ batch }) => batch.visitor), []);
});

test("to forget deletes all that is kept, asks the collector to erase when there is a proof, and denies from then on", async (t) => {
  const it = await visit(t, { granted: true });
  await it.relay.until("the page view came", () => it.relay.names().includes("page_view"));
  const [{ batch }] = it.relay.events();
  assert.deepEqual(await it.call("forget", { proof: "no proof" }), { visitor: batch.visitor });
  assert.deepEqual(it.relay.requests.filter(({ path }) => path === "/v1/erase").length, 1);
  assert.deepEqual(await it.kept(), NOTHING_KEPT);
  const before = it.relay.batches().length;
  await it.call("track", "search", { search_term: "mug" });
  await it.call("flush");
  await it.leave();
  assert.equal(it.relay.batches().length, before);
  assert.deepEqual(await it.kept(), NOTHING_KEPT);
});

test("with the site's proof the collector erases the visitor from every file, and takes no late copy", async (t) => {
  const it = await visit(t, { granted: true, options: { site: FORGOTTEN.site } });
  await it.call("track", "search", { search_term: "zq-remarkable" });
  await it.relay.until("both events came", () => it.relay.names().length === 2);
  const [{ batch: { visitor } }] = it.relay.events();
  assert.ok((await it.collector.bytes()).includes("zq-remarkable"), "the database was read");
  // As the site's server mints it.
  const proof = createHmac("sha256", FORGOTTEN.key).update(`erase\n${FORGOTTEN.site}\n${visitor}`).digest("hex");
  assert.deepEqual(await it.call("forget", { proof }), { visitor, erased: 2 });
  assert.deepEqual(await it.kept(), NOTHING_KEPT);
  const late = await fetch(`${it.collector.url}/v1/batch`, { method: "POST", body: JSON.stringify(it.relay.batches()[0].batch) });
  assert.equal(late.status, 200, "a copy that a browser still has is taken from it");
  const bytes = await it.collector.bytes();
  for (const trace of [visitor, "zq-remarkable"]) assert.ok(!bytes.includes(trace), trace);
  const { totals } = await it.collector.events(FORGOTTEN.site);
  assert.equal(totals.events, 0);
});
