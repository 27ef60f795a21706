// Money arrives to the last digit: from markup and calls, over the wire, into the report.

import assert from "node:assert/strict";
import { WAYS, test, useWorld, visit } from "./support/visit.mjs";

useWorld();

/** The `value` of the one event of a name, as it is written on the wire: JSON.parse would round it. */
function written(relay, name) {
  const texts = relay.batches().map(({ text }) => text).filter((text) => text.includes(`"name":"${name}"`));
  assert.equal(texts.length, 1, name);
  const [, event] = texts[0].split(`"name":"${name}"`);
  return /"value":("?[0-9.eE+-]+"?)/.exec(event)[1];
}

const BODY = `
  <article data-mp-currency="EUR" data-mp-item-id="sku-1" data-mp-price="19.99" data-mp-quantity="3">
    <button id="buy" data-mp-event="add_to_cart">Buy</button>
  </article>
  <section data-mp-items data-mp-currency="EUR">
    <i data-mp-item-id="a" data-mp-price="0.10" data-mp-quantity="3"></i>
    <i data-mp-item-id="b" data-mp-price="0.20"></i>
    <button id="checkout" data-mp-event="begin_checkout">Checkout</button>
  </section>`;

for (const way of WAYS) {
  test(`${way}: sums of prices are exact`, async (t) => {
    const it = await visit(t, { way, body: BODY, granted: true, options: { conversions: "ecommerce", batch: { maxEvents: 1 } } });
    await it.relay.until("the tracker is there", () => it.relay.names().includes("page_view"));
    await it.page.click("#buy");
    await it.page.click("#checkout");
    const items = [{ item_id: "sku-1", price: "19.99", quantity: 3 }];
    await it.call("track", "view_cart", { currency: "EUR", value: "59.97", items });
    await it.call("track", "view_item", { currency: "EUR", items });
    await it.call("track", "add_to_wishlist", { currency: "EUR", value: "9999999999999.99", items });
    await it.call("track", "purchase", { transaction_id: "T-1", currency: "EUR", value: 0.1 + 0.2, items });
    await it.call("track", "purchase", { transaction_id: "T-2", currency: "EUR", value: "0.70", items });
    await it.relay.until("all came", () => it.relay.names().filter((name) => name === "purchase").length === 2);
    await it.leave();
    const values = ["add_to_cart", "begin_checkout", "view_cart", "view_item", "add_to_wishlist"].map((name) => written(it.relay, name));
    assert.deepEqual(values, ["59.97", "0.5", "59.97", "59.97", "9999999999999.99"]);
    const { events } = await it.collector.events(it.site);
    // A number's digits past the 15th are the double's, not the site's: 0.1 + 0.2 is 0.3 again.
    assert.deepEqual(events.find(({ name }) => name === "purchase").revenue, { EUR: "1" });
  });
}
