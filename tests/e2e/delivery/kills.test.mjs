// A browser that is quit or killed, or whose pages are: the next visits bring what the log kept.
// Launched as a person would launch it, with a profile that outlives it: most drivers' profiles end with the session.

import assert from "node:assert/strict";
import { assertConserved, onlyTheLastMoment } from "../support/conservation.mjs";
import { seeded } from "../drive/random.mjs";
import { randomly } from "../support/faults.mjs";
import { signal, temporary } from "../support/processes.mjs";
import { openSession } from "../support/webdriver.mjs";
import { PATIENT, PROMPT } from "./page.mjs";
import { LATER, SEED, TIMES, freshSite, inEachEngine } from "./world.mjs";

const WAITING = 5;
const EVERY_MS = 25;
const LONGEST_LIFE_MS = 2_000;
/** The log is written every 50 ms; the rest is the time that it takes to do it, for which some browsers' commits need more. */
const YOUNG_MS = { Firefox: 300, WebKitGTK: 600 };
const USUALLY_YOUNG_MS = 150;
/** What a browser that was only just launched takes to open the database, beside other work. */
const OPENED_WITHIN_MS = 1_500;
const LAUNCHED_WITHIN_MS = 60_000;
const DRAINED_WITHIN_MS = 90_000;

const FAULTS = [
  [0.2, { status: 503 }],
  [0.1, { reset: "before" }],
  [0.15, { reset: "after" }],
];

const QUITS = {
  "the browser is asked to end": {
    launch: (engine, profile, url) => engine.plain(profile, url),
    quit: (browser) => browser.kill("SIGTERM"),
  },
  "its driver quits the browser": {
    drivesProfiles: true,
    async launch(engine, profile, url) {
      const session = await openSession(engine, { profile });
      await session.open(url);
      return session;
    },
    quit: (session) => session.quit(),
  },
};

const KILLS = {
  "a killed browser": (browser) => browser.kill("SIGKILL"),
  async "a page whose process is killed"(browser, { engine }) {
    const content = engine.contentOf(browser.pid);
    assert.ok(content.length > 0, "there is a process to kill");
    signal(content, "SIGKILL");
    // The browser itself goes on to write what it has been given.
    await browser.kill("SIGTERM");
  },
};

inEachEngine(
  (world, test) => {
    for (const [name, { drivesProfiles, launch, quit }] of Object.entries(QUITS)) {
      if (drivesProfiles && !world.engine.keepsProfile) continue;
      test(`what waits when ${name} arrives once, ${TIMES} of ${TIMES} times`, async (t) => {
        const { engine, pages, faults } = world;
        const runs = new Map();
        const { site, arrivedBefore } = await visits(world, {}, async (profile, run, open) => {
          const browser = await launch(engine, profile, open({ burst: WAITING, options: PATIENT }));
          await faults.until(`${run} is kept`, () => pages.heard(run, "kept"), LAUNCHED_WITHIN_MS);
          await quit(browser);
          runs.set(run, WAITING);
        });
        const figures = assertConserved(faults, site, runs);
        t.diagnostic(`${arrivedBefore} came before the last visit; ${JSON.stringify(figures)}`);
      });
    }

    for (const [name, kill] of Object.entries(KILLS)) {
      test(`${name} loses nothing but the last moment, ${TIMES} times, by a collector that fails every other time`, async (t) => {
        const { engine, pages, faults } = world;
        const random = seeded(SEED);
        const killed = new Map();
        const { site } = await visits(world, { behave: randomly(random, FAULTS) }, async (profile, run, open) => {
          const browser = await engine.plain(profile, open({ every: EVERY_MS, options: PROMPT }));
          await faults.until(`${run} began`, () => pages.heard(run, "ready"), LAUNCHED_WITHIN_MS);
          await new Promise((resolve) => setTimeout(resolve, random() * LONGEST_LIFE_MS));
          killed.set(run, performance.now());
          await kill(browser, world);
        });
        const runs = new Map([...killed.keys()].map((run) => [run, pages.tracked.get(run) ?? 0]));
        const { lost, tails } = onlyTheLastMoment({ tracked: runs, at: pages.at, killed, every: EVERY_MS, youngest: YOUNG_MS[engine.name] ?? USUALLY_YOUNG_MS, opened: OPENED_WITHIN_MS });
        try {
          const figures = assertConserved(faults, site, runs, { lost });
          assert.ok(figures.tracked > TIMES, "something was tracked");
          t.diagnostic(`seed ${SEED}: ${JSON.stringify(figures)}`);
        } finally {
          t.diagnostic(`lost: ${tails.join("; ") || "nothing"}`);
        }
      });
    }
  },
  { driven: false },
);

/** `TIMES` visits with one profile, each of which `visit` ends; then one that goes on until nothing is kept any more. */
async function visits({ engine, pages, faults }, { behave }, visit) {
  const site = freshSite();
  const profile = await temporary("profile");
  const url = (run) => (given) => pages.page({ site, collector: faults.url, run, ...given });
  faults.behave = behave;
  try {
    for (let time = 0; time < TIMES; time += 1) await visit(profile.path, `${site}-${time}`, url(`${site}-${time}`));
    const arrivedBefore = faults.events(site).filter(({ event }) => event.name === "mark").length;
    const last = `${site}-last`;
    const browser = await engine.plain(profile.path, url(last)({ drain: true, options: PROMPT, before: LATER }));
    await faults.until("nothing waits", () => pages.heard(last, "drained"), DRAINED_WITHIN_MS);
    await browser.kill("SIGKILL");
    return { site, arrivedBefore };
  } finally {
    await profile.remove();
  }
}
