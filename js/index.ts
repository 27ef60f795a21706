// The npm package's entry.

import { idle } from "./idle.js";
import { createTracker as create, type Tracker } from "./tracker.js";
import type { Options } from "./types.js";

export { OptionError } from "./options.js";
export type { Tracker } from "./tracker.js";
export type * from "./types.js";

/**
 * A tracker for the page. On a server it does nothing.
 *
 * @throws {OptionError} with `code` and `path`, for the first option that is wrong.
 */
export function createTracker(options: Options): Tracker {
  return typeof document === "undefined" ? idle : create(options);
}
