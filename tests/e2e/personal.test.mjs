// Personal data that a page hands over itself, in texts, addresses, titles and markup: no byte of it leaves the page or is kept.
// The texts are those of core/tests/redact/personal.txt, the personal part of each in braces.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test, useWorld, visit } from "./support/visit.mjs";

const CORPUS = new URL("../../core/tests/redact/personal.txt", import.meta.url);
/** Every so-manieth is also a page's address and title. */
const PAGE_EVERY = 12;
const AT_ONCE = 40;

useWorld();

test("no byte of the corpus is on the wire, in the browser's storage or in the database", { timeout: 120_000 }, async (t) => {
  const lines = (await readFile(CORPUS, "utf8")).split("\n").filter((line) => line && !line.startsWith("# "));
  const corpus = lines.map((line) => line.replaceAll("\\n", "\n").replaceAll("\\t", "\t").replaceAll("\\\\", "\\"));
  const texts = corpus.map((line) => line.replaceAll(/[{}]/g, ""));
  const parts = corpus.flatMap((line) => [...line.matchAll(/\{([^}]*)\}/g)].map(([, part]) => part));
  assert.ok(texts.length >= 500 && parts.length >= texts.length);

  // Batches wait until what is kept has been looked at.
  const it = await visit(t, { granted: true, body: `<button id="marked">Marked</button>`, options: { batch: { maxWaitMs: 500 } } });
  await it.relay.until("the page view came", () => it.relay.names().includes("page_view"));
  const stored = [];
  for (let from = 0; from < texts.length; from += AT_ONCE) {
    stored.push(await it.page.evaluate(hand, { texts: texts.slice(from, from + AT_ONCE), from, every: PAGE_EVERY }));
    const last = Math.min(from + AT_ONCE, texts.length) - 1;
    await it.relay.until("the last came", () => it.relay.events().some(({ name, params }) => name === "note" && params.n === last));
  }
  await it.leave();
  stored.push(await it.page.evaluate(() => JSON.stringify({ ...localStorage })));

  const named = (name) => it.relay.events().filter((event) => event.name === name).length;
  assert.equal(named("note"), texts.length, "every text was in an event");
  assert.equal(named("marked"), texts.length, "and in markup");
  assert.ok(named("page_view") > texts.length / PAGE_EVERY, "and some were addresses");
  const database = (await it.collector.bytes()).toString("utf8");
  assert.ok(database.includes(it.site), "the database was read");
  const places = { "on the wire": it.relay.requests.map(({ head, text }) => `${head}\n${text}`).join("\n"), "in the browser's storage": stored.join("\n"), "in the database": database };
  assert.ok(places["in the browser's storage"].includes("[email]"), "what is kept was seen");
  for (const [place, bytes] of Object.entries(places)) {
    // As JSON has it, and as an address has it.
    const found = parts.filter((part) => [part, JSON.stringify(part).slice(1, -1), encodeURIComponent(part), encodeURI(part)].some((form) => bytes.includes(form)));
    assert.deepEqual(found, [], `${found.length} are ${place}`);
  }
});

/** Injected as text. Returns what is kept at the end. */
async function hand({ texts, from, every }) {
  const button = document.querySelector("#marked");
  button.dataset.mpEvent = "marked";
  for (const [at, text] of texts.entries()) {
    if ((from + at) % every === 0) {
      document.title = text;
      history.pushState(null, "", `/found/${encodeURIComponent(text)}?q=${encodeURIComponent(text)}#${encodeURIComponent(text)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    window.call("track", "note", { n: from + at, text, items: [{ item_name: text }] });
    button.dataset.mpNote = text;
    button.dataset.mpItemName = text;
    button.click();
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  const { name } = (await indexedDB.databases()).find((each) => each.name.startsWith("milepost."));
  const texted = await new Promise((resolve, reject) => {
    const opening = indexedDB.open(name);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const reading = opening.result.transaction("log").objectStore("log").getAll();
      reading.onsuccess = () => (opening.result.close(), resolve(reading.result));
    };
  });
  return JSON.stringify([...texted, { ...localStorage }]);
}
