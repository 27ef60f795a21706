// What both measures of an event's cost share: meters before and after, bytes and requests between.

import { account, numbersOf } from "../support/driving.mjs";
import { difference, sleep, until, visit } from "../support/visit.mjs";

/** Every tracker here sends what waits within 5 s; a busy machine gets twice that. */
const FLUSH_MS = 10_000;

/** Microseconds, bytes and requests an event, for `count` events that `act(page)` sets off. */
export async function costOf(world, adapter, run, count, act) {
  const visitor = await visit(world, adapter);
  const { page, meter } = await visitor.openMetered({ settleMs: 1200 });
  const before = await meter.read();
  const since = visitor.stub.requests.length;
  await act(page);
  const arrived = () => account(numbersOf(visitor.stub.events(since), run)).arrived;
  if (adapter.name !== "blank") await until(() => arrived() >= count, FLUSH_MS);
  await sleep(300);
  const { task, script } = difference(before, await meter.read());
  const posts = visitor.stub.posts(since);
  const bytes = posts.reduce((total, post) => total + post.bytes, 0);
  // What is lost must not look light.
  const came = arrived() || 1;
  const result = { task: (task * 1000) / count, script: (script * 1000) / count, arrived: arrived() / count, bytes: bytes / came, requests: posts.length / came };
  await visitor.close();
  return result;
}
