// Brings the core up, after the page's first paint: WebAssembly, compiled off the main thread, or where that is refused or has
// failed the same as JavaScript.
// Not here: where the WebAssembly comes from (inlined.ts, fetched.ts).

import fallback from "#fallback";
import instantiate from "#wasm";
import { hosts } from "./host.js";
import { painted } from "./painted.js";

/** What the core exports, by the letters of xtask/src/wasm.rs; see src/exports.rs. */
interface Exports {
  readonly b: WebAssembly.Memory;
  /** `create` */
  c(...seed: number[]): number;
  /** `room` */
  d(length: number): number;
  /** `tell` */
  e(tracker: number, kind: number, wallMs: number, monoMs: number): void;
}

export interface Engine {
  /** As batches say it: `wasm` or `wasm2js`. */
  readonly name: string;
  create(options: string, seed: Iterable<number>): number;
  /** Throws where the core traps, and from then on. */
  tell(tracker: number, kind: number, fields: string, wallMs: number, monoMs: number): void;
}

let engine: Promise<Engine> | undefined;
let trapped = false;

/**
 * The core; brought up once a page, and anew after a trap, which ends it for all trackers on it.
 * Rejects where neither WebAssembly nor the same core as JavaScript is to be had.
 */
export function load(): Promise<Engine> {
  return (engine ??= bringUp());
}

async function bringUp(): Promise<Engine> {
  const seen = painted();
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  let name = "wasm";
  let core: Exports;
  let broken = false;
  const bytes = (at: number, length?: number) => new Uint8Array(core.b.buffer, at, length);
  const put = (text: string) => {
    const encoded = encoder.encode(text);
    const at = core.d(encoded.length); // Before the memory is looked at: it may grow.
    bytes(at).set(encoded);
  };
  const imports = {
    a: {
      /** What the core calls; see src/host.rs. */
      a(tracker: number, kind: number, number: number, text: number, length: number) {
        hosts[tracker][kind]?.(decoder.decode(bytes(text, length)), number);
      },
    },
  };
  try {
    if (trapped) throw trapped;
    const [{ instance }] = await Promise.all([instantiate(imports, seen), seen]);
    core = instance.exports as unknown as Exports;
  } catch {
    // Forbidden by a policy, not there, not whole, failed: fetched only now.
    name = "wasm2js";
    await seen;
    core = (await import(fallback())).default(imports);
  }
  return {
    name,
    create: (options, seed) => (put(options), core.c(...seed)),
    tell(tracker, kind, fields, wall, mono) {
      // Nothing is asked of a core that failed.
      if (broken) throw broken;
      try {
        put(fields);
        core.e(tracker, kind, wall, mono);
      } catch (trap) {
        broken = trapped = true;
        engine = undefined;
        throw trap;
      }
    },
  };
}
