// Brings the core up: unpacks the WebAssembly that the bundle carries and compiles it off the main thread.

import { Core, initSync } from "#bindgen";
import packed from "#packed";

let engine: Promise<typeof Core> | undefined;

/** The core's class; compiled once a page. Rejects where WebAssembly or the unpacking isn't to be had. */
export function load(): Promise<typeof Core> {
  return (engine ??= compile());
}

async function compile(): Promise<typeof Core> {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  initSync({ module: await WebAssembly.compile(await new Response(unpacked).arrayBuffer()) });
  return Core;
}
