// What an engine sends: no permission is asked for, no cookie carried, and nothing kept or sent before consent.

import assert from "node:assert/strict";
import { assertConserved } from "../support/conservation.mjs";
import { PROMPT } from "./page.mjs";
import { freshSite, inEachEngine, leavePage } from "./world.mjs";

/** Enough to be packed. */
const MARKS = 60;

inEachEngine((world, test, often) => {
  often("nothing is sent or kept before consent; after it, no request asks permission first or carries a cookie", async () => {
    const { session, pages, faults } = world;
    const [site, run] = [freshSite(), "one"];
    // A beacon of an earlier page may be late.
    const requests = () => faults.requests.filter((asked) => asked.site === site || asked.method !== "POST");
    const marks = () => faults.events(site).filter(({ event }) => event.name === "mark");
    // The collector's host has a cookie, and so has the page's.
    await session.open(`${pages.elsewhere}/empty.html`);
    await session.run(`document.cookie = "own=1"`);
    await session.open(pages.page({ site, collector: faults.url, run, options: PROMPT, ask: true }));
    // The tracker's file is there and has run: its calls are no longer those of the stub.
    await faults.until("the tracker is there", () => session.run(() => !milepost.q));
    await session.run(`burst(${MARKS})`);
    const kept = () => session.wait(async () => [
      ...Object.keys(localStorage),
      ...Object.keys(sessionStorage),
      ...((await indexedDB.databases?.()) ?? []).map(({ name }) => name).filter((name) => name.includes(given.site)),
      document.cookie,
    ]);
    const before = await kept();
    assert.deepEqual(before.filter((each) => each.includes(site)), []);
    assert.deepEqual(requests(), []);

    await session.run(`document.cookie = "own=1"; milepost("setConsent", { analytics: "granted" })`);
    let asked = 0;
    faults.behave = () => ((asked += 1) === 1 ? { status: 503, headers: { "Retry-After": "0" } } : null);
    await faults.until("the marks came", () => marks().length === MARKS);
    await session.run(`milepost("track", "mark", { run: given.run, n: ${MARKS} })`);
    await leavePage(world);
    await faults.until("the last came", () => marks().length === MARKS + 1);
    assertConserved(faults, site, new Map([[run, MARKS + 1]]));

    assert.ok(asked > 1, "there was a retry");
    assert.deepEqual([...new Set(requests().map(({ method }) => method))], ["POST"], "no OPTIONS");
    // Beacons can't leave cookies out; they are sent without asking to read the answer.
    const read = requests().filter(({ headers }) => headers["sec-fetch-mode"] === "cors");
    assert.ok(read.length > 1, `requests that want an answer: ${JSON.stringify(requests().map(({ headers }) => headers))}`);
    assert.deepEqual(read.filter(({ headers }) => headers.cookie), []);
  });
});
