// Records what trackers send, for the tests of the adapters: node record.mjs [NAME…], with MILEPOST_PACKAGE set.
// To be run when a tracker's version changes; it prints every request, so it also shows what an adapter has to answer.

import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { adapters } from "./adapters/index.mjs";
import { launch } from "./support/browser.mjs";
import { bundle } from "./support/bundle.mjs";
import { atOnce, numbersOf } from "./support/driving.mjs";
import { serveSite } from "./support/site.mjs";
import { sleep, visit } from "./support/visit.mjs";

const BODIES = join(dirname(fileURLToPath(import.meta.url)), "test/bodies");

const wanted = process.argv.slice(2);
const chosen = adapters.filter(({ name }) => name !== "blank" && (!wanted.length || wanted.includes(name)));
const bundles = new Map();
for (const { name, script } of chosen) if (script) bundles.set(name, await bundle(script, process.env.MILEPOST_PACKAGE));
const site = await serveSite(bundles);
const browser = await launch();
await mkdir(BODIES, { recursive: true });
for (const adapter of chosen) {
  console.log(`== ${adapter.name}`);
  const visitor = await visit({ browser, site }, adapter);
  const page = await visitor.context.newPage();
  page.on("pageerror", (error) => console.log("   thrown:", String(error)));
  page.on("console", (message) => console.log("   console:", message.text()));
  page.on("requestfailed", (request) => console.log("   failed:", request.url(), request.failure().errorText));
  await page.goto(`${visitor.origin}/products/mug.html`);
  await sleep(3000);
  await atOnce(page, "r", 3);
  await page.click("#add");
  await page.fill("#f-name", "x");
  await page.click("#send");
  await sleep(6000);
  await page.goto(`${visitor.origin}/empty.html`);
  await sleep(1000);
  for (const request of visitor.stub.requests) {
    const names = request.ingestion ? adapter.events(request).map(({ name }) => name) : [];
    console.log("  ", request.method, request.path, request.bytes, request.status, names.join(" "));
  }
  const carrying = visitor.stub.requests.filter((request) => request.ingestion && numbersOf(adapter.events(request), "r").length);
  const kept = carrying.map(({ method, path, query, body }) => ({ method, path, query, body: body.toString("base64") }));
  await writeFile(join(BODIES, `${adapter.name}.json`), `${JSON.stringify(kept, null, 1)}\n`);
  await visitor.close();
}
await browser.close();
await site.close();
