import assert from "node:assert/strict";
import { test } from "node:test";
import { account } from "../support/driving.mjs";
import { median, spread, summary } from "../support/statistics.mjs";

test("the median is the middle one, or the mean of the two in the middle", () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([1, 10, 2, 4]), 3);
  assert.equal(median([10, 9, 100]), 10);
  assert.ok(Number.isNaN(median([])));
});

test("one wild run changes neither median nor spread much", () => {
  assert.equal(spread([10, 11, 12, 13, 900]), 1);
  assert.deepEqual(summary([2, 2, 8]), { median: 2, spread: 0, runs: 3 });
});

test("values that came in are left in their order", () => {
  const values = [3, 1, 2];
  median(values);
  assert.deepEqual(values, [3, 1, 2]);
});

test("repeats are counted apart from what arrived, and told apart by identity", () => {
  const numbers = [{ n: 0, id: "a" }, { n: 1, id: "b" }, { n: 1, id: "b" }, { n: 1, id: "c" }, { n: 2 }, { n: 2 }];
  assert.deepEqual(account(numbers), { arrived: 3, repeats: 3, unrecognised: 2 });
});
