// What an event costs at a person's pace: one every 300 ms.

import { atPace } from "../support/driving.mjs";
import { costOf } from "./cost.mjs";

export const name = "pace";
export const runs = { full: 3, quick: 1 };
/** Mostly waiting: several visitors at a time. CPU time is counted, not time that passes. */
export const together = 4;

export function run(world, adapter, number) {
  const events = world.quick ? 5 : 30;
  const run = `p${number}`;
  return costOf(world, adapter, run, events, (page) => atPace(page, run, events, 300));
}
