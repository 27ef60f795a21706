// What an event costs when they come thick: ten in each animation frame.

import { inFrames } from "../support/driving.mjs";
import { costOf } from "./cost.mjs";

export const name = "burst";
export const runs = { full: 3, quick: 1 };

export function run(world, adapter, number) {
  const events = world.quick ? 200 : 1000;
  const run = `b${number}`;
  return costOf(world, adapter, run, events, (page) => inFrames(page, run, events, 10));
}
