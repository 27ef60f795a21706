// The consent gate, in a real browser: nothing before, everything after, nothing any more once it is withdrawn.

import assert from "node:assert/strict";
import { NOTHING_KEPT, WAYS, test, useWorld, visit } from "./support/visit.mjs";

const TALL = `
  <button id="buy" data-mp-event="add_to_cart" data-mp-item-id="sku-1" data-mp-price="5" data-mp-currency="EUR">Buy</button>
  <form id="letter" onsubmit="event.preventDefault()"><input name="mail"><button>Send</button></form>
  <p style="height: 4000px">Long.</p>`;
const TEN_MINUTES_MS = 600_000;

useWorld();

/** Does what would be captured. */
async function beBusy({ page, call }) {
  await page.click("#buy");
  await page.fill("[name=mail]", "ada@example.org");
  await page.click("#letter button");
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await call("track", "search", { search_term: "mug" });
  await call("identify", "user-7");
  await call("flush");
}

/** Requests that carry more than the tracker's own files. */
function sent({ relay, network, server }) {
  const files = ["/milepost.js", "/milepost.wasm", "/last"];
  const arrived = relay.requests.filter(({ path }) => !files.includes(path)).map(({ head }) => head);
  const asked = network.filter((url) => url.startsWith(relay.url) && !files.includes(new URL(url).pathname));
  const elsewhere = network.filter((url) => /^https?:/.test(url) && !url.startsWith(relay.url) && !url.startsWith(server.url));
  return [...arrived, ...asked, ...elsewhere];
}

for (const way of WAYS) {
  test(`${way}: before a choice nothing is sent or kept, however long and whatever happens`, async (t) => {
    const it = await visit(t, { way, body: TALL, clock: true });
    await beBusy(it);
    assert.deepEqual(await it.kept(), NOTHING_KEPT);
    await it.page.clock.fastForward(TEN_MINUTES_MS);
    await it.leave();
    assert.deepEqual(await it.kept(), NOTHING_KEPT);
    assert.deepEqual(sent(it), []);
  });

  test(`${way}: after a refusal nothing is sent or kept`, async (t) => {
    const it = await visit(t, { way, body: TALL, clock: true });
    await beBusy(it);
    await it.call("setConsent", { analytics: "denied", marketing: "granted" });
    await beBusy(it);
    await it.page.clock.fastForward(TEN_MINUTES_MS);
    assert.deepEqual(await it.kept(), NOTHING_KEPT);
    await it.leave();
    assert.deepEqual(await it.kept(), NOTHING_KEPT);
    assert.deepEqual(sent(it), []);
  });

  test(`${way}: a grant sends what waited, with its times and the landing page's campaign`, async (t) => {
    const it = await visit(t, { way, body: TALL, at: "/?utm_source=letter&utm_medium=email&utm_campaign=may&gclid=click-1" });
    const before = await it.page.evaluate(() => Date.now());
    await it.page.click("#buy");
    const afterClick = await it.page.evaluate(() => Date.now());
    await it.page.evaluate(() => history.pushState(null, "", "/second?utm_source=other"));
    const granted = await it.page.evaluate(async (after) => {
      while (Date.now() <= after) await new Promise(requestAnimationFrame);
      window.call("setConsent", { analytics: "granted" });
      return Date.now();
    }, afterClick);
    await it.relay.until("two page views came", () => it.relay.names().filter((name) => name === "page_view").length === 2);

    const events = it.relay.events();
    const bought = events.find((event) => event.name === "add_to_cart");
    assert.ok(bought.at >= before && bought.at <= afterClick, `${bought.at} is from ${before} to ${afterClick}, not the time of the grant, ${granted}`);
    assert.equal(bought.url, `${it.server.url}/`);
    assert.deepEqual(events.filter((event) => event.name === "page_view").map((event) => event.url), [`${it.server.url}/`, `${it.server.url}/second`]);
    const { campaign, session, consent } = bought.batch;
    assert.deepEqual([campaign.source, campaign.medium, campaign.campaign, campaign.term], ["letter", "email", "may", "(not set)"]);
    assert.equal(campaign.click_ids, undefined, "click ids need consent to marketing");
    assert.equal(session.landing, `${it.server.url}/`);
    assert.ok(session.started_at <= bought.at, "the visit began with the first page view");
    assert.equal(consent.analytics, "granted");
    assert.match(bought.batch.visitor, /^[0-9a-f]{32}$/);
  });

  test(`${way}: withdrawal ends sending at once and wipes what was kept`, async (t) => {
    const it = await visit(t, { way, body: TALL, granted: true, clock: true });
    await it.relay.until("the page view came", () => it.relay.names().includes("page_view"));
    assert.ok((await it.kept()).local.some((key) => key.startsWith("milepost.")), "there is something to wipe");

    // Something waits for its next try, something for its batch.
    it.relay.instead = () => ({ status: 503, headers: { "Retry-After": "1" } });
    await it.call("track", "search", { search_term: "first" });
    await it.relay.until("the collector refused", () => it.relay.batches().some(({ status }) => status === 503));
    await it.page.evaluate(() => {
      window.call("track", "search", { search_term: "second" });
      window.call("setConsent", { analytics: "denied" });
    });
    const before = it.relay.batches().length;
    it.relay.instead = null;
    assert.deepEqual(await it.kept(), NOTHING_KEPT);

    await beBusy(it);
    await it.page.clock.fastForward(TEN_MINUTES_MS);
    await it.leave();
    assert.equal(it.relay.batches().length, before, "not one request after it");
    assert.deepEqual(await it.kept(), NOTHING_KEPT);
    assert.deepEqual(await it.collector.counts(it.site), { page_view: 1 });
  });
}

test("withdrawal gives up the request that is under way", async (t) => {
  const it = await visit(t, { granted: true });
  await it.relay.until("the page view came", () => it.relay.names().includes("page_view"));
  let answer;
  const held = new Promise((resolve) => (answer = resolve));
  it.relay.instead = () => held;
  await it.call("track", "search", { search_term: "mug" });
  await it.relay.until("the batch is under way", () => it.relay.batches().length === 2);
  await it.call("setConsent", { analytics: "denied" });
  await it.relay.until("the browser gave it up", () => it.relay.batches()[1].givenUp);
  answer({ status: 503 });
});

test("a new grant after a withdrawal makes a new visitor, who knows nothing of the old one", async (t) => {
  const it = await visit(t, { body: TALL, granted: true });
  await it.relay.until("the page view came", () => it.relay.names().includes("page_view"));
  const [first] = it.relay.events();
  await it.call("setConsent", { analytics: "denied" });
  await it.call("setConsent", { analytics: "granted" });
  await it.call("track", "search", { search_term: "mug" });
  await it.relay.until("the search came", () => it.relay.names().includes("search"));
  const search = it.relay.events().find((event) => event.name === "search");
  assert.notEqual(search.batch.visitor, first.batch.visitor);
  assert.notEqual(search.batch.session.id, first.batch.session.id);
  assert.notEqual(search.batch.stream, first.batch.stream);
});
