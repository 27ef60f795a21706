// The core as WebAssembly and as JavaScript, side by side without a browser: the same inputs, the same effects, byte for byte.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { DIST } from "./support/collector.mjs";

/** Kinds of effects, as src/host.rs numbers them. */
const [SEND, LOAD, LOG, SPILL, RECOVER] = [0, 2, 7, 8, 10];
const OPTIONS = {
  site: "shop",
  collector: "http://127.0.0.1:1",
  conversions: "ecommerce",
  currency: "EUR",
  rules: [{ on: "click", selector: ".buy", event: "add_to_cart", params: { value: "19.99" } }],
};
const AT = 1_763_752_000_000;
const PAGE = { url: "https://shop.example/p/1?utm_source=mail&gclid=abc", title: "Mug ☕ \u{1f600}", referrer: "https://www.google.com/" };
const DEVICE = { width: 1920, height: 1080, coarse: false, language: "de-DE", screen: "1920x1080", viewport: "1280x720", engine: "wasm" };
const ITEMS = [{ item_id: "sku-1", item_name: "Mug", price: "19.99", quantity: 2 }, { item_id: "sku-2", price: 0.1, quantity: 3 }];
const MARKS = { chain: [{ mpEvent: "add_to_cart", mpItemId: "sku-3", mpPrice: "1.05", mpCurrency: "USD" }], inside: [] };

/** A visit: kinds as core/src/input/told.rs numbers them. */
const VISIT = [
  [0, { ...PAGE, ...DEVICE }],
  [7, { top: 0, window: 720, page: 4000 }],
  [11, { name: "view_item", params: { items: ITEMS } }],
  [13, { source: "api", choices: { analytics: "granted", marketing: "granted" } }],
  [12, { user: "user-7" }],
  [10, MARKS],
  [10, { rule: 0, ...MARKS }],
  [7, { top: 3280, window: 720, page: 4000 }],
  [8, { element: 1, moment: 0, audio: false, position: 0, duration: 90_000, watched: 0, title: "How", url: "https://shop.example/v.mp4" }],
  [8, { element: 1, moment: 1, audio: false, position: 45_000, duration: 90_000, watched: 45_000, title: "How", url: "https://shop.example/v.mp4" }],
  [9, { element: 2, moment: 0, id: "f", name: "", action: "https://shop.example/send", fields: "" }],
  [9, { element: 2, moment: 2, id: "f", name: "", action: "", fields: "email,name" }],
  [1, { ...PAGE, url: "https://shop.example/cart" }],
  [11, { name: "purchase", params: { transaction_id: "t-1", value: 59.970000000000006, tax: "1e1", items: ITEMS } }],
  [11, { name: "purchase", params: { transaction_id: "t-1", value: 1 } }],
  [11, { name: "1wrong", params: {} }],
  [11, { name: "deep", params: { list: [1, -2.5, 1e21, "\u2028", null, true], more: { than: "one" } } }],
  [15, null],
  ...Array.from({ length: 120 }, (_, n) => [11, { name: "filled", params: { n, note: "x".repeat(300) } }]),
  [16, null],
  [4, null],
  [3, null],
  [6, PAGE],
  [13, { source: "api", choices: { marketing: "denied" } }],
  [5, null],
  [17, null],
  [18, null],
];

async function asWasm(imports) {
  const { instance } = await WebAssembly.instantiate(await readFile(join(DIST, "milepost.wasm")), imports);
  return instance.exports;
}

async function asScript(imports) {
  return (await import(join(DIST, "fallback.js"))).default(imports);
}

/** What the core asks for in the course of a visit, with answers that depend on nothing else. */
async function effects(bringUp) {
  const asked = [];
  const log = [];
  const answers = [];
  let exports;
  const text = (at, length) => Buffer.from(exports.b.buffer, at >>> 0, length).toString();
  exports = await bringUp({
    a: {
      a: (tracker, kind, number, at, length) => {
        const said = text(at, length);
        asked.push({ tracker, kind, number, said });
        if (kind === SEND) answers.push([14, number % 2 ? { batch: number, status: 200, body: '{"accepted":1,"duplicates":0,"rejected":[]}' } : { batch: number, status: 503, wait: 2000, body: "" }]);
        if (kind === LOAD) answers.push([19, { text: "" }]);
        if (kind === LOG || kind === SPILL) log.push(`other${log.length}.0\n${said.slice(number)}`);
        if (kind === RECOVER) answers.push([21, { log: log.slice(-2).join("\r"), rest: 0 }]);
      },
    },
  });
  const put = (value) => {
    const bytes = Buffer.from(value === null ? "" : JSON.stringify(value));
    const at = exports.d(bytes.length) >>> 0;
    new Uint8Array(exports.b.buffer).set(bytes, at);
  };
  put(OPTIONS);
  const tracker = exports.c(1, 2 ** 31, 3, 4);
  let time = 0;
  const tell = (kind, fields) => {
    time += 701.5;
    put(fields);
    exports.e(tracker, kind, AT + time, time);
  };
  for (const [kind, fields] of VISIT) {
    tell(kind, fields);
    for (const answer of answers.splice(0)) tell(...answer);
  }
  return asked;
}

test("the core as JavaScript asks for what the core as WebAssembly does, byte for byte", async () => {
  const [wasm, script] = [await effects(asWasm), await effects(asScript)];
  assert.deepEqual(script, wasm);
  const bodies = wasm.filter(({ kind }) => kind === SEND).map(({ said }) => JSON.parse(said));
  const names = new Set(bodies.flatMap(({ events }) => events.map(({ name }) => name)));
  for (const name of ["page_view", "view_item", "add_to_cart", "purchase", "video_progress", "form_error", "scroll", "filled"]) {
    assert.ok(names.has(name), `${name} is among what was sent: ${[...names]}`);
  }
  assert.ok(wasm.length > 50, `${wasm.length} effects`);
});
