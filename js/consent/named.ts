// Signals that the tag's options name: stand-ins that load dist/consent.js, once, and hand over to its adapters.
// Not here: the adapters, which only pages that name one load.

import type { ConsentSignal, Purpose } from "../types.js";

/** The tag's own script; known only while it runs first. */
export const own = document.currentScript as HTMLScriptElement;

let adapters: Promise<unknown> | undefined;

/** A name, or a list of a name and settings, as a signal. */
export function named(given: any): ConsentSignal {
  const [name, ...settings] = [given].flat();
  return {
    name,
    // As the adapters have it by default, for as long as they aren't there.
    governs: (settings[0] ? Object.keys(settings[0]) : name === "gpp" ? ["marketing"] : ["analytics", "marketing"]) as Purpose[],
    start(tell) {
      let end: (() => void) | undefined;
      // By import, which carries the tag's nonce along and needs no policy of Trusted Types.
      adapters ??= import(new URL("consent.js", own.src).href);
      adapters.then(
        () => (end = (window as any).milepost.signals(name, settings, tell)),
        () => {},
      );
      return () => end?.();
    },
  };
}
