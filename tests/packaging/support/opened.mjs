// Opens a built page and holds it to two things: what it tells the collector, and that it has nothing to say to developers.

import assert from "node:assert/strict";
import { startCollector } from "../../e2e/support/collector.mjs";
import { launchChromium } from "../../e2e/support/browser.mjs";
import { startRelay } from "../../e2e/support/relay.mjs";

let nextSite = 0;

/** A collector behind a relay and, with `browser`, a Chromium. */
export async function openWorld({ browser = true } = {}) {
  const collector = await startCollector();
  const relay = await startRelay(collector.url);
  const chromium = browser ? await launchChromium() : undefined;
  return {
    relay,
    chromium,
    freshSite: () => `packaging-${process.pid}-${(nextSite += 1)}`,
    async close() {
      await chromium?.close();
      await relay.close();
      await collector.stop();
    },
  };
}

/** Events of one site that the collector has acknowledged. */
export const eventsOf = (relay, site) => relay.events().filter(({ batch }) => batch.site === site);

/** What a page in Chromium says to developers from now on. */
export function problemsOf(page) {
  const problems = [];
  page.on("console", (message) => ["warning", "error", "assert"].includes(message.type()) && problems.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => problems.push(`thrown: ${error}`));
  page.on("response", (response) => response.status() >= 400 && problems.push(`${response.status()}: ${response.url()}`));
  return problems;
}

/**
 * Opens `url`, which reads site and collector from its query, in Chromium, and waits for the events in `expected`, a map
 * of names to parameters. `act(page)` may do something there first.
 */
export async function assertTracks({ relay, chromium, freshSite }, url, expected, { act, site = freshSite(), before } = {}) {
  const context = await chromium.newContext();
  const page = await context.newPage();
  const problems = problemsOf(page);
  try {
    await before?.(page);
    const address = new URL(url);
    address.searchParams.set("site", site);
    address.searchParams.set("collector", relay.url);
    await page.goto(address.href);
    await act?.(page);
    const names = () => eventsOf(relay, site).map(({ name }) => name);
    await relay.until(`${Object.keys(expected).join(" ")} came from ${url}; the page said: ${problems.join("; ")}`, () => Object.keys(expected).every((name) => names().includes(name)));
    for (const [name, params] of Object.entries(expected)) {
      const found = eventsOf(relay, site).filter((event) => event.name === name);
      assert.deepEqual(found.map((event) => event.params ?? {}), [params], `${name}, once`);
    }
    assert.equal(new Set(eventsOf(relay, site).map(({ batch }) => batch.stream)).size, 1, "one tracker");
    assert.deepEqual(problems, [], "the console is empty");
  } finally {
    await context.close();
  }
}
