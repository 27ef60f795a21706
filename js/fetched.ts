// The WebAssembly as a file beside the bundle, or wherever the site says.

/** What the wasm is taken from: its address, an answer that brings it, its bytes, or a promise of these. */
export type WasmSource = string | URL | Response | BufferSource | PromiseLike<string | URL | Response | BufferSource>;

let source: WasmSource | undefined;

/** Says where the wasm is. Only heard before the first tracker is made: it is compiled once a page. */
export function takeFrom(wasm: WasmSource): void {
  source ??= wasm;
}

export default async (imports: WebAssembly.Imports): Promise<WebAssembly.WebAssemblyInstantiatedSource> => {
  // Bundlers look for these very words to find the file.
  const found = await (source ?? new URL("./milepost.wasm", import.meta.url));
  if (ArrayBuffer.isView(found) || found instanceof ArrayBuffer) return WebAssembly.instantiate(found, imports);
  const answer = found instanceof Response ? found : await fetch(found);
  if (!answer.ok) throw new Error(`${answer.status} for ${answer.url}`);
  // Compiling while it arrives is refused for any other type, which servers that don't know wasm send.
  const typed = answer.headers.get("content-type")?.split(";")[0].trim() === "application/wasm";
  return typed ? WebAssembly.instantiateStreaming(answer, imports) : WebAssembly.instantiate(await answer.arrayBuffer(), imports);
};
