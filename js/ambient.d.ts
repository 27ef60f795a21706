// What the build supplies.

/** Version of the package. */
declare const MILEPOST_VERSION: string;

/** The wasm, raw deflate, base64. */
declare module "#packed" {
  const text: string;
  export default text;
}

/** The glue that wasm-bindgen makes from src/shell.rs. */
declare module "#bindgen" {
  export class Core {
    constructor(options: string, host: object, seedHigh: bigint, seedLow: bigint);
    depths(): Uint8Array;
    page(kind: number): void;
    scrolled(top: number, window: number, page: number): void;
    media(element: number, moment: number, audio: boolean, position: number, duration: number, watched: number, title: string, url: string): void;
    form(element: number, moment: number, id: string, name: string, destination: string, fields: string): void;
    marked(rule: number, json: string): void;
    track(name: string, params: string, at: number): void;
    identify(user: string): void;
    consent(choices: string): void;
    settled(batch: number, status: number, retryAfterMs: number, body: string): void;
    woken(): void;
    flush(): void;
    reset(): void;
    stop(): void;
  }
  export function initSync(module: { module: WebAssembly.Module }): unknown;
}
