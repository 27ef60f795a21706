// What servers and workers get in place of the npm package's entries: the same names, and nothing happens.

import { idle } from "./idle.js";
import type { Tracker } from "./tracker.js";
import type { Options } from "./types.js";

export { OptionError } from "./options.js";

/** A tracker that does nothing. */
export function createTracker(_options: Options): Tracker {
  return idle;
}
