// The WebAssembly that the bundle carries as text.

import packed from "#packed";

export default (imports: WebAssembly.Imports) => WebAssembly.instantiate(unpack(packed), imports);

/**
 * Puts together what xtask/src/spell.rs took apart: instructions, and their operands in sequences of their own.
 *
 * Plain loops over typed arrays: this runs once a page, before the browser has compiled it.
 */
function unpack(text: string): Uint8Array<ArrayBuffer> {
  const letters = new TextEncoder().encode(text);
  const size = letters.length;
  const numbers = new Uint32Array(size);
  const starts = [0];
  let count = 0;
  // A number is a letter of 64, after letters of 28 more for what exceeds that; a tilde parts the sequences.
  let high = 0;
  for (let at = 0; at < size; at++) {
    const letter = letters[at];
    if (letter > 125) starts.push(count);
    else {
      const digit = letter > 92 ? letter - 34 : letter > 34 ? letter - 33 : letter - 32;
      if (digit < 64) {
        numbers[count++] = high * 64 + digit;
        high = 0;
      } else high = high * 28 + digit - 63;
    }
  }
  const [, after, described, code, ...next] = starts;
  const symbols: number[] = [];
  for (let at = described; at < code; at += numbers[at] + 1) symbols.push(at++);
  const wasm = new Uint8Array(size * 2);
  wasm.set(numbers.subarray(0, after));
  let end = after;
  const body = new Uint8Array(size);
  let filled = 0;
  for (let at = code, last = next[0]; at < last; at++) {
    const symbol = numbers[at];
    let from = symbols[symbol];
    const sequence = numbers[from++];
    for (let left = numbers[from]; left > 0; left--) body[filled++] = numbers[++from];
    if (sequence) {
      let number = numbers[next[sequence - 1]++];
      // Seven bits a byte; the groups are one less than what they count.
      for (; number > 127; number = (number >> 7) - 1) body[filled++] = (number & 127) | 128;
      body[filled++] = number;
    } else if (!symbol) {
      // A function ends, which its size goes before.
      for (let length = filled; ; length >>= 7) {
        wasm[end++] = length > 127 ? (length & 127) | 128 : length;
        if (length < 128) break;
      }
      wasm.set(body.subarray(0, filled), end);
      end += filled;
      filled = 0;
    }
  }
  wasm.set(numbers.subarray(after, described), end);
  return wasm.subarray(0, end + described - after);
}
