// What scrolling costs: a wheel turned for five seconds over a long page.

import { difference, sleep, visit } from "../support/visit.mjs";

export const name = "scroll";
export const runs = { full: 3, quick: 1 };

const EVERY_MS = 16;

export async function run(world, adapter) {
  const lastsMs = world.quick ? 1500 : 5000;
  const visitor = await visit(world, adapter);
  const { page, meter } = await visitor.openMetered({ settleMs: 1200 });
  await page.mouse.move(640, 400);
  const before = await meter.read();
  const begun = Date.now();
  for (let turns = 0; turns * EVERY_MS < lastsMs; turns += 1) {
    await page.mouse.wheel(0, 60);
    await sleep(Math.max(0, begun + (turns + 1) * EVERY_MS - Date.now()));
  }
  await sleep(1000);
  const { task, script } = difference(before, await meter.read());
  await visitor.close();
  return { task, script };
}
