// What each answer of a collector sets off, by the page's own clock, which stands still unless a test lets it run.

import assert from "node:assert/strict";
import { assertConserved } from "./support/ledger.mjs";
import { test, useWorld, visit } from "./support/visit.mjs";

/** The first pause after a failure lies between these, ms. */
const FIRST_PAUSE = [500, 1_501];
const REQUEST_TIMEOUT_MS = 30_000;
const RETRY_AFTER_S = 20;
const MARKS = 4;
const MAX_WAIT_MS = 20;

useWorld();

const json = (status, body) => ({ status, body });
const status = (status, headers) => ({ status, headers, body: "{\"error\":{\"code\":\"test\",\"message\":\"test\"}}" });
const rejectFirst = ({ batch: { events } }) => json(200, { accepted: events.length - 1, duplicates: 0, rejected: [{ seq: events[0].seq, code: "param_type", param: "n" }] });
const inAWhile = (now) => new Date(now + RETRY_AFTER_S * 1_000).toUTCString();
/** A date has no fraction of a second, and is reckoned from when the events were tracked, a batch's wait before the answer. */
const UNTIL_DATE = [(RETRY_AFTER_S - 1) * 1_000 - MAX_WAIT_MS - 1, RETRY_AFTER_S * 1_000 + 1];

const AGAIN = { sizes: [4, 4], pause: FIRST_PAUSE, told: ["collector_unavailable"] };
const LATER = { ...AGAIN, pause: [RETRY_AFTER_S * 1_000, RETRY_AFTER_S * 1_000 + 1] };
const HALVES = { sizes: [4, 2, 2], pause: [0, 0], told: [] };
const DONE = { sizes: [4], told: [] };

/** Each row: what the first request is answered with, and what comes of it. All others reach the collector. */
const TABLE = {
  "200 of the collector": [null, DONE],
  "200 that puts an event aside": [rejectFirst, { ...DONE, told: ["rejected"] }],
  "202 with what was accepted": [({ batch }) => json(202, { accepted: batch.events.length, duplicates: 0, rejected: [] }), DONE],
  "200 with a captive portal's page": [{ status: 200, headers: { "Content-Type": "text/html" }, body: "<h1>Welcome to the hotel</h1>" }, AGAIN],
  "200 with another service's JSON": [json(200, { ok: true }), AGAIN],
  "200 that the page may not read": [{ forward: true, status: 200, opaque: true }, AGAIN],
  "204 without a word": [{ status: 204 }, AGAIN],
  "301 to elsewhere": [{ status: 301, headers: { Location: "/portal" } }, AGAIN],
  "302 to elsewhere": [{ status: 302, headers: { Location: "/portal" } }, AGAIN],
  "307 to elsewhere": [{ status: 307, headers: { Location: "/portal" } }, AGAIN],
  400: [status(400), HALVES],
  401: [status(401), AGAIN],
  403: [status(403), AGAIN],
  404: [status(404), AGAIN],
  408: [status(408), AGAIN],
  410: [status(410), AGAIN],
  413: [status(413), HALVES],
  422: [status(422), HALVES],
  429: [status(429), AGAIN],
  "429 with seconds": [status(429, { "Retry-After": String(RETRY_AFTER_S) }), LATER],
  "429 with a date": [(_, now) => status(429, { "Retry-After": inAWhile(now) }), { ...LATER, pause: UNTIL_DATE }],
  "429 with nonsense": [status(429, { "Retry-After": "soon" }), AGAIN],
  500: [status(500), AGAIN],
  502: [status(502), AGAIN],
  503: [status(503), AGAIN],
  "503 with seconds": [status(503, { "Retry-After": String(RETRY_AFTER_S) }), LATER],
  504: [status(504), AGAIN],
  "a reset connection": [{}, AGAIN],
  "an answer that gets lost": [{ forward: true }, AGAIN],
  "no answer": [(entry) => ((entry.held = true), new Promise(() => {})), { ...AGAIN, took: REQUEST_TIMEOUT_MS }],
};

test("each answer is settled, halved, waited out or tried again as the table says", async (t) => {
  const it = await patient(t);
  const rows = {};
  for (const [name, [answer]] of Object.entries(TABLE)) rows[name] = await play(it, answer);
  const wrong = Object.entries(TABLE).filter(([name, [, expected]]) => !fits(rows[name], expected));
  assert.deepEqual(wrong.map(([name, [, expected]]) => ({ name, expected, found: rows[name] })), []);
  assert.deepEqual(await assertConserved(it), { rejected: 1 });
  const { events, totals } = await it.collector.events(it.site);
  // The collector never saw what the stand-in answered for it.
  assert.equal(events.find(({ name }) => name === "mark").count, (Object.keys(TABLE).length - 2) * MARKS);
  assert.ok(totals.repeats_refused >= 2 * MARKS, "what had arrived without a readable answer came again");
});

test("an event that no collector takes is found by halving and dropped alone, without a pause", async (t) => {
  const it = await patient(t, { maxEvents: 200 });
  const poisoned = ({ batch }) => batch.events.some(({ params }) => [17, 41].includes(params?.n));
  it.relay.instead = (entry) => (poisoned(entry) ? status(400) : null);
  await it.page.evaluate(() => {
    for (let n = 0; n < 50; n += 1) window.call("track", "mark", { n });
    window.call("flush");
  });
  // The page's clock stands still: nothing here waits for a pause.
  await it.relay.until("all others came", () => it.relay.names().filter((name) => name === "mark").length === 48);
  const posts = it.relay.batches().length;
  assert.ok(posts < 40, `${posts} requests for two events in fifty`);
  assert.deepEqual(await assertConserved(it), { refused: 2 });
  const told = (await it.diagnostics()).map(({ code }) => code);
  assert.deepEqual(told, ["refused", "refused"]);
});

test("while the collector asks for patience nothing is sent, and the page works on", async (t) => {
  const it = await patient(t, {}, `<button id="buy" data-mp-event="add_to_cart" data-mp-item-id="sku-1" data-mp-price="5" data-mp-currency="EUR" onclick="window.bought = 1">Buy</button>`);
  it.relay.instead = () => status(429, { "Retry-After": "60" });
  await it.call("track", "search", { search_term: "mug" });
  await it.page.clock.runFor(MAX_WAIT_MS + 1);
  await it.relay.until("the collector asked for patience", () => it.relay.batches().at(-1).status === 429);
  it.relay.instead = null;
  await settle(it);
  const before = it.relay.batches().length;
  await it.page.click("#buy");
  await it.call("track", "purchase", { transaction_id: "t-1", currency: "EUR", value: 5, items: [{ item_id: "sku-1", price: 5 }] });
  await it.call("flush");
  await it.page.evaluate(() => history.pushState(null, "", "/second"));
  await it.page.clock.runFor(59_900);
  await settle(it);
  assert.equal(it.relay.batches().length, before, "nothing before the time is up");
  assert.equal(await it.page.evaluate(() => window.bought), 1);
  await it.page.clock.runFor(200);
  await it.relay.until("all came", () => it.relay.names().includes("purchase"));
  await settle(it);
  assert.deepEqual(it.relay.names().filter((name) => name !== "scroll"), ["page_view", "search", "add_to_cart", "purchase", "page_view"]);
  assert.equal(it.relay.batches().length, before + 1, "by one request");
  assert.deepEqual(await assertConserved(it), {});
});

/** A page whose clock stands still, once its page view is acknowledged. */
async function patient(t, batch = {}, body = "") {
  const it = await visit(t, { granted: true, clock: true, body, options: { batch: { maxWaitMs: MAX_WAIT_MS, ...batch } }, before: ({ profile }) => profile.addInitScript(watchPosts) });
  await it.relay.until("the page view came", () => it.relay.names().includes("page_view"));
  await it.page.clock.pauseAt(await it.page.evaluate(() => Date.now() + 60_000));
  await settle(it);
  return it;
}

/** Tracks four marks, answers the first request with `answer`, and lets time pass until all are settled. */
async function play({ page, relay, ...it }, answer) {
  const before = { batches: relay.batches().length, events: relay.events().length };
  const begun = await page.evaluate((count) => {
    for (let n = 0; n < count; n += 1) window.call("track", "mark", { n });
    return { now: Date.now(), posts: window.posts.length, told: window.diagnostics.length };
  }, MARKS);
  let text;
  relay.instead = (entry) => {
    // Browsers repeat a request by themselves whose connection broke: it gets the same answer.
    text ??= entry.text;
    if (text !== entry.text) return null;
    return typeof answer === "function" ? answer(entry, begun.now) : answer;
  };
  await page.clock.runFor(MAX_WAIT_MS + 1);
  await settle({ page, relay, ...it });
  const done = () => relay.events().length === before.events + MARKS;
  for (let seconds = 0; seconds < 60 && !done(); seconds += 1) {
    await page.clock.runFor(1_000);
    await settle({ page, relay, ...it });
  }
  relay.instead = null;
  const { posts, told } = await page.evaluate((begun) => ({ posts: window.posts.slice(begun.posts), told: window.diagnostics.slice(begun.told) }), begun);
  const requests = new Map(relay.batches().slice(before.batches).map(({ text, batch }) => [text, batch.events.length]));
  const [first, second] = posts;
  // The page's clock runs ahead of its database, which may be taken for too slow.
  const codes = told.map(({ code }) => code).filter((code) => code !== "storage_unavailable");
  return { sizes: [...requests.values()], pause: second && second.from - first.to, took: first.to - first.from, told: codes };
}

function fits(found, { sizes, pause, told, took }) {
  const paused = pause ? found.pause >= pause[0] && found.pause <= pause[1] : found.pause === undefined;
  return paused && (took === undefined || found.took === took) && String([found.sizes, found.told]) === String([sizes, told]);
}

/** Waits until the page has heard the answers to all that it sent, but for those that never come. */
async function settle({ page, relay }) {
  const held = () => relay.batches().filter((entry) => entry.held && !entry.givenUp).length;
  let open;
  do {
    await relay.until("all is answered", () => relay.batches().every(({ status, givenUp, held }) => held || givenUp || status !== null));
    open = await page.evaluate(async () => {
      await window.fetch("/empty.html").then((answer) => answer.text());
      return window.posts.filter(({ to }) => to === undefined).length;
    });
    // What the page sent may still be on its way here.
  } while (open > held());
}

/** Injected as text: when each batch left and was answered, by the page's clock. */
function watchPosts() {
  window.posts = [];
  // It takes a time that isn't the page's.
  delete window.CompressionStream;
  const { fetch } = window;
  window.fetch = (...request) => {
    const answer = fetch.apply(window, request);
    if (request[1]?.method !== "POST") return answer;
    const post = { from: Date.now() };
    window.posts.push(post);
    const note = () => (post.to = Date.now());
    answer.then(note, note);
    return answer;
  };
}
