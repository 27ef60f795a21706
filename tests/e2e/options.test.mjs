// createTracker judges options as the core does: tests/options.json holds both to the same answers.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { test, useWorld, visit } from "./support/visit.mjs";

useWorld();

const CASES = JSON.parse(readFileSync(new URL("../options.json", import.meta.url)));

test("createTracker refuses what the core refuses, with the same code and path", async (t) => {
  const it = await visit(t, { tracker: false });
  for (const { options, code = null, path = null } of CASES) {
    const judged = await it.page.evaluate(async (options) => {
      const { createTracker } = await import("/dist/index.js");
      try {
        const tracker = createTracker(options);
        await tracker.ready;
        tracker.stop();
        return { code: null, path: null };
      } catch ({ code, path, message }) {
        return { code: code?.replace("option_", "") ?? message, path };
      }
    }, options);
    assert.deepEqual(judged, { code, path }, JSON.stringify(options));
  }
});

test("what JSON doesn't have is refused as anything else that is wrong, with the code and path", async (t) => {
  const it = await visit(t, { tracker: false });
  const judged = await it.page.evaluate(async () => {
    const { createTracker } = await import("/dist/index.js");
    const unwritable = { toString: () => { throw new Error("mine"); } };
    return [Object.create(null), unwritable, [unwritable], Symbol("s"), 7n, () => {}, new Date(), NaN].map((site) => {
      try {
        return createTracker({ site, collector: "/" });
      } catch ({ code, path }) {
        return `${code} ${path}`;
      }
    });
  });
  assert.deepEqual(judged, Array(8).fill("option_invalid site"));
});
