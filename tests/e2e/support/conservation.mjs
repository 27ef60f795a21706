// The conservation law from outside: tracked = arrived + dropped for a told reason + what is still kept, each once.
// Not here: the tracker's own account of it; see ledger.mjs.

import assert from "node:assert/strict";

/**
 * Holds what arrived at `faults` for a site to what the pages tracked: `mark` events with `run` and `n`. `tracked` maps
 * a run to how many marks it made, numbered from 0. `lost` may allow the numbers of a run that never arrived, `kept` is
 * how many still wait in the browser. Returns the figures.
 */
export function assertConserved(faults, site, tracked, { lost = (numbers) => numbers.length === 0, kept = 0 } = {}) {
  const events = faults.events(site);
  const marks = new Map();
  for (const each of events.filter(({ event }) => event.name === "mark" && !event.dropped)) {
    const { run, n } = each.event.params;
    const label = `${run} ${n}`;
    assert.ok(n < (tracked.get(run) ?? 0), `mark ${label} arrived and was never tracked`);
    assert.ok(!marks.has(label), `mark ${label} arrived as ${marks.get(label)?.stream} ${marks.get(label)?.event.seq} and as ${each.stream} ${each.event.seq}`);
    marks.set(label, each);
  }
  const given = events.filter(({ event }) => event.dropped);
  let missing = 0;
  for (const [run, count] of tracked) {
    const numbers = Array.from({ length: count }, (_, n) => n).filter((n) => !marks.has(`${run} ${n}`));
    missing += numbers.length;
    assert.ok(given.length + kept >= numbers.length || lost(numbers, run), `of ${count} marks of ${run} these are in no batch and in no account: ${numbers.join(" ")}`);
  }
  assertNoGaps(events);
  const repeats = events.reduce((sum, { times }) => sum + times - 1, 0);
  return { tracked: [...tracked.values()].reduce((left, right) => left + right, 0), arrived: marks.size, missing, dropped: given.length, repeats };
}

/** A tracker numbers its events without gaps: a number that is left out, with later ones there, was lost inside. */
export function assertNoGaps(events) {
  const streams = new Map();
  for (const { stream, event } of events) streams.set(stream, (streams.get(stream) ?? new Set()).add(event.seq));
  for (const [stream, numbers] of streams) {
    const first = Math.min(...numbers);
    const last = Math.max(...numbers);
    const gaps = Array.from({ length: last - first + 1 }, (_, index) => first + index).filter((seq) => !numbers.has(seq));
    assert.deepEqual(gaps, [], `stream ${stream} has gaps between ${first} and ${last}`);
  }
}
