// What the build supplies.

/** Version of the package. */
declare const MILEPOST_VERSION: string;

/** Compiles the wasm: js/inlined.ts or js/fetched.ts. What the main thread does for it waits until the page is `seen`. */
declare module "#wasm" {
  export default function instantiate(imports: WebAssembly.Imports, seen: Promise<unknown>): Promise<WebAssembly.WebAssemblyInstantiatedSource>;
}

/** The address of the core as JavaScript: js/beside-module.ts or js/beside-tag.ts. */
declare module "#fallback" {
  export default function address(): string;
}

/** The wasm as text, at the end of the bundle; see js/inlined.ts. */
declare const PACKED: string;

/** The wasm that reads it, js/unpack.wat, as hexadecimal digits. */
declare const READER: string;
