// What a site does wrong is told to its developers, and never breaks its pages or reaches the collector.

import assert from "node:assert/strict";
import { WAYS, test, useWorld, visit } from "./support/visit.mjs";

useWorld();

/** `[event, parameters, code, parameter]`: what is wrong, and what the diagnostic says. */
const WRONG = [
  ["add_to_cart", { items: [{ item_id: "sku-1", price: "1" }], value: "1" }, "param_missing", "currency"],
  ["add_to_cart", { currency: "euro", value: "1", items: [{ item_id: "sku-1" }] }, "currency_invalid", "currency"],
  ["add_to_cart", { currency: "EUR", value: "1,99", items: [{ item_id: "sku-1" }] }, "decimal_invalid", "value"],
  ["add_to_cart", { currency: "EUR", value: 1, items: [{ item_id: "sku-1" }, { price: 2 }] }, "item_unnamed", "items[1]"],
  ["purchase", { currency: "EUR", value: 1, items: [{ item_id: "sku-1" }] }, "param_missing", "transaction_id"],
  ["search", { search_term: "x".repeat(2_000) }, "param_too_long", "search_term"],
  ["no such name!", {}, "event_name_invalid", undefined],
];

for (const way of WAYS) {
  test(`${way}: an event with a wrong parameter is refused in the page, by name, and not sent`, async (t) => {
    const it = await visit(t, { way, granted: true });
    await it.relay.until("the tracker is there", () => it.relay.names().includes("page_view"));
    for (const [event, params] of WRONG) await it.call("track", event, params);
    await it.call("track", "search", { search_term: "mug" });
    await it.relay.until("the right one came", () => it.relay.names().includes("search"));
    await it.leave();
    assert.deepEqual(it.relay.names(), ["page_view", "search"]);
    assert.equal((await it.collector.rejected(it.site)).total, 0);
    await it.open("/");
    await it.page.waitForFunction(() => window.call);
    for (const [event, params, code, param] of WRONG) {
      await it.call("track", event, params);
      await it.page.waitForFunction(() => window.diagnostics.length > 0);
      const told = await it.page.evaluate(() => window.diagnostics.splice(0));
      assert.deepEqual(told.map((each) => [each.code, each.param]), [[code, param]], JSON.stringify([event, told]));
    }
  });

  test(`${way}: parameters that aren't data at all break nothing`, async (t) => {
    const it = await visit(t, { way, granted: true });
    await it.relay.until("the tracker is there", () => it.relay.names().includes("page_view"));
    await it.page.evaluate(() => {
      const circle = {};
      circle.self = circle;
      const trap = {
        get value() {
          throw new Error("a getter of the page's own");
        },
      };
      for (const params of [circle, trap, Object.create(null), null, "text", 7, [], () => {}, Symbol("s"), { items: circle }, { value: 10n }, { value: NaN }, document]) {
        window.call("track", "search", params);
        window.call("track", params, {});
        window.call("setConsent", params === null ? undefined : params);
        window.call("identify", params);
      }
      window.call("setConsent", { analytics: "granted" });
      window.call("track", "search", { search_term: "afterwards" });
    });
    await it.relay.until("the right one came", () => it.relay.events().some(({ params }) => params?.search_term === "afterwards"));
    assert.deepEqual(await it.faults(), []);
  });
}

const OPTIONS = [
  [{ site: 7 }, "option_invalid", "site"],
  [{ batch: { maxEvents: 0 } }, "option_invalid", "batch.maxEvents"],
  [{ capture: { scrol: true } }, "option_unknown", "capture.scrol"],
  [{ rules: [{ on: "hover", selector: ".buy", event: "buy" }] }, "option_invalid", "rules[0].on"],
  [{ collector: undefined }, "option_missing", "collector"],
];

test("import: a wrong option is one error from createTracker, with a code and the option's path", async (t) => {
  const it = await visit(t, { tracker: false });
  for (const [wrong, code, path] of OPTIONS) {
    const error = await it.page.evaluate(async (options) => {
      const { createTracker } = await import("/dist/index.js");
      try {
        createTracker(options);
        return null;
      } catch (thrown) {
        return { isError: thrown instanceof Error, code: thrown.code, path: thrown.path, message: thrown.message };
      }
    }, { ...it.options, ...wrong });
    assert.ok(error?.isError, `${path} is not refused`);
    assert.deepEqual([error.code, error.path], [code, path], error.message);
    assert.ok(error.message.includes(path), error.message);
  }
  assert.deepEqual(it.relay.requests, []);
});

test("tag: a wrong option is told on the console, once, and breaks nothing", async (t) => {
  const it = await visit(t, { tracker: false });
  const told = [];
  it.page.on("console", (message) => message.type() === "error" && told.push(message.text()));
  const [[wrong, code, path]] = OPTIONS.slice(1);
  it.server.pages["/wrong.html"] = `<!doctype html><title>Wrong</title><link rel="icon" href="data:,"><script>
    window.milepost=window.milepost||function(){(milepost.q=milepost.q||[]).push([Date.now(),arguments])};
    milepost("init", ${JSON.stringify({ ...it.options, ...wrong })}); milepost("setConsent", { analytics: "granted" }); milepost("track", "search", { search_term: "mug" });
    </script><script async src="${it.relay.url}/milepost.js"></script><button data-mp-event="clicked">Click</button>`;
  await it.open("/wrong.html");
  await it.page.click("button");
  await it.page.evaluate(() => window.milepost("track", "search", { search_term: "later" }));
  await it.page.waitForFunction(() => performance.getEntriesByType("resource").some(({ name }) => name.endsWith("/milepost.js")));
  await it.leave();
  assert.equal(told.length, 1, told.join("\n"));
  assert.ok(told[0].includes(code) && told[0].includes(path), told[0]);
  assert.deepEqual(it.relay.batches(), []);
});

test("tag: what is no call in the stub's queue is told on the console, and the calls after it count", async (t) => {
  const it = await visit(t, { tracker: false });
  const told = [];
  it.page.on("console", (message) => message.type() === "error" && told.push(message.text()));
  it.page.on("pageerror", (error) => told.push(`thrown: ${error}`));
  it.server.pages["/queue.html"] = `<!doctype html><title>Queue</title><link rel="icon" href="data:,"><script>
    window.milepost=window.milepost||function(){(milepost.q=milepost.q||[]).push([Date.now(),arguments])};
    milepost("init", ${JSON.stringify(it.options)}); milepost.q.push(null, 7, [1]); milepost("setConsent", { analytics: "granted" }); milepost("track", "search", { search_term: "mug" });
    </script><script async src="${it.relay.url}/milepost.js"></script>`;
  await it.open("/queue.html");
  await it.relay.until("the search came", () => it.relay.names().includes("search"));
  assert.equal(told.length, 3, told.join("\n"));
  assert.ok(told.every((text) => !text.startsWith("thrown")), told.join("\n"));
});
