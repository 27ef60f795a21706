// The oldest browsers that are meant: Chrome 80, Firefox 79, Safari 15. No file says more than they understand, and a
// browser that lacks something else stays a page like any other.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parse } from "acorn";
import { serveSite } from "../e2e/support/site.mjs";
import { PACKAGE } from "./support/installed.mjs";
import { eventsOf, openWorld } from "./support/opened.mjs";

const DIST = join(PACKAGE, "dist");
const SYNTAX = 2020;
/** Stubs are in pages that every browser sees. */
const STUBS = ["stub.js", "early-stub.js"];
const STUB_SYNTAX = 5;
/** Methods that came later, by MDN's tables; Chrome's version. */
const LATER = {
  ...{ any: 85, replaceAll: 85, randomUUID: 92, at: 92, hasOwn: 93, structuredClone: 98, findLast: 97, findLastIndex: 97, timeout: 103, toSorted: 110 },
  ...{ toReversed: 110, toSpliced: 110, isWellFormed: 111, groupBy: 117, canParse: 120, withResolvers: 119, WeakRef: 84, getOrInsert: 145 },
};
/** What the wasm may use: Chrome 75, Firefox 79 and Safari 15 know all four. */
const WASM = ["mutable-globals", "sign-ext", "bulk-memory", "nontrapping-float-to-int"];
const WASM_OPT = fileURLToPath(new URL("../../js/node_modules/.bin/wasm-opt", import.meta.url));

const scripts = (await readdir(DIST, { recursive: true })).filter((name) => name.endsWith(".js"));

test("every script is in the syntax of the oldest browsers", async () => {
  assert.ok(["milepost.js", "lean.js", ...STUBS].every((name) => scripts.includes(name)));
  for (const name of scripts) {
    const code = await readFile(join(DIST, name), "utf8");
    const sourceType = /\bexport(\{| default)|\bimport\{/.test(code) ? "module" : "script";
    assert.doesNotThrow(() => parse(code, { ecmaVersion: STUBS.includes(name) ? STUB_SYNTAX : SYNTAX, sourceType }), name);
    // Safari took them with 16.4, and a script with one doesn't even parse there.
    assert.doesNotMatch(code, /\(\?<[=!]/, `${name} looks behind`);
  }
  const [, snippet] = /<script>(window\.milepost=[^]*?)<\/script>/.exec(await readFile(join(PACKAGE, "README.md"), "utf8"));
  assert.doesNotThrow(() => parse(snippet, { ecmaVersion: STUB_SYNTAX }));
  assert.throws(() => parse("a ||= b", { ecmaVersion: SYNTAX }), SyntaxError);
});

test("no script calls what the oldest browsers lack", async () => {
  assert.deepEqual(callsOf("x.at(0); Promise.any([]); structuredClone(x); ({ at: 1 }).at; x.map(y)"), ["at", "any", "structuredClone"]);
  for (const name of scripts) assert.deepEqual(callsOf(await readFile(join(DIST, name), "utf8")), [], name);
});

function callsOf(code) {
  const found = [];
  const visit = (node) => {
    if (node.type === "CallExpression" || node.type === "NewExpression") {
      const name = node.callee.type === "MemberExpression" ? node.callee.property.name : node.callee.name;
      if (Object.hasOwn(LATER, name ?? "")) found.push(name);
    }
    for (const child of Object.values(node)) for (const each of [child].flat()) if (each?.type) visit(each);
  };
  visit(parse(code, { ecmaVersion: "latest", sourceType: "module" }));
  return found;
}

test("the wasm has no instruction that they lack", async () => {
  const check = (features) => promisify(execFile)(WASM_OPT, ["--mvp-features", ...features.map((name) => `--enable-${name}`), join(DIST, "milepost.wasm"), "-o", "/dev/null"], { maxBuffer: 1e9 });
  await check(WASM);
  await assert.rejects(check([]), "the check sees instructions");
});

let world;
let server;

before(async () => {
  world = await openWorld();
  server = await serveSite();
});
after(async () => {
  await server?.close();
  await world?.close();
});

/** What a browser, a setting or a frame may lack, as a script that takes it away, and whether events come all the same. */
const LACKS = [
  ["IndexedDB", "delete window.indexedDB", true],
  ["localStorage that may be touched", "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })", true],
  ["locks", "delete Navigator.prototype.locks", true],
  ["sendBeacon", "delete Navigator.prototype.sendBeacon", true],
  ["IntersectionObserver", "delete window.IntersectionObserver", undefined],
  ["ResizeObserver", "delete window.ResizeObserver", true],
  ["CompressionStream", "delete window.CompressionStream", true],
  ["BigInt", "delete window.BigInt", true],
  ["WebAssembly", "delete window.WebAssembly", true],
  ["compiling while it loads", "delete WebAssembly.instantiateStreaming", true],
  ["crypto", "delete window.crypto; delete Window.prototype.crypto", undefined],
  ["TextEncoder", "delete window.TextEncoder", undefined],
  ["fetch", "delete window.fetch", undefined],
  ["AbortController", "delete window.AbortController", undefined],
];

for (const [name, script, comes] of LACKS) {
  test(`a browser without ${name} ${comes ? "sends events all the same" : "throws nothing into the page"}`, async (t) => {
    const context = await world.chromium.newContext();
    t.after(() => context.close());
    const page = await context.newPage();
    const problems = [];
    page.on("console", (message) => ["warning", "error"].includes(message.type()) && problems.push(message.text()));
    page.on("pageerror", (error) => problems.push(String(error)));
    await page.addInitScript(`{ ${script} } addEventListener("unhandledrejection", (event) => console.error("rejected", event.reason));`);
    const site = world.freshSite();
    server.pages["/"] = `<!doctype html><title>Shop</title><link rel="icon" href="data:,"><script>
      window.milepost=window.milepost||function(){(milepost.q=milepost.q||[]).push([Date.now(),arguments])};
      milepost("init", ${JSON.stringify({ site, collector: world.relay.url, batch: { maxWaitMs: 20 } })});
      milepost("setConsent", { analytics: "granted" });
      window.told = new Promise((resolve) => milepost("on", "diagnostic", ({ code }) => resolve(code)));
      </script><script async src="${world.relay.url}/milepost.js"></script><button data-mp-event="clicked">Click</button>`;
    await page.goto(server.url);
    await page.waitForFunction(() => window.milepost.version);
    const came = (event) => eventsOf(world.relay, site).some((each) => each.name === event);
    if (comes) {
      await world.relay.until("the tracker is there", () => came("page_view"));
      await page.click("button");
      await world.relay.until("the click came", () => came("clicked"));
    } else {
      await page.evaluate(() => window.milepost("track", "sign_up"));
      const told = page.evaluate(() => window.told);
      const outcome = await Promise.race([told, world.relay.until("the event came", () => came("sign_up")).then(() => "came")]);
      told.catch(() => {}); // The page closes before it tells anything.
      assert.match(outcome, /^(came|engine_unavailable|engine_failed|collector_unavailable)$/);
    }
    assert.deepEqual(problems, []);
  });
}
