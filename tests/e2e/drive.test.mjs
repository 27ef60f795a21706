// Twenty visitors in the example shop: what the collector reports is what they did, to the last event.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { startCollector } from "./support/collector.mjs";
import { serveSite } from "./support/site.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

test("the report of a drive is its ground truth", async (t) => {
  const collector = await startCollector();
  const shop = await serveSite({
    folders: { "/": here("../../examples/shop") },
    pages: { "/config.js": `window.SHOP = { collector: ${JSON.stringify(collector.url)} };` },
  });
  t.after(() => Promise.all([collector.stop(), shop.close()]));
  const { visitors, expected } = await drive("--shop", shop.url, "--collector", collector.url, "--visitors", "20", "--seed", "7");
  assert.equal(visitors, 20);
  assert.deepEqual(await collector.counts("shop"), expected);
  const { totals } = await collector.events("shop");
  assert.deepEqual([totals.rejected, totals.dropped], [0, {}]);
});

function drive(...options) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [here("drive.mjs"), ...options], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.on("data", (part) => (said += part));
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve(JSON.parse(said.trim().split("\n").at(-1))) : reject(new Error(`the drive ended with ${code}`))));
  });
}
