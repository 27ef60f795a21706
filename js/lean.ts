// The npm package's entry with the WebAssembly as a file of its own: for bundlers that know `new URL(…, import.meta.url)`.

import { type WasmSource, takeFrom } from "./fetched.js";
import { idle } from "./idle.js";
import { createTracker as create, type Tracker } from "./tracker.js";
import type { Options } from "./types.js";

export { OptionError } from "./options.js";
export type { WasmSource } from "./fetched.js";
export type { Tracker } from "./tracker.js";
export type * from "./types.js";

/** What a site can set, and where the wasm is. */
export interface LeanOptions extends Options {
  /** Where `milepost.wasm` is; beside this module by default. The first tracker's counts. */
  wasm?: WasmSource;
}

/**
 * A tracker for the page. On a server it does nothing.
 *
 * @throws {OptionError} with `code` and `path`, for the first option that is wrong.
 */
export function createTracker(options: LeanOptions): Tracker {
  if (typeof document === "undefined") return idle;
  const { wasm, ...rest } = options;
  if (wasm !== undefined) takeFrom(wasm);
  return create(rest);
}
