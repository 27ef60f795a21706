// Pages that have changed what scripts rely on, by accident or on purpose: the tracker works on, says nothing wrong, and changes nothing back.

import assert from "node:assert/strict";
import { WAYS, test, useWorld, visit } from "./support/visit.mjs";

const BUY = `<article data-mp-item-id="mug-1" data-mp-item-name="Mug" data-mp-price="19.99"><button id="buy" data-mp-event="add_to_cart" data-mp-currency="EUR">Buy</button></article>`;
/** Its fields have the names of what scripts ask elements and documents for. */
const CLOBBERED = `
  <form name="body"></form><form name="forms"></form><form name="getElementById"></form><form name="title"></form><form name="URL"></form><img name="referrer"><img name="head"><a id="navigator"></a><a id="name"></a>
  <form id="own" action="/thanks" onsubmit="event.preventDefault()">
    ${["id", "name", "action", "closest", "matches", "dataset", "getAttribute", "localName", "parentElement", "parentNode", "querySelectorAll", "elements"].map((name) => `<input name="${name}" value="zq-${name}">`).join("")}
    <button>Send</button>
  </form>`;

useWorld();

const only = (it, name) => {
  const found = it.relay.events().filter((event) => event.name === name);
  assert.equal(found.length, 1, `${name}: ${JSON.stringify(it.relay.names())}`);
  return found[0];
};

for (const way of WAYS) {
  test(`${way}: a page that has patched its built-in objects is tracked, and keeps its patches`, async (t) => {
    const it = await visit(t, { way, granted: true, body: BUY, before: ({ profile }) => profile.addInitScript(patch) });
    await it.relay.until("the page view came", () => it.relay.names().includes("page_view"));
    await it.page.click("#buy");
    await it.call("track", "search", { search_term: "mug" });
    await it.relay.until("the events came", () => ["add_to_cart", "search"].every((name) => it.relay.names().includes(name)));
    const { params } = only(it, "add_to_cart");
    assert.deepEqual(params, { currency: "EUR", value: 19.99, items: [{ item_id: "mug-1", item_name: "Mug", price: 19.99 }] });
    assert.deepEqual(only(it, "search").params, { search_term: "mug" });
    assert.deepEqual(await it.page.evaluate(() => window.changed()), [], "the page's own objects are as they were");
    assert.deepEqual(await it.diagnostics(), []);
  });

  test(`${way}: names of elements that hide what documents and forms have mislead nobody`, async (t) => {
    const it = await visit(t, { way, granted: true, body: CLOBBERED + BUY });
    await it.relay.until("the page view came", () => it.relay.names().includes("page_view"));
    // The driver's own ways to type and click are misled.
    await it.page.evaluate(() => HTMLElement.prototype.focus.call(document.querySelector("[name=closest]")));
    await it.page.keyboard.type("zq-typed");
    await it.page.evaluate(() => {
      for (const selector of ["#own button", "#buy"]) HTMLElement.prototype.click.call(document.querySelector(selector));
    });
    await it.relay.until("the events came", () => ["form_submit", "add_to_cart"].every((name) => it.relay.names().includes(name)));
    assert.equal(only(it, "page_view").url, `${it.server.url}/`);
    assert.deepEqual(only(it, "form_submit").params, { form_id: "own", form_destination: `${it.server.url}/thanks` });
    assert.equal(only(it, "add_to_cart").params.value, 19.99);
    assert.ok(!it.relay.requests.some(({ text }) => text.includes("zq-")), "no field's value is sent");
  });
}

test("attributes that name what objects inherit are parameters or nothing", async (t) => {
  const body = `<button id="odd" data-mp-event="clicked" data-mp-__proto__="polluted" data-mp-constructor="x" data-mp-to-string="y" data-mp-item-id="__proto__" data-mp-has-own-property="z">Odd</button>`;
  const it = await visit(t, { granted: true, body });
  await it.relay.until("the page view came", () => it.relay.names().includes("page_view"));
  await it.page.click("#odd");
  await it.call("track", "search", JSON.parse(`{"search_term":"mug","constructor":"x"}`));
  await it.call("track", "__proto__", {});
  await it.relay.until("the search came", () => it.relay.names().includes("search"));
  assert.deepEqual(only(it, "search").params, { search_term: "mug", constructor: "x" });
  assert.deepEqual(await it.page.evaluate(() => [{}.polluted, [].polluted, ...Object.keys(Object.prototype)].map(String)), ["undefined", "undefined"]);
  assert.deepEqual((await it.diagnostics()).filter(({ code }) => !["param_name_invalid", "event_name_invalid"].includes(code)), []);
});

test("fifty thousand elements and an attribute of a megabyte cost the page no long task and no event its shape", async (t) => {
  const it = await visit(t, { granted: true, body: BUY });
  await it.relay.until("the page view came", () => it.relay.names().includes("page_view"));
  await it.page.evaluate(() => {
    const list = document.createElement("ul");
    list.innerHTML = `<li data-mp-item-id="many" data-mp-price="1">x</li>`.repeat(50_000);
    document.body.append(list);
    document.querySelector("#buy").dataset.mpCoupon = "x".repeat(2 ** 20);
  });
  await it.page.click("#buy");
  await it.relay.until("it was refused", async () => (await it.diagnostics()).length > 0);
  assert.deepEqual(await it.diagnostics(), [{ code: "param_too_long", event: "add_to_cart", param: "coupon" }]);
  await it.page.evaluate(() => delete document.querySelector("#buy").dataset.mpCoupon);
  await it.page.click("#buy");
  await it.relay.until("it came", () => it.relay.names().includes("add_to_cart"));
  assert.equal(only(it, "add_to_cart").params.items.length, 1);
});

/** Injected as text: what libraries of all ages have done to pages, and a memory of it. */
function patch() {
  Object.prototype.extend = function () {};
  Array.prototype.remove = function () {};
  String.prototype.toJSON = function () {
    return this.toString();
  };
  const { fetch, Promise, JSON } = window;
  const stringify = JSON.stringify;
  window.fetch = function (...given) {
    return fetch.apply(this, given);
  };
  JSON.stringify = (...given) => stringify(...given);
  window.Promise = class extends Promise {};
  Object.freeze(history);
  Object.freeze(document.implementation);
  const patches = () => ({ fetch: window.fetch, Promise: window.Promise, stringify: JSON.stringify, extend: Object.prototype.extend, remove: Array.prototype.remove, pushState: history.pushState });
  const mine = patches();
  window.changed = () => Object.keys(mine).filter((name) => mine[name] !== patches()[name]);
}
