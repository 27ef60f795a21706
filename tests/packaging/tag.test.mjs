// The tag as pages carry it: its stub, pinned by a hash, under a strict policy, before and after `init`. In Chromium.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { brotliCompressSync } from "node:zlib";
import { serveSite } from "../e2e/support/site.mjs";
import { PACKAGE } from "./support/installed.mjs";
import { eventsOf, openWorld } from "./support/opened.mjs";

const DIST = join(PACKAGE, "dist");
const STUB = "window.milepost=window.milepost||function(){(milepost.q=milepost.q||[]).push([Date.now(),arguments])};";
const hashes = JSON.parse(await readFile(join(DIST, "integrity.json"), "utf8"));

let world;
let server;

before(async () => {
  world = await openWorld();
  server = await serveSite({ folders: { "/dist/": DIST, "/node_modules/": new URL("node_modules/", import.meta.url).pathname } });
});
after(async () => {
  await server?.close();
  await world?.close();
});

/** A page with a head and a policy; what it says to developers is kept. */
async function visit(t, head, policy = "") {
  const context = await world.chromium.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  const said = [];
  page.on("console", (message) => ["warning", "error"].includes(message.type()) && said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  server.pages["/tag.html"] = (_request, response) => {
    response.writeHead(200, { "Content-Type": "text/html", ...(policy && { "Content-Security-Policy": policy }) });
    response.end(`<!doctype html><title>Shop</title><link rel="icon" href="data:,">${head}<button data-mp-event="clicked">Click</button>`);
  };
  await page.goto(`${server.url}/tag.html`);
  return { page, said };
}

const options = (site) => JSON.stringify({ site, collector: world.relay.url, batch: { maxWaitMs: 20 } });
const init = (site) => `milepost("init",${options(site)});milepost("setConsent",{analytics:"granted"});`;
const names = (site) => eventsOf(world.relay, site).map(({ name }) => name);
const until = (site, name) => world.relay.until(`${name} came`, () => names(site).includes(name));

/** One tracker, which hears the page, and told developers nothing. */
async function assertOne({ page, said }, site, expected = ["clicked", "page_view"]) {
  await until(site, "page_view");
  await page.click("button");
  await until(site, "clicked");
  assert.deepEqual(names(site).toSorted(), expected.toSorted());
  assert.equal(new Set(eventsOf(world.relay, site).map(({ batch }) => batch.stream)).size, 1, "one tracker");
  assert.deepEqual(said, []);
}

test("the stub is under 600 bytes, as a file and with `init` as the documentation has it", async () => {
  const file = await readFile(join(DIST, "stub.js"));
  assert.ok(file.length < 600, `${file.length} bytes`);
  const readme = await readFile(join(PACKAGE, "README.md"), "utf8");
  const [, snippet] = /```html\n(<script>window\.milepost[^]*?)```/.exec(readme);
  assert.ok(snippet.startsWith(`<script>${STUB}`), "these tests use the documented stub");
  assert.ok(snippet.length < 600 && brotliCompressSync(snippet).length < 300, `${snippet.length} bytes`);
});

test("the stub as a file queues what the tag then runs, with times of its own", async (t) => {
  const site = world.freshSite();
  const it = await visit(t, `<script src="/dist/stub.js"></script><script>${init(site)}window.called=Date.now();milepost("track","sign_up");</script>`);
  assert.deepEqual(await it.page.evaluate(() => window.milepost.q.map(([at, call]) => [typeof at, call[0]])), [["number", "init"], ["number", "setConsent"], ["number", "track"]]);
  const called = await it.page.evaluate(async () => {
    const later = Date.now() + 60;
    while (Date.now() < later) await new Promise(requestAnimationFrame);
    document.head.append(Object.assign(document.createElement("script"), { src: "/dist/milepost.js" }));
    return window.called;
  });
  await assertOne(it, site, ["clicked", "page_view", "sign_up"]);
  const { at } = eventsOf(world.relay, site).find(({ name }) => name === "sign_up");
  assert.ok(at - called >= 0 && at - called < 50, `called at ${called}, the event says ${at}`);
});

test("pinned by its hash it runs, and a file that isn't the pinned one doesn't", async (t) => {
  const site = world.freshSite();
  const tag = (hash) => `<script>${STUB}${init(site)}</script><script async crossorigin="anonymous" integrity="${hash}" src="${world.relay.url}/milepost.js"></script>`;
  await assertOne(await visit(t, tag(hashes["milepost.js"])), site);
  const it = await visit(t, tag(hashes["stub.js"]));
  await it.page.waitForFunction(() => performance.getEntriesByType("resource").some(({ name }) => name.endsWith("/milepost.js")));
  await it.page.click("button");
  assert.equal(await it.page.evaluate(() => typeof window.milepost.version), "undefined");
  assert.deepEqual(names(site).length, 2, "nothing more came");
});

test("under a policy of nonces it runs without a word, Trusted Types and all", async (t) => {
  const site = world.freshSite();
  const policy = `default-src 'none'; img-src data:; script-src 'nonce-n0' 'wasm-unsafe-eval'; connect-src ${world.relay.url}; require-trusted-types-for 'script'; trusted-types 'none'`;
  const it = await visit(t, `<script nonce="n0">${STUB}${init(site)}</script><script nonce="n0" async src="${world.relay.url}/milepost.js"></script>`, policy);
  await assertOne(it, site);
});

test("the tag before `init`, without a stub, and a second `init` and a second tag after it, are one tracker", async (t) => {
  const site = world.freshSite();
  const it = await visit(t, `<script src="/dist/milepost.js"></script><script>${init(site)}${init(`${site}-other`)}</script><script src="/dist/milepost.js?again"></script><script>${STUB}${init(site)}</script>`);
  await assertOne(it, site);
  assert.deepEqual(names(`${site}-other`), []);
});

test("a module script and a deferred one are the same tag", async (t) => {
  for (const kind of [`type="module"`, "defer"]) {
    const site = world.freshSite();
    await assertOne(await visit(t, `<script>${STUB}${init(site)}</script><script ${kind} src="/dist/milepost.js"></script>`), site);
  }
});

test("wrong options are one message to developers, and the page goes on", async (t) => {
  const { page, said } = await visit(t, `<script>${STUB}milepost("init",{site:"not a name",collector:"https://c.example"});milepost("nothing");window.after=1;</script><script src="/dist/milepost.js"></script>`);
  assert.equal(await page.evaluate(() => window.after), 1);
  assert.equal(said.length, 1);
  assert.match(said[0], /option_invalid: site/);
});

test("in Partytown, a worker instead of the page, events by code arrive; clicks on markup don't", async (t) => {
  const site = world.freshSite();
  const it = await visit(t, `<script>partytown={lib:"/node_modules/@qwik.dev/partytown/lib/",forward:["milepost"]}</script><script src="/node_modules/@qwik.dev/partytown/lib/partytown.js"></script>
    <script type="text/partytown">${STUB}${init(site)}</script><script type="text/partytown" src="${world.relay.url}/milepost.js"></script>`);
  await until(site, "page_view");
  await it.page.click("button");
  await it.page.evaluate(() => window.milepost("track", "sign_up", { method: "page" }));
  await until(site, "sign_up");
  assert.deepEqual(names(site).toSorted(), ["page_view", "sign_up"]);
});
