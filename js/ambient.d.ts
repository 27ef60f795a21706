// What the build supplies.

/** Version of the package. */
declare const MILEPOST_VERSION: string;

/** The wasm as text; see js/engine.ts. */
declare module "#packed" {
  const text: string;
  export default text;
}

/** The glue that wasm-bindgen makes from src/shell.rs. */
declare module "#bindgen" {
  export class Core {
    constructor(options: string, host: object, seedHigh: bigint, seedLow: bigint);
    tell(kind: number, fields: string): void;
  }
  export function initSync(module: { module: WebAssembly.Module }): unknown;
}
