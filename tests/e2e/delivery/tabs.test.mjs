// Several tabs of one site, which share a log: what each tracked arrives once, whichever of them sends it.

import assert from "node:assert/strict";
import { assertConserved } from "../support/conservation.mjs";
import { seeded } from "../drive/random.mjs";
import { PATIENT, PROMPT } from "./page.mjs";
import { LATER, NIGHTLY, SEED, freshSite, inEachEngine, leaveWindow, openPage } from "./world.mjs";

const ROUNDS = NIGHTLY ? [2, 4, 6, 8, 10] : [2, 4];
const MARKS = 1_000;
const AT_ONCE = 50;
const WAITING = 20;
const REPLAYING_TABS = 4;
const DRAINED_WITHIN_MS = 90_000;
const ANSWER_DELAY_MS = 200;

inEachEngine((world, test) => {
  const openTabs = ({ session, pages, faults }, site, given) =>
    session.run((urls) => urls.forEach((url) => window.open(url, "_blank")), given.map((each) => pages.page({ site, collector: faults.url, options: PROMPT, ...each })));

  test(`${ROUNDS.join(" and ")} tabs that track up to ${MARKS} events each and close at random moments lose none and send none as two`, async (t) => {
    const { session, pages, faults } = world;
    const random = seeded(SEED);
    for (const count of ROUNDS) {
      const site = freshSite();
      const last = `${site}-last`;
      await session.open(`${pages.url}/empty.html`);
      // Every other one goes on to the end, the others are closed on the way.
      const tabs = Array.from({ length: count }, (_, tab) => ({ run: `${site}-${tab}`, rush: { atOnce: AT_ONCE, marks: tab % 2 ? Math.ceil(random() * MARKS) : MARKS } }));
      await openTabs(world, site, tabs);
      await faults.until("all tabs have opened", () => tabs.every(({ run }) => pages.heard(run, "ready")), DRAINED_WITHIN_MS);
      await faults.until("all tabs are closed", async () => (await session.windows()).length === 1, DRAINED_WITHIN_MS);
      await session.open(pages.page({ site, collector: faults.url, run: last, drain: true, options: PROMPT, before: LATER }));
      await faults.until("nothing waits", () => pages.heard(last, "drained"), DRAINED_WITHIN_MS);
      const tracked = new Map(tabs.map(({ run }) => [run, pages.tracked.get(run) ?? 0]));
      const figures = assertConserved(faults, site, tracked);
      assert.ok(figures.tracked > count * AT_ONCE, "tabs had time to track");
      t.diagnostic(`seed ${SEED}, ${count} tabs: ${JSON.stringify(figures)}`);
    }
  });

  test("what a closed tab left behind is sent by one tab, though several are there", async () => {
    const { session, pages, faults } = world;
    const site = freshSite();
    const left = `${site}-left`;
    await session.open(`${pages.url}/empty.html`);
    const home = await session.window();
    faults.behave = () => ({ status: 503 });
    const handle = await openPage(world, { site, run: left, options: PATIENT });
    await session.run((waiting) => burst(waiting), WAITING);
    await faults.until("all of it is kept", async () => (await session.wait(() => marksKept())) >= WAITING);
    await session.run(() => void setTimeout(() => window.close()));
    await faults.until("the tab is closed", async () => !(await session.windows()).includes(handle));
    await session.go(home);
    const tabs = Array.from({ length: REPLAYING_TABS }, (_, tab) => ({ run: `${site}-${tab}`, drain: true, before: LATER }));
    await openTabs(world, site, tabs);
    await faults.until("all tabs are there", () => tabs.every(({ run }) => pages.heard(run, "ready")), DRAINED_WITHIN_MS);
    faults.behave = () => ({ delay: ANSWER_DELAY_MS });
    await faults.until("nothing waits", () => tabs.every(({ run }) => pages.heard(run, "drained")), DRAINED_WITHIN_MS);
    faults.behave = null;
    assertConserved(faults, site, new Map([[left, WAITING]]));
    const twice = faults.events(site).filter(({ times }) => times > 1);
    assert.deepEqual(twice.map(({ stream, event }) => `${stream} ${event.seq}`), [], "nothing was sent by two tabs");
    for (const other of (await session.windows()).filter((each) => each !== home)) await leaveWindow(world, home, other);
  });
});
