// Bytes of script that a page really downloads for a tracker: its entry, lazy parts, and remote configuration that is script.

import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { visit } from "../support/visit.mjs";

export const name = "bytes";
export const runs = { full: 1, quick: 1 };
/** Nothing here is timed. */
export const together = 4;
/** The way into the page matters here. */
export const perEntry = true;

export async function run(world, adapter) {
  const visitor = await visit(world, adapter);
  const page = await visitor.context.newPage();
  const bodies = [];
  page.on("response", (response) => {
    if (response.request().resourceType() === "script") bodies.push(response.body());
  });
  await page.goto(`${visitor.origin}/products/mug.html`, { waitUntil: "load" });
  await page.waitForTimeout(world.quick ? 1500 : 4000);
  const scripts = await Promise.all(bodies);
  await visitor.close();
  const sum = (weigh) => scripts.reduce((total, script) => total + weigh(script), 0);
  return { raw: sum((script) => script.length), gzip: sum((script) => gzipSync(script, { level: 9 }).length), brotli: sum(brotli), files: scripts.length };
}

function brotli(bytes) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return brotliCompressSync(bytes, { params }).length;
}
