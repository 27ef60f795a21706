// What each test of consent has: a site with one platform's recipe on it, a collector that notes what comes, an engine.
// Not here: what each platform is; see platforms.mjs.

import { after, before, describe, test as plainTest } from "node:test";
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { DIST } from "../support/collector.mjs";
import { ENGINES } from "../support/engines.mjs";
import { endAll, until } from "../support/processes.mjs";
import { serveSite } from "../support/site.mjs";
import { openSession } from "../support/webdriver.mjs";

export { until };

const DOCS = new URL("../../../docs/", import.meta.url);
/** As the recipes have it. */
const COLLECTOR = "https://collect.example.com";
/** For a busy machine. */
const TOO_LONG_MS = 120_000;

after(endAll);

/** Defines tests for every engine, all engines at once; those that aren't here are skipped by name. */
export function inEachEngine(define) {
  describe("engines", { concurrency: ENGINES.length }, () => {
    for (const engine of ENGINES) {
      describe(engine.name, { concurrency: 1 }, () => {
        const world = { engine, session: null };
        const test = (name, run) => plainTest(`${engine.name}: ${name}`, { skip: engine.missing, timeout: TOO_LONG_MS }, run);
        if (!engine.missing) {
          before(async () => (world.session = await openSession(engine)));
          after(() => world.session?.quit());
        }
        define(world, test);
      });
    }
  });
}

/** A recipe's blocks: the platform's and the tag's markup, and the script for bundlers. */
export async function recipe(name) {
  const text = await readFile(new URL(`cmp/${name}.md`, DOCS), "utf8");
  const blocks = (language) => [...text.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "gs"))].map(([, block]) => block);
  const html = blocks("html");
  const tag = html.find((block) => block.includes("/milepost.js"));
  const script = blocks("js").find((block) => block.includes("createTracker("));
  return { platform: html.filter((block) => block !== tag).join(""), tag, script };
}

/**
 * A site with pages that the recipe's blocks stand in, and a collector at the same port under another name. `way` is
 * "tag" or "import"; `change` makes something else of the recipe's text; `head` is what stands before it.
 */
export async function openSite({ blocks, way = "tag", folders = {}, files = {}, body = "", head = "", change = (text) => text, pages = {} }) {
  const batches = [];
  const seen = [];
  const site = await serveSite({ folders: { ...folders, "/dist/": DIST, "/": DIST } });
  const collector = site.url.replace("127.0.0.1", "localhost");
  const ours = way === "tag" ? blocks.tag : imported(blocks.script);
  const page = (inside, content = body) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title><link rel="icon" href="data:,">
<script>window.faults = [];
addEventListener("error", ({ message }) => faults.push(message));
addEventListener("unhandledrejection", ({ reason }) => faults.push(String(reason)));</script>${head}
${inside.replaceAll(COLLECTOR, collector)}
<script type="module">window.diagnostics = []; milepost("on", "diagnostic", (each) => diagnostics.push(each)); milepost("track", "");</script>
</head><body><button id="buy" data-mp-event="add_to_cart" data-mp-item-id="sku-1" data-mp-price="5" data-mp-currency="EUR">Buy</button>${content}</body></html>`;
  Object.assign(site.pages, {
    "/": page(change(blocks.platform + ours)),
    "/empty.html": `<!doctype html><title>Elsewhere</title><link rel="icon" href="data:,"><p>Nothing here.`,
    "/v1/batch": async (request, response) => {
      seen.push(request.method);
      const parts = [];
      for await (const part of request) parts.push(part);
      const sent = Buffer.concat(parts);
      const plain = sent[0] === 0x1f && sent[1] === 0x8b ? gunzipSync(sent) : sent;
      const batch = JSON.parse(plain.toString("utf8"));
      batches.push(batch);
      const accepted = batch.events?.length ?? 0;
      response.writeHead(200, { "Access-Control-Allow-Origin": request.headers.origin ?? "*", "Content-Type": "application/json" });
      response.end(JSON.stringify({ accepted, duplicates: 0, rejected: [] }));
    },
    ...files,
    ...Object.fromEntries(Object.entries(pages).map(([path, make]) => [path, make(page, collector)])),
  });
  return {
    ...site,
    collector,
    batches,
    /** Requests of any kind to the collector's addresses. */
    requests: () => seen.length,
    events: () => batches.flatMap((batch) => (batch.events ?? []).map((event) => ({ ...event, batch }))),
    asked: (path) => site.asked.filter((url) => url.split("?")[0] === path).length,
  };
}

/** As a page without a bundler can run it. */
function imported(script) {
  return `<script type="importmap">{"imports":{"milepost":"/dist/index.js","milepost/consent":"/dist/consent/index.js"}}</script>
<script type="module">${script}
window.milepost = (method, ...given) => tracker[method](...given);</script>`;
}

/** Waits until the tracker's core runs: it has refused an event without a name. */
export async function running(session) {
  await until("the tracker runs", () => session.run(`return (window.diagnostics || []).some(({ code }) => code === "event_name_invalid")`));
}

/** What the browser keeps for the site, by name, without what the platform keeps itself. */
export async function kept(session, platform = []) {
  const inPage = await session.wait(async () => ({
    local: Object.keys(localStorage),
    session: Object.keys(sessionStorage),
    databases: (await indexedDB.databases()).map(({ name }) => name),
    // Only where the page is a secure context.
    caches: self.caches ? await caches.keys() : [],
    name: window.name,
  }));
  const cookies = (await session.cookies()).map(({ name }) => name).filter((name) => !platform.includes(name));
  return { ...inPage, cookies };
}

export const NOTHING_KEPT = { local: [], session: [], databases: [], caches: [], name: "", cookies: [] };
