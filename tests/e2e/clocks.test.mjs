// Clocks that are wrong, jump or change to summer time: order and distances of events stay what they were.

import assert from "node:assert/strict";
import { assertConserved } from "./support/ledger.mjs";
import { test, useWorld, visit } from "./support/visit.mjs";

const DAY_MS = 86_400_000;
/** What separates two marks, by the page's clock. */
const APART_MS = 2_000;

useWorld();

const marks = ({ relay }) => relay.events().filter(({ name }) => name === "mark").sort((left, right) => left.seq - right.seq);

/** Tracks marks 0 to 3; `between` happens before the third. */
async function trackAcross(it, between) {
  for (let n = 0; n < 4; n += 1) {
    if (n === 2) await between();
    await it.call("track", "mark", { n });
    await it.page.clock.runFor(APART_MS);
  }
  await it.call("flush");
  await it.relay.until("all marks came", () => marks(it).length === 4);
  return marks(it);
}

for (const [name, jump] of Object.entries({ "a day ahead": DAY_MS, "a day back": -DAY_MS })) {
  test(`a clock that jumps ${name} keeps the order of events and the real time between them`, async (t) => {
    const it = await visit(t, { granted: true, clock: true });
    await it.relay.until("the page view came", () => it.relay.names().includes("page_view"));
    const start = await it.page.evaluate(() => Date.now());
    await it.page.clock.pauseAt(start + 60_000);
    const all = await trackAcross(it, () => it.page.clock.setSystemTime(start + 60_000 + 2 * APART_MS + jump));
    assert.deepEqual(all.map(({ params }) => params.n), [0, 1, 2, 3], "by number");
    assert.equal(all[3].at - all[2].at, APART_MS);
    assert.ok(Math.abs(all[2].at - all[1].at - APART_MS - jump) < APART_MS / 2, "the event says what the clock said");
    for (const { at, batch } of all.slice(2)) {
      assert.ok(batch.sent_at >= at && batch.sent_at - at <= 3 * APART_MS, `sent ${batch.sent_at - at} ms after it was tracked, by the same clock`);
    }
    assert.deepEqual(await assertConserved(it), {});
  });
}

for (const [name, at] of Object.entries({ begins: "2026-03-29T00:59:58.000Z", ends: "2026-10-25T00:59:58.000Z" })) {
  test(`nothing jumps when summer time ${name}`, async (t) => {
    const it = await visit(t, { granted: true, clock: new Date(Date.parse(at) - 60_000), context: { timezoneId: "Europe/Berlin" } });
    await it.relay.until("the page view came", () => it.relay.names().includes("page_view"));
    await it.page.clock.pauseAt(new Date(at));
    const offset = () => it.page.evaluate(() => new Date().getTimezoneOffset());
    const before = await offset();
    const all = await trackAcross(it, () => {});
    assert.equal(Math.abs((await offset()) - before), 60, "the clock on the wall was changed meanwhile");
    assert.deepEqual(all.map((event) => event.at - Date.parse(at)), [0, 1, 2, 3].map((n) => n * APART_MS));
    assert.deepEqual(await assertConserved(it), {});
  });
}
