// Whatever way a page ends, what waits in it is at the collector a moment later, without another visit.

import assert from "node:assert/strict";
import { assertConserved } from "../support/conservation.mjs";
import { PATIENT } from "./page.mjs";
import { TIMES, freshSite, inEachEngine, leaveWindow, openPage } from "./world.mjs";

const WAITING = 5;
const SOON_MS = 2_000;

/** Run in the page, a turn after the marks: a WebDriver navigation isn't one that a page makes. */
const ENDS = {
  "another page of the site": `location.assign("/empty.html")`,
  "another site": `location.assign(ELSEWHERE)`,
  "a reload": `location.reload()`,
  "a link": `document.querySelector("#away").click()`,
  "closing the window": `window.close()`,
};

inEachEngine((world, test) => {
  for (const [name, end] of Object.entries(ENDS)) {
    test(`what waits when a page ends by ${name} arrives within ${SOON_MS / 1_000} s, ${TIMES} of ${TIMES} times`, async (t) => {
      const { session, pages, faults } = world;
      const script = end.replace("ELSEWHERE", JSON.stringify(`${pages.elsewhere}/empty.html`));
      const late = [];
      await session.open(`${pages.url}/empty.html`);
      const home = await session.window();
      for (let time = 0; time < TIMES; time += 1) {
        const [site, run] = [freshSite(), `exit-${time}`];
        const handle = await openPage(world, { site, run, options: PATIENT, once: true });
        const arrived = () => faults.events(site).filter(({ event }) => event.name === "mark");
        const ended = performance.now();
        await session.run(`burst(${WAITING}); setTimeout(() => { ${script} })`);
        await faults.until(`${WAITING} marks came in run ${time}`, () => arrived().length >= WAITING);
        late.push(Math.max(...arrived().map(({ at }) => at)) - ended);
        assertConserved(faults, site, new Map([[run, WAITING]]));
        await leaveWindow(world, home, handle);
      }
      assert.ok(late.every((each) => each <= SOON_MS), `ms after the end: ${late.map(Math.round).join(" ")}`);
      t.diagnostic(`latest ${Math.round(Math.max(...late))} ms after the end`);
    });
  }
});
