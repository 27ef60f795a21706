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
