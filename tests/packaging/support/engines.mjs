// The same page in engines that are driven by WebDriver, which doesn't hand out their console: the page keeps its own.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { until } from "../../e2e/support/processes.mjs";
import { serveSite } from "../../e2e/support/site.mjs";
import { openSession } from "../../e2e/support/webdriver.mjs";
import { eventsOf } from "./opened.mjs";

const KEEP = `<script>window.said = [];
for (const kind of ["warn", "error"]) console[kind] = (...given) => said.push(given.join(" "));
addEventListener("error", (event) => said.push("error: " + (event.message || event.target.src)), true);
addEventListener("unhandledrejection", (event) => said.push("unhandled rejection: " + event.reason));</script>`;

/** A page that keeps in `said` what it says to developers. */
export function keepingConsole(html) {
  const kept = html.replace("<head>", `<head>${KEEP}`);
  assert.notEqual(kept, html, "the page has a head");
  return kept;
}

/** Opens pages of `folder` in an engine: `expected` maps their paths to events. The pages must say nothing. */
export async function assertSilentIn(engine, { relay, freshSite }, folder, expected) {
  const server = await serveSite({ folders: { "/": folder } });
  const session = await openSession(engine);
  try {
    for (const [path, events] of Object.entries(expected)) {
      const site = freshSite();
      server.pages[path] = keepingConsole(await readFile(join(folder, path), "utf8"));
      await session.open(`${server.url}${path}?site=${site}&collector=${encodeURIComponent(relay.url)}`);
      const found = () => eventsOf(relay, site);
      await until(`${Object.keys(events).join(" ")} came`, () => Object.keys(events).every((name) => found().some((event) => event.name === name)));
      for (const [name, params] of Object.entries(events)) {
        assert.deepEqual(found().filter((event) => event.name === name).map((event) => event.params ?? {}), [params], name);
      }
      assert.deepEqual(await session.run("return said;"), [], path);
    }
  } finally {
    await session.quit();
    await server.close();
  }
}
