// Each adapter reads what its tracker really sent: bodies that record.mjs took down.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { adapters } from "../adapters/index.mjs";
import { numbersOf } from "../support/driving.mjs";

const trackers = adapters.filter(({ name }) => name !== "blank");

for (const adapter of trackers) {
  test(`${adapter.name}: recorded bodies hold the three numbered events, each once`, async () => {
    const recorded = JSON.parse(await readFile(new URL(`bodies/${adapter.name}.json`, import.meta.url), "utf8"));
    const requests = recorded.map((request) => ({ ...request, body: Buffer.from(request.body, "base64") }));
    assert.ok(requests.every(({ path, method }) => adapter.ingests(path, method)), "what was recorded is ingestion");
    const numbers = numbersOf(requests.flatMap((request) => adapter.events(request)), "r");
    assert.deepEqual(numbers.map(({ n }) => n).sort(), [0, 1, 2]);
    const ids = numbers.map(({ id }) => id);
    const without = ["plausible", "countly"].includes(adapter.name);
    assert.equal(new Set(ids).size, without ? 1 : 3, "every event has an identity of its own, where the vendor gives one");
    if (without) assert.equal(ids[0], undefined);
  });

  test(`${adapter.name}: its collector answers what it ingests, and only that as events`, async () => {
    const recorded = JSON.parse(await readFile(new URL(`bodies/${adapter.name}.json`, import.meta.url), "utf8"));
    for (const request of recorded) {
      const answer = adapter.answer({ ...request, body: Buffer.from(request.body, "base64") });
      assert.ok((answer.status ?? 200) < 300);
    }
    assert.equal(adapter.ingests("/elsewhere", "POST"), false);
    assert.equal(adapter.answer({ path: "/elsewhere", method: "GET", query: {}, body: Buffer.alloc(0) }), null);
  });
}

test("a body that is no JSON is no event, and no reason to stop", () => {
  for (const adapter of trackers) {
    const request = { method: "POST", path: "/", query: {}, headers: {}, body: Buffer.from("<html>") };
    assert.deepEqual(adapter.events(request), [], adapter.name);
  }
});

test("every tracker says what it captures and what is to be known about it", () => {
  for (const { name, title, packages, captures, byItself, notes, script, head } of trackers) {
    assert.ok(title && packages.length && captures && Array.isArray(byItself) && notes.length, name);
    assert.ok(Boolean(script) !== Boolean(head), `${name} gets into the page in one way`);
  }
});
