// Brings the core up, after the page's first paint: WebAssembly, compiled off the main thread, or where that is refused or has
// failed the same as JavaScript.
// Not here: where the WebAssembly comes from (inlined.ts, fetched.ts).

import { __wbg_set_wasm, carryOut as imported, create, room, tell } from "#bindgen";
import fallback from "#fallback";
import instantiate from "#wasm";
import { carryOut as carryOutText } from "./host.js";
import { painted } from "./painted.js";

/** What the core exports; see src/exports.rs. */
export interface Engine {
  /** As batches say it: `wasm` or `wasm2js`. */
  readonly name: string;
  create(options: string, seed: Iterable<number>): number;
  /** Throws where the core traps, and from then on. */
  tell(tracker: number, kind: number, fields: string, wallMs: number, monoMs: number): void;
}

let engine: Promise<Engine> | undefined;
let memory: WebAssembly.Memory;
let trapped = false;

/**
 * The core; brought up once a page, and anew after a trap, which ends it for all trackers on it.
 * Rejects where neither WebAssembly nor the same core as JavaScript is to be had.
 */
export function load(): Promise<Engine> {
  return (engine ??= bringUp());
}

async function bringUp(): Promise<Engine> {
  const imports = { a: { a: imported } };
  const seen = painted();
  let name = "wasm";
  let exports: WebAssembly.Exports;
  try {
    if (trapped) throw trapped;
    const [{ instance }] = await Promise.all([instantiate(imports, seen), seen]);
    ({ exports } = instance);
  } catch {
    // Forbidden by a policy, not there, not whole, failed: fetched only now.
    name = "wasm2js";
    await seen;
    exports = (await import(fallback())).default(imports);
  }
  __wbg_set_wasm(exports);
  memory = exports.b as WebAssembly.Memory;
  const encoder = new TextEncoder();
  const put = (text: string) => {
    const bytes = encoder.encode(text);
    const at = room(bytes.length); // Before the memory is looked at: it may grow.
    new Uint8Array(memory.buffer, at).set(bytes);
  };
  let broken = false;
  return {
    name,
    create: (options, seed) => (put(options), create(...seed)),
    tell(tracker, kind, fields, wall, mono) {
      // The glue may be another core's by now.
      if (broken) throw broken;
      try {
        put(fields);
        tell(tracker, kind, wall, mono);
      } catch (trap) {
        broken = trapped = true;
        engine = undefined;
        throw trap;
      }
    },
  };
}

/** What the core calls; see src/host.rs. */
export function carryOut(tracker: number, kind: number, number: number, text: number, length: number) {
  carryOutText(tracker, kind, number, new TextDecoder().decode(new Uint8Array(memory.buffer, text, length)));
}
