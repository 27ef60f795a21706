// Brings the core up: unpacks the WebAssembly that the bundle carries and compiles it off the main thread.

import { __wbg_set_wasm, carryOut as imported, create, tell } from "#bindgen";
import packed from "#packed";
import { carryOut as carryOutText } from "./host.js";

/** What the core exports; see src/exports.rs. */
export interface Engine {
  create(options: string, seed: Iterable<number>): number;
  tell(tracker: number, kind: number, fields: string, wallMs: number, monoMs: number): void;
}

let engine: Promise<Engine> | undefined;

/** The core; compiled once a page. Rejects where WebAssembly or the unpacking isn't to be had. */
export function load(): Promise<Engine> {
  return (engine ??= compile());
}

async function compile(): Promise<Engine> {
  const { instance } = await WebAssembly.instantiate(unpack(packed), { a: { a: imported } });
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

/** Puts together what xtask/src/spell.rs took apart: instructions, and their operands in sequences of their own. */
function unpack(text: string): Uint8Array<ArrayBuffer> {
  const [before, after, described, code, ...operands] = text.split("~").map(numbers);
  const symbols: [sequence: number, bytes: number[]][] = [];
  for (let at = 0; at < described.length; ) symbols.push([described[at++] - 1, described.slice(at + 1, (at += described[at] + 1))]);
  for (const sequence of operands) sequence.reverse();
  const wasm = new Uint8Array(text.length * 2);
  wasm.set(before);
  let end = before.length;
  const body = new Uint8Array(text.length);
  let size = 0;
  /** Seven bits a byte; the groups of operands are one `less` than what they count. */
  const put = (number: number, less: number) => {
    for (; number > 127; number = (number / 128 - less) | 0) body[size++] = (number % 128) | 128;
    body[size++] = number;
  };
  for (const symbol of code) {
    const [sequence, bytes] = symbols[symbol];
    for (const byte of bytes) body[size++] = byte;
    if (sequence >= 0) put(operands[sequence].pop()!, 1);
    if (!symbol) {
      // A function ends, which its size goes before.
      const length = size;
      put(length, 0);
      wasm.set(body.subarray(length, size), end);
      wasm.set(body.subarray(0, length), (end += size - length));
      end += length;
      size = 0;
    }
  }
  wasm.set(after, end);
  return wasm.subarray(0, end + after.length);
}

/** A number is a letter of 64, after letters of 28 more for what exceeds that. */
function numbers(text: string): number[] {
  const numbers = [];
  let high = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const digit = code - 32 - +(code > 34) - +(code > 92);
    if (digit < 64) {
      numbers.push(high * 64 + digit);
      high = 0;
    } else high = high * 28 + digit - 63;
  }
  return numbers;
}
