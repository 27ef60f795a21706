import assert from "node:assert/strict";
import { test } from "node:test";
import { markdown } from "../report.mjs";

const figures = (values) => Object.fromEntries(Object.entries(values).map(([key, median]) => [key, { median, spread: 1, runs: 3 }]));
const tracker = (name, title) => ({ name, title, captures: "clicks", byItself: [], notes: ["A note."] });

function results(measures) {
  return {
    date: "2026-11-22T04:00:00.000Z",
    machine: "2 cores",
    versions: { browser: "Chromium 156", node: "20", playwright: "1", esbuild: "2", trackers: ["milepost 0.1.0"] },
    quick: false,
    trackers: [tracker("milepost", "Milepost"), tracker("milepost-tag", "Milepost (tag)"), tracker("plausible", "Plausible"), tracker("blank", "blank page")],
    measures: Object.fromEntries(Object.entries(measures).map(([name, trackers]) => [name, { date: "2026-11-22", runs: 3, trackers }])),
  };
}

test("the blank page is taken off, and a peer that is better is bold and named", () => {
  const text = markdown(results({ scroll: { milepost: figures({ script: 12, task: 30 }), plausible: figures({ script: 7, task: 40 }), blank: figures({ script: 2, task: 20 }) } }));
  assert.match(text, /\| Milepost \| 10\.0 ± 1\.0 \| 1\.00 \| 10\.0 ± 1\.0 \|/);
  assert.match(text, /\| Plausible \| \*\*5\.0 ± 1\.0\*\* \| 0\.50 \|/);
  assert.match(text, /Milepost loses to Plausible in script\./);
  assert.doesNotMatch(text, /\| blank page/);
});

test("a tag that is lighter than the npm bundle beats nobody but itself", () => {
  const text = markdown(results({ bytes: { milepost: figures({ brotli: 2048, gzip: 1, raw: 1, files: 1 }), "milepost-tag": figures({ brotli: 1024, gzip: 1, raw: 1, files: 1 }) } }));
  assert.match(text, /\| Milepost \(tag\) \| 1\.0 \| 0\.50 \|/);
  assert.match(text, /Milepost loses to none\./);
});

test("delivery shows sums, repeats and those without identity, and says what Milepost lost", () => {
  const all = (arrived, repeats = 0, unrecognised = 0) => Object.fromEntries(["busy", "away", "offline", "navigation", "close", "kill"].map((name) => [name, { arrived, repeats, unrecognised }]));
  const text = markdown(results({ delivery: { milepost: { ...all(60), kill: { arrived: 58, repeats: 0, unrecognised: 0 } }, plausible: all(60, 4, 1) } }));
  assert.match(text, /\| Plausible \| 60\/60 \+4 \(1\) \|/);
  assert.match(text, /Milepost loses events: Milepost, browser killed after 1 s: 2 of 60 lost/);
});

test("a quick run says that it is one", () => {
  assert.match(markdown({ ...results({}), quick: true }), /^# Results\n\n\*\*A quick run/);
});
