// docs/consent.md is for people who sign for it: what a browser keeps and sends has the names in its tables, all of them
// and no others; a part of a batch has no member that isn't named there.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { NOTHING_KEPT, inEachEngine, kept, openSite, recipe, running, until } from "./world.mjs";

const TEXT = await readFile(new URL("../../../docs/consent.md", import.meta.url), "utf8");

/** Names in the first cell of a table's rows. */
function table(heading) {
  const [, rows] = new RegExp(`\\| ${heading} \\|.*\n\\|[-|]+\\|\n((?:\\|.*\n)+)`).exec(TEXT);
  return rows.trim().split("\n").map((row) => [...row.split("|")[1].matchAll(/`([^`]+)`/g)].map(([, name]) => name));
}

const sorted = (names) => [...new Set(names)].sort();

inEachEngine((world, test) => {
  test("what is kept and sent has the names that docs/consent.md gives", async () => {
    const { session } = world;
    const { tag } = await recipe("other");
    const elsewhere = () => `<!doctype html><title>Blog</title><link rel="icon" href="data:,"><a href="/">Shop</a>
      <script>document.querySelector("a").href = "http://127.0.0.1:" + location.port + "/?gclid=click-1&utm_source=letter";</script>`;
    const site = await openSite({ blocks: { platform: "", tag: tag.replace(`collector: "`, `conversions: "ecommerce", collector: "`) }, pages: { "/blog.html": elsewhere } });
    try {
      await session.open(`${site.collector}/blog.html`);
      await session.click("a");
      await until("the shop is there", async () => (await session.address()).startsWith(site.url));
      await running(session);
      await session.run(() => {
        window.dispatchEvent(new CustomEvent("banner-choice", { detail: { statistics: true, advertising: true } }));
        window.milepost("identify", "user-7");
        window.milepost("track", "purchase", { transaction_id: "T-1", value: 5, currency: "EUR", items: [{ item_id: "sku-1" }] });
        window.milepost("flush");
      });
      await until("the purchase came", () => site.events().some(({ name }) => name === "purchase"));

      const fields = await session.run(() => Object.keys(JSON.parse(localStorage.getItem("milepost.shop"))));
      assert.deepEqual(sorted(fields), sorted(table("Field of `milepost.<site>`").flat()));
      const { databases, local, ...rest } = await kept(session);
      const { databases: none, local: nothing, ...empty } = NOTHING_KEPT;
      assert.deepEqual(rest, empty);

      // What isn't confirmed yet is written when the page is left.
      await session.run(() => {
        window.milepost("track", "mark");
        setTimeout(() => location.assign("/empty.html"));
      });
      await until("the page is left", async () => (await session.address()).endsWith("/empty.html"));
      const left = (await kept(session)).local;
      const names = [...databases, ...local, ...left].map((name) => name.replace(/^milepost\.shop(\/\d+\.[0-9a-f]+\.\d+)?$/, (all, part) => `milepost.<site>${part ? "/<stream>.<part>" : ""}`));
      // The one for pages that are left before the tracker runs is held by engines/early.test.mjs.
      const expected = table("Name \\| Where").flat().filter((name) => name !== "milepost.<site>/early.<numbers>");
      assert.deepEqual(sorted(names), sorted(expected));

      const sent = site.batches.flatMap((batch) => Object.keys(batch));
      const rows = table("Name \\| What").map(([name, ...inner]) => ({ names: site.batches.some((batch) => typeof batch[name] === "object") ? [name] : [name, ...inner], inner }));
      assert.deepEqual(sorted(sent), sorted(rows.flatMap(({ names }) => names)));
      const known = new Map(rows.filter(({ inner, names }) => names.length === 1 && inner.length).map(({ names, inner }) => [names[0], inner]));
      for (const [name, inner] of known) {
        const members = site.batches.flatMap((batch) => [batch[name]].flat()).flatMap((each) => Object.keys(each ?? {}));
        assert.deepEqual(members.filter((member) => !inner.includes(member)), [], `${name} has members that the page doesn't name`);
      }
    } finally {
      await session.open("about:blank");
      await site.close();
    }
  });
});
