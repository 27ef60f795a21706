// The conservation law from outside: tracked = arrived + dropped for a told reason + what is still kept, each once.
// Not here: the tracker's own account of it; see ledger.mjs.

import assert from "node:assert/strict";

/** Reasons for which an event is given up in the page. */
const IN_THE_PAGE = ["queue_full", "refused", "expired"];

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
  const given = events.filter(({ event }) => event.dropped).length + sum(givenUp(faults, site).values());
  let missing = 0;
  for (const [run, count] of tracked) {
    const numbers = Array.from({ length: count }, (_, n) => n).filter((n) => !marks.has(`${run} ${n}`));
    missing += numbers.length;
    assert.ok(given + kept >= numbers.length || lost(numbers, run), `of ${count} marks of ${run} these are in no batch and in no account: ${numbers.join(" ")}`);
  }
  assertNoGaps(events, givenUp(faults, site));
  const repeats = events.reduce((sum, { times }) => sum + times - 1, 0);
  return { tracked: sum(tracked.values()), arrived: marks.size, missing, dropped: given, repeats };
}

/** A tracker numbers its events without gaps: a number left out, with later ones there, was lost or is one of those given up. */
export function assertNoGaps(events, given = new Map()) {
  const streams = new Map();
  for (const { stream, event } of events) streams.set(stream, (streams.get(stream) ?? new Set()).add(event.seq));
  for (const [stream, numbers] of streams) {
    const gaps = Array.from({ length: Math.max(...numbers) + 1 }, (_, seq) => seq).filter((seq) => !numbers.has(seq));
    assert.ok(gaps.length <= (given.get(stream) ?? 0), `stream ${stream} lacks ${gaps.join(" ")} of ${numbers.size + gaps.length}`);
  }
}

/** By stream, how many events its last ledger says were given up in the page: those have numbers and never arrive. */
function givenUp(faults, site) {
  const last = new Map();
  for (const { batch } of faults.batches.filter(({ batch }) => batch.site === site && batch.ledger)) {
    const { accepted = 0, dropped = {} } = batch.ledger;
    const count = sum(IN_THE_PAGE.map((reason) => dropped[reason] ?? 0));
    if (accepted >= (last.get(batch.stream)?.accepted ?? 0)) last.set(batch.stream, { accepted, count });
  }
  return new Map([...last].map(([stream, { count }]) => [stream, count]));
}

function sum(numbers) {
  return [...numbers].reduce((left, right) => left + right, 0);
}

/**
 * What a kill may cost: the end of a run, and of that only what was younger than `youngest` ms when the kill came, plus
 * the longest pause that the machine itself made between two marks. A run that lost all of its marks may be as old as
 * `opened`, since nothing is in the log before the browser has opened it. `at` is when each mark was told, `every` how often.
 * Returns the rule for `lost`, and what each run cost in words.
 */
export function onlyTheLastMoment({ tracked, at, killed, every, youngest, opened }) {
  const tails = [];
  const lost = (numbers, run) => {
    const count = tracked.get(run);
    const times = [...Array.from({ length: count }, (_, n) => at.get(`${run} ${n}`)), killed.get(run)];
    const pause = Math.max(0, ...times.slice(1).map((time, n) => time - times[n] - every));
    const oldest = killed.get(run) - at.get(`${run} ${numbers[0]}`);
    tails.push(`${numbers.length} of ${count} up to ${Math.round(oldest)} ms old, longest pause ${Math.round(pause)} ms`);
    return numbers[0] === count - numbers.length && oldest <= (numbers.length === count ? opened : youngest) + pause;
  };
  return { lost, tails };
}
