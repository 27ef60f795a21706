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

/** The wasm as text; see js/inlined.ts. */
declare module "#packed" {
  const text: string;
  export default text;
}

/** The wasm that reads it, js/unpack.wat, as hexadecimal digits. */
declare module "#reader" {
  const text: string;
  export default text;
}

/** The glue that wasm-bindgen makes from src/exports.rs. */
declare module "#bindgen" {
  export function __wbg_set_wasm(exports: WebAssembly.Exports): void;
  export function carryOut(...parameters: number[]): void;
  export function room(length: number): number;
  export function create(...seed: number[]): number;
  export function tell(tracker: number, kind: number, wallMs: number, monoMs: number): void;
}
