import assert from "node:assert/strict";
import { test } from "node:test";
import { judge } from "../goals.mjs";

const peers = [["milepost", []], ["milepost-tag", []], ["plausible", ["forms", "scroll"]], ["snowplow", ["clicks", "forms", "scroll"]], ["blank", []]];
const trackers = peers.map(([name, byItself]) => ({ name, byItself }));

/** Whether each goal is reached, by the first words of its title. */
function check(measures) {
  const told = Object.entries(measures).map(([name, by]) => [name, { runs: 3, trackers: by }]);
  return judge({ trackers, measures: Object.fromEntries(told) });
}

const task1 = (values) => ({ startup: Object.fromEntries(Object.entries(values).map(([name, median]) => [name, { task1: { median } }])) });

test("start-up is held against half of the cheapest that captures all, and against Plausible", () => {
  const [half, plausible] = check(task1({ milepost: 22, plausible: 20, snowplow: 50, blank: 10 }));
  assert.deepEqual([half.reached, half.says], [true, "12.0 ms, wanted under 20.0 ms"]);
  assert.deepEqual([plausible.reached, plausible.says], [false, "12.0 ms, wanted under 10.0 ms"]);
});

test("a goal without figures is left out", () => {
  assert.deepEqual(check({}), []);
  assert.deepEqual(check(task1({ plausible: 20, blank: 1 })), []);
  assert.equal(check(task1({ milepost: 20, blank: 1 })).length, 0);
});

test("one lost event is a goal that is not reached", () => {
  const delivery = (arrived) => ({ delivery: { milepost: { busy: { arrived: 60 }, kill: { arrived } } } });
  assert.equal(check(delivery(60))[0].reached, true);
  assert.deepEqual(check(delivery(59)), [{ title: "nothing lost in any situation", reached: false, says: "1 of 120 lost" }]);
});

test("a peer of which nothing arrived is not the lightest for that", () => {
  const sent = (bytes, arrived) => ({ bytes: { median: bytes }, arrived: { median: arrived } });
  const [goal] = check({ burst: { milepost: sent(32, 1), plausible: sent(0, 0), snowplow: sent(900, 1) } });
  assert.deepEqual([goal.reached, goal.says], [true, "32 bytes, wanted under 900 bytes"]);
});
