// What the build supplies.

/** Version of the package. */
declare const MILEPOST_VERSION: string;

/** The wasm as text; see js/engine.ts. */
declare module "#packed" {
  const text: string;
  export default text;
}

/** The glue that wasm-bindgen makes from src/exports.rs. */
declare module "#bindgen" {
  export function create(options: string, ...seed: [number, number, number, number]): number;
  export function tell(tracker: number, kind: number, fields: string, wallMs: number, monoMs: number): void;
  export function initSync(module: { module: WebAssembly.Module }): unknown;
}
