// The conservation law: what the tracker accepted is delivered, still waits, or was dropped for a reason that it told.

import assert from "node:assert/strict";

/** Reasons for which an event is given up in the page: no answer of a collector ever settles it. */
const IN_THE_PAGE = ["queue_full", "refused", "expired"];

/**
 * Sends one more event and, once it has arrived, holds the tracker's own account to what a collector acknowledged:
 * every number is acknowledged or dropped, nothing waits, nothing is counted twice. `others` are streams of earlier
 * pages, of which all has arrived. Returns what was dropped, by reason.
 */
export async function assertConserved({ call, relay }) {
  const closing = () => relay.batches().findLast(({ batch, answer }) => answer?.accepted !== undefined && batch.events.some(({ name }) => name === "closing"));
  await call("track", "closing", {});
  await call("flush");
  await relay.until("the closing event came", closing);
  const { batch } = closing();
  const { accepted, delivered, dropped = {} } = batch.ledger;
  const gone = sum(Object.values(dropped));
  assert.equal(accepted, delivered + gone + batch.events.length, `accepted = delivered + dropped + what is in this batch: ${JSON.stringify(batch.ledger)}`);
  const numbers = acknowledged(relay, batch.stream);
  const unseen = sum(IN_THE_PAGE.map((reason) => dropped[reason] ?? 0));
  assert.equal(accepted, numbers.size + unseen, `each number is acknowledged or dropped: ${JSON.stringify(dropped)}, ${[...numbers].join(" ")}`);
  assert.equal(delivered + (dropped.rejected ?? 0), numbers.size - batch.events.length, "delivered is what was acknowledged");
  return dropped;
}

/** Numbers of a stream that a collector acknowledged, as stored, as repeats or as put aside. */
function acknowledged(relay, stream) {
  const numbers = new Set();
  for (const { batch, answer } of relay.batches()) {
    if (batch.stream !== stream || answer?.accepted === undefined) continue;
    for (const { seq, dropped } of batch.events) if (!dropped) numbers.add(seq);
  }
  return numbers;
}

function sum(numbers) {
  return numbers.reduce((left, right) => left + right, 0);
}
