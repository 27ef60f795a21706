// docs/delivery.md promises nothing without a test that shows it: each file is there, and has a test of that title.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const ROOT = new URL("../../", import.meta.url);
const CITED = /`([\w/]+\.(?:test\.mjs|rs))`((?:,? "[^"]+")+)/g;

test("each promise names a test that is there", async () => {
  const text = await readFile(new URL("docs/delivery.md", ROOT), "utf8");
  const [, table] = /## Promises\n\n((?:\|.*\n)+)/.exec(text);
  const rows = table.trim().split("\n").slice(2);
  assert.ok(rows.length > 10, `${rows.length} promises`);
  for (const row of rows) {
    const cited = [...row.matchAll(CITED)];
    assert.ok(cited.length > 0, `no test is named: ${row}`);
    for (const [, file, titles] of cited) {
      const tests = await readFile(new URL(file, ROOT), "utf8");
      for (const [, title] of titles.matchAll(/"([^"]+)"/g)) assert.ok(tests.includes(title), `${file} has no test "${title}"`);
    }
  }
});
