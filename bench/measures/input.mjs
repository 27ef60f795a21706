// What filling in a form costs: sixty keys in three fields, then the button.

import { difference, sleep, visit } from "../support/visit.mjs";

export const name = "input";
export const runs = { full: 3, quick: 1 };
/** A typist leaves most of a processor free. */
export const together = 2;

export async function run(world, adapter) {
  const visitor = await visit(world, adapter);
  const { page, meter } = await visitor.openMetered({ settleMs: 1200 });
  await page.locator("#contact").scrollIntoViewIfNeeded();
  const before = await meter.read();
  for (const field of ["name", "street", "message"]) {
    await page.click(`#f-${field}`);
    await page.keyboard.type("twenty letters in it", { delay: 20 });
  }
  await page.click("#send");
  await sleep(1000);
  const { task, script } = difference(before, await meter.read());
  await visitor.close();
  return { task, script };
}
