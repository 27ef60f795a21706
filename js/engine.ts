// Brings the core up: compiled off the main thread, once a page. Not here: where the WebAssembly comes from (inlined.ts, fetched.ts).

import { __wbg_set_wasm, carryOut as imported, create, tell } from "#bindgen";
import instantiate from "#wasm";
import { carryOut as carryOutText } from "./host.js";

/** What the core exports; see src/exports.rs. */
export interface Engine {
  create(options: string, seed: Iterable<number>): number;
  tell(tracker: number, kind: number, fields: string, wallMs: number, monoMs: number): void;
}

let engine: Promise<Engine> | undefined;

/** The core; compiled once a page. Rejects where WebAssembly isn't to be had. */
export function load(): Promise<Engine> {
  return (engine ??= compile());
}

async function compile(): Promise<Engine> {
  const { instance } = await instantiate({ a: { a: imported } });
  __wbg_set_wasm(instance.exports);
  const bytes = (text: string) => new TextEncoder().encode(text);
  return {
    create: (options, seed) => create(bytes(options), ...seed),
    tell: (tracker, kind, fields, wall, mono) => tell(tracker, kind, bytes(fields), wall, mono),
  };
}

/** What the core calls; see src/host.rs. */
export function carryOut(tracker: number, kind: number, number: number, text: Uint8Array) {
  carryOutText(tracker, kind, number, new TextDecoder().decode(text));
}
