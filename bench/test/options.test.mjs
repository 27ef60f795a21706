import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "../options.mjs";

const NAMES = { trackers: ["milepost", "plausible", "snowplow"], measures: ["bytes", "startup"] };

test("without options, everything is measured", () => {
  assert.deepEqual(parse([], NAMES), { only: NAMES.trackers, measures: NAMES.measures, runs: null, quick: false, resume: false, help: false });
});

test("names are taken in the bench's own order, each once", () => {
  const { only, measures } = parse(["--only", "snowplow,milepost,snowplow", "--measure=startup"], NAMES);
  assert.deepEqual([only, measures], [["milepost", "snowplow"], ["startup"]]);
});

test("numbers and switches are read", () => {
  const { runs, quick, resume } = parse(["--runs", "5", "--quick", "--resume"], NAMES);
  assert.deepEqual([runs, quick, resume], [5, true, true]);
});

for (const [words, message] of [
  [["--only", "plausibel"], /no "plausibel"; there are milepost, plausible, snowplow/],
  [["--measure", "speed"], /no "speed"; there are bytes, startup/],
  [["--runs", "0"], /whole number from 1/],
  [["--runs", "2.5"], /whole number from 1/],
  [["--runs"], /--runs needs a whole number/],
  [["--only", "--quick"], /--only needs trackers/],
  [["--only="], /--only needs trackers/],
  [["--quick=yes"], /no option --quick/],
  [["--fast"], /no option --fast; there are --only/],
  [["milepost"], /no option milepost/],
]) {
  test(`${words.join(" ")} is refused with what would be right`, () => {
    assert.throws(() => parse(words, NAMES), message);
  });
}
