// The WebAssembly that the bundle carries as text, and a small one in hexadecimal digits that reads it.

/** Where js/unpack.wat puts the file together. */
const FILE = 0x1a0000;

/** Puts together what xtask/src/spell.rs took apart; what isn't whole traps, or isn't wasm. */
export default async (imports: WebAssembly.Imports, seen: Promise<unknown>) => {
  await seen;
  const module = new WebAssembly.Module(Uint8Array.from(READER.match(/../g)!, (byte) => parseInt(byte, 16)));
  const { m: memory, f: read } = new WebAssembly.Instance(module).exports as { m: WebAssembly.Memory; f(length: number): number };
  const { written } = new TextEncoder().encodeInto(PACKED, new Uint8Array(memory.buffer));
  return WebAssembly.instantiate(new Uint8Array(memory.buffer, FILE, read(written)), imports);
};
