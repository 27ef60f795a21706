// Brings the core up: unpacks the WebAssembly that the bundle carries and compiles it off the main thread.

import { create, initSync, tell } from "#bindgen";
import packed from "#packed";

/** What the core exports; see src/exports.rs. */
export interface Engine {
  create: typeof create;
  tell: typeof tell;
}

let engine: Promise<Engine> | undefined;

/** The core; compiled once a page. Rejects where WebAssembly or the unpacking isn't to be had. */
export function load(): Promise<Engine> {
  return (engine ??= compile());
}

async function compile(): Promise<Engine> {
  initSync({ module: await WebAssembly.compile(unpack(packed)) });
  return { create, tell };
}

/** xtask/src/bundle.rs spells the bytes: 93 characters, the first two of which raise the next one. */
function unpack(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  let raise = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const letter = code - 34 - +(code > 34) - +(code > 92);
    if (letter < 0) raise = (letter + 3) * 91;
    else {
      bytes[length++] = letter + raise;
      raise = 0;
    }
  }
  return bytes.subarray(0, length);
}
