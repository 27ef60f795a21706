// A visitor of a page, in whichever of the three engines: clicks, fills in, asks the page, and hears what it says to developers.
// Chromium is watched from outside; in the others the page keeps its console itself, see engines.mjs.

import { CHROMIUM } from "../../e2e/support/engines.mjs";
import { until } from "../../e2e/support/processes.mjs";
import { openSession } from "../../e2e/support/webdriver.mjs";
import { problemsOf } from "./opened.mjs";

/** Opens `url` in a fresh profile. `run` takes a function, async or not, and one argument for it. */
export async function visit(engine, { chromium }, url) {
  const visitor = engine === CHROMIUM ? await watched(chromium) : await driven(engine);
  await visitor.open(url);
  return {
    ...visitor,
    /** Fills fields in by selector, as a browser or a password manager does. */
    fill: (fields) =>
      visitor.run((values) => {
        for (const [selector, value] of Object.entries(values)) {
          const field = document.querySelector(selector);
          field.focus();
          field.value = value;
          field.dispatchEvent(new Event("input", { bubbles: true }));
        }
      }, fields),
    /** Names of all that the browser keeps for the page's origin. */
    kept: () =>
      visitor.run(async () => {
        const databases = await indexedDB.databases();
        const names = [...Object.keys(localStorage), ...Object.keys(sessionStorage), document.cookie, ...databases.map(({ name }) => name)];
        return [...new Set(names.filter(Boolean))].sort();
      }),
  };
}

async function watched(chromium) {
  const context = await chromium.newContext();
  const page = await context.newPage();
  const problems = problemsOf(page);
  return {
    open: (url) => page.goto(url),
    reload: () => page.reload(),
    click: (selector) => page.click(selector),
    run: (script, given) => page.evaluate(script, given),
    problems: async () => problems,
    close: () => context.close(),
  };
}

async function driven(engine) {
  const session = await openSession(engine);
  /** WebKitGTK's driver says that a page is there before its modules have run. */
  const arrive = async (go) => {
    await session.run("document.left = true;");
    await go();
    await until("the page has loaded", () => session.run("return !document.left && document.readyState === 'complete';"));
  };
  return {
    open: (url) => arrive(() => session.open(url)),
    reload: () => arrive(session.refresh),
    click: session.click,
    run: session.wait,
    /** Since the last load. */
    problems: () => session.run("return said;"),
    close: session.quit,
  };
}
