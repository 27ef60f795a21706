// Main-thread CPU time from navigation until the page has settled, and how long tasks blocked it.

import { visit } from "../support/visit.mjs";

export const name = "startup";
export const runs = { full: 9, quick: 1 };
/** The way into the page matters here. */
export const perEntry = true;
/** What is measured at a slower processor needs longer to settle. */
const SETTLE_MS = { 1: 1000, 6: 1500 };

export async function run(world, adapter) {
  const at = {};
  for (const throttle of [1, 6]) {
    const visitor = await visit(world, adapter);
    const { page, started } = await visitor.openMetered({ throttle, settleMs: SETTLE_MS[throttle] });
    const long = await page.evaluate(() => globalThis.longTasks);
    await visitor.close();
    at[`task${throttle}`] = started.task;
    at[`script${throttle}`] = started.script;
    at[`blocking${throttle}`] = long.reduce((total, ms) => total + ms - 50, 0);
  }
  return at;
}
