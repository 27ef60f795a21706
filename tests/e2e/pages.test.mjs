// Page views without a load: routes of a single-page app, and pages out of the back/forward cache.

import assert from "node:assert/strict";
import { WAYS, test, useWorld, visit } from "./support/visit.mjs";

useWorld();

const views = ({ relay, server }) =>
  relay.events().filter(({ name }) => name === "page_view").map(({ url, page, batch }) => {
    const { title, referrer } = batch.pages.find(({ id }) => id === (page ?? 0));
    return [url.slice(server.url.length), title, (referrer ?? "").slice(server.url.length)];
  });

for (const way of WAYS) {
  test(`${way}: each route of a single-page app is a page view with its own title and the route before it`, async (t) => {
    const it = await visit(t, { way, granted: true });
    await it.relay.until("the first view came", () => views(it).length === 1);
    const go = async (change) => {
      await it.page.evaluate(change);
      await it.page.evaluate(() => new Promise((resolve) => setTimeout(() => requestAnimationFrame(resolve))));
    };
    // The title follows the address, as routers do it.
    await go(() => {
      history.pushState(null, "", "/list");
      document.title = "List";
    });
    // Two changes in a row are one.
    await go(() => {
      history.pushState(null, "", "/item");
      history.replaceState(null, "", "/item/1");
      document.title = "Item";
    });
    // The same address and another fragment are none.
    await go(() => history.pushState(null, "", location.href));
    await go(() => history.replaceState(null, "", "#details"));
    await go(() => {
      location.hash = "more";
    });
    await it.page.goBack({ waitUntil: "commit" });
    await go(() => {});
    await go(async () => {
      const there = new Promise((resolve) => addEventListener("popstate", resolve, { once: true }));
      history.go(-2);
      await there;
      document.title = "List";
    });
    await it.leave();
    assert.deepEqual(views(it), [
      ["/", "Test page", ""],
      ["/list", "List", "/"],
      ["/item/1", "Item", "/list"],
      ["/list", "List", "/item/1"],
    ]);
  });
}

test("a page out of the back/forward cache is a new page view of the same visit", async (t) => {
  const body = `
    <ul data-mp-items data-mp-event="view_item_list" data-mp-on="load" data-mp-item-list-id="all"><li data-mp-item-id="sku-1">Mug</li></ul>
    <p data-mp-event="offer_seen" data-mp-on="view">An offer</p>
    <form id="letter"><input name="mail"></form>
    <p style="height: 3000px">Long.</p><a id="on" href="/second.html">On</a>`;
  const it = await visit(t, { body, granted: true });
  it.server.pages["/second.html"] = it.html("<h1>Second</h1>");
  const told = ({ name, params }) => (name === "scroll" ? `${name} ${params.percent_scrolled}` : name);
  const came = (wanted, times) =>
    it.relay.until(`${wanted} came ${times} times`, () => it.relay.events().filter((event) => told(event) === wanted).length === times);
  await came("offer_seen", 1);
  await it.page.fill("[name=mail]", "ada@example.org");
  await came("form_start", 1);
  await it.page.evaluate(() => scrollTo(0, 0.3 * document.body.scrollHeight));
  await came("scroll 50", 1);
  await it.page.evaluate(() => document.querySelector("#on").click());
  await it.page.waitForURL("**/second.html");
  await came("page_view", 2);

  await it.page.goBack({ waitUntil: "commit" });
  await it.page.waitForFunction(() => document.querySelector("#on"));
  const why = await it.page.evaluate(() => performance.getEntriesByType("navigation")[0].notRestoredReasons);
  assert.equal(why, null, "the tracker keeps the page out of the cache");
  await came("scroll 50", 2);
  await it.page.evaluate(() => scrollTo(0, 0));
  await came("offer_seen", 2);
  await it.page.fill("[name=mail]", "ada@example.org");
  await it.leave();

  // By page view and not by when it came: what a page sends as it is left may come after the next page's first events.
  const all = it.relay.events().filter(({ url }) => !url.endsWith("second.html"));
  const view = (number) => all.filter(({ page }) => (page ?? 0) === number);
  const [first, again] = [0, 1].map((number) => view(number).map(told).toSorted());
  // What can happen once a page view has happened once more, as far down as the page was when it came back.
  assert.deepEqual(again, first);
  assert.equal(all.length, first.length + again.length);
  assert.ok(first.includes("scroll 25") && first.includes("form_start") && first.includes("view_item_list"), String(first));
  const [{ batch: old }] = view(0);
  for (const { batch } of view(1)) {
    assert.equal(batch.stream, old.stream);
    assert.equal(batch.visitor, old.visitor);
    assert.equal(batch.session.id, old.session.id);
  }
});

test("what is on screen when a page comes back is seen again", async (t) => {
  const body = `<p data-mp-event="offer_seen" data-mp-on="view">An offer</p><a id="on" href="/empty.html">On</a>`;
  const it = await visit(t, { body, granted: true });
  const seen = () => it.relay.names().filter((name) => name === "offer_seen").length;
  await it.relay.until("the offer was seen", () => seen() === 1);
  await it.page.click("#on");
  await it.page.waitForURL("**/empty.html");
  await it.page.goBack({ waitUntil: "commit" });
  await it.page.waitForFunction(() => document.querySelector("#on"));
  await it.relay.until("the offer was seen again", () => seen() === 2);
});

test("another fragment is no new page view: nothing is seen again", async (t) => {
  const body = `<p data-mp-event="offer_seen" data-mp-on="view">An offer</p><ul data-mp-event="list_there" data-mp-on="load"></ul>`;
  const it = await visit(t, { body, granted: true, clock: true });
  const count = (wanted) => it.relay.names().filter((name) => name === wanted).length;
  await it.relay.until("the offer was seen", () => count("offer_seen") === 1);
  await it.page.evaluate(async () => {
    history.replaceState(null, "", "#more");
    await new Promise((resolve) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  });
  await it.page.clock.fastForward(5_000);
  await it.leave();
  assert.deepEqual([count("page_view"), count("offer_seen"), count("list_there")], [1, 1, 1]);
});

test("a page that is still being read does not count as seen to its end", async (t) => {
  let finish;
  const rest = new Promise((resolve) => (finish = resolve));
  const it = await visit(t, {
    granted: true,
    before: (it) => {
      it.server.pages["/slow.html"] = async (_, response) => {
        const [start, end] = it.html(`<p style="height: 1200px">Start.</p><i></i><p style="height: 6000px">Rest.</p>`).split("<i></i>");
        response.writeHead(200, { "Content-Type": "text/html" });
        response.write(start);
        await rest;
        response.end(end);
      };
    },
  });
  await it.page.goto(`${it.server.url}/slow.html`, { waitUntil: "commit" });
  await it.relay.until("the slow page came", () => it.relay.events().some(({ url }) => url?.endsWith("/slow.html")));
  finish();
  await it.page.waitForLoadState("load");
  await it.leave();
  assert.deepEqual(it.relay.events().filter(({ name, url }) => name === "scroll" && url.endsWith("/slow.html")), []);
});
