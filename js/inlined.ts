// The WebAssembly that the bundle carries as text, and a small one in hexadecimal digits that reads it.

import packed from "#packed";
import reader from "#reader";

/** Where js/unpack.wat puts the file together. */
const FILE = 0x1a0000;

export default async (imports: WebAssembly.Imports, seen: Promise<unknown>) => {
  await seen;
  return WebAssembly.instantiate(unpack(packed), imports);
};

/** Puts together what xtask/src/spell.rs took apart; what isn't whole traps, or isn't wasm. */
function unpack(text: string): Uint8Array<ArrayBuffer> {
  const module = new WebAssembly.Module(Uint8Array.from(reader.match(/../g)!, (byte) => parseInt(byte, 16)));
  const { m: memory, f: read } = new WebAssembly.Instance(module).exports as { m: WebAssembly.Memory; f(length: number): number };
  // Not the text's length, which the minifier would take from what stands for the text.
  const { written } = new TextEncoder().encodeInto(text, new Uint8Array(memory.buffer));
  return new Uint8Array(memory.buffer, FILE, read(written));
}
