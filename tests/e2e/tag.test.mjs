// The tag as it gets into pages: late, twice, and for markup that can't be changed.

import assert from "node:assert/strict";
import { WAYS, snippet, test, useWorld, visit } from "./support/visit.mjs";

useWorld();

test("calls made before the tracker has arrived keep their own times", async (t) => {
  let arrive;
  const it = await visit(t, { granted: true, at: "/empty.html" });
  it.relay.filesWaitFor = new Promise((resolve) => (arrive = resolve));
  await it.page.goto(it.server.url, { waitUntil: "commit" });
  await it.page.waitForFunction(() => window.call);
  const calls = [];
  for (const n of [0, 1]) {
    calls.push(await it.page.evaluate(async (number) => {
      const from = Date.now();
      window.call("track", "mark", { n: number });
      const to = Date.now();
      while (Date.now() <= to + 50) await new Promise(requestAnimationFrame);
      return { from, to };
    }, n));
  }
  assert.deepEqual(it.relay.batches(), []);
  arrive();
  await it.relay.until("both marks came", () => it.relay.names().filter((name) => name === "mark").length === 2);
  const marks = it.relay.events().filter(({ name }) => name === "mark");
  marks.forEach(({ at, params }, n) => {
    assert.equal(params.n, n);
    assert.ok(at >= calls[n].from && at <= calls[n].to, `call ${n} was at ${calls[n].from}, the event says ${at}`);
  });
});

test("a tag that is in the page twice is one tracker", async (t) => {
  const it = await visit(t, { tracker: false });
  const twice = snippet("tag", it.options, true);
  it.server.pages["/twice.html"] = `<!doctype html><title>Twice</title>${twice}${twice}<button data-mp-event="clicked">Click</button>`;
  await it.open("/twice.html");
  await it.relay.until("the tracker is there", () => it.relay.names().includes("page_view"));
  // And once more, late, as a tag manager does it.
  await it.page.evaluate((src) => new Promise((resolve) => document.head.append(Object.assign(document.createElement("script"), { src, onload: resolve }))), `${it.relay.url}/milepost.js`);
  await it.page.click("button");
  await it.call("track", "mark", { n: 1 });
  await it.relay.until("the mark came", () => it.relay.names().includes("mark"));
  await it.leave();
  assert.deepEqual(it.relay.names().toSorted(), ["clicked", "mark", "page_view"]);
  assert.equal(new Set(it.relay.events().map(({ batch }) => batch.stream)).size, 1);
});

test("a tag that arrives long after the page has loaded catches what is there, and when consent was given", async (t) => {
  const it = await visit(t, { tracker: false });
  it.server.pages["/late.html"] = `<!doctype html><title>Late</title><ul data-mp-items data-mp-event="view_item_list" data-mp-on="load"><li data-mp-item-id="sku-1">Mug</li></ul>`;
  await it.open("/late.html");
  const given = await it.page.evaluate(async ({ options, url }) => {
    window.milepost = function () {
      (window.milepost.q = window.milepost.q || []).push([Date.now(), arguments]);
    };
    window.milepost("init", options);
    const from = Date.now();
    window.milepost("setConsent", { analytics: "granted" });
    const to = Date.now();
    while (Date.now() <= to + 50) await new Promise(requestAnimationFrame);
    document.head.append(Object.assign(document.createElement("script"), { src: `${url}/milepost.js` }));
    return { from, to };
  }, { options: it.options, url: it.relay.url });
  await it.relay.until("the list came", () => it.relay.names().includes("view_item_list"));
  await it.leave();
  assert.deepEqual(it.relay.names(), ["page_view", "view_item_list"]);
  for (const { batch: { consent } } of it.relay.batches()) assert.ok(consent.at >= given.from && consent.at <= given.to, `given at ${given.from}, the record says ${consent.at}`);
});

const RULES = [
  { on: "click", selector: ".buy", event: "add_to_cart", params: { currency: "EUR", items: [{ item_id: "sku-9", price: "2.50" }] } },
  { on: "submit", selector: "#ask", event: "generate_lead", params: { currency: "EUR", value: "12.30" } },
  { on: "load", selector: ".banner", event: "banner_shown", params: { banner: "may" } },
  { on: "view", selector: "#deep", event: "offer_seen", params: { offer: "deep" } },
];
const UNMARKED = `
  <div class="banner">May</div>
  <button class="buy"><b id="inside">Buy</b></button>
  <div data-mp-ignore><button class="buy" id="never">Buy</button></div>
  <button id="other">Other</button>
  <form id="ask" onsubmit="event.preventDefault()"><input name="q"><button>Ask</button></form>
  <p style="height: 3000px">Long.</p>
  <div id="deep" style="height: 100px">Deep</div>`;

for (const way of WAYS) {
  test(`${way}: selector rules make events of markup that carries none`, async (t) => {
    const it = await visit(t, { way, granted: true, body: UNMARKED, options: { rules: RULES, capture: { forms: false, scroll: false } } });
    await it.relay.until("the banner came", () => it.relay.names().includes("banner_shown"));
    for (const spot of ["#inside", "#never", "#other", "#ask button"]) await it.page.click(spot);
    await it.relay.until("the lead came", () => it.relay.names().includes("generate_lead"));
    const scrolled = await it.page.evaluate(() => {
      document.querySelector("#deep").scrollIntoView();
      return Date.now();
    });
    await it.relay.until("the offer came", () => it.relay.names().includes("offer_seen"));
    await it.leave();
    const rest = it.relay.events().filter(({ name }) => name !== "page_view");
    assert.deepEqual(rest.map(({ name }) => name), ["banner_shown", "add_to_cart", "generate_lead", "offer_seen"]);
    assert.deepEqual(rest[1].params, { currency: "EUR", items: [{ item_id: "sku-9", price: 2.5 }], value: 2.5 });
    assert.equal(rest[2].params.value, 12.3);
    assert.ok(rest[3].at >= scrolled + 990, "it was on screen for a second");
  });
}
