// dist/consent.js, which the tag loads when its options name signals: starts the adapters by the names they have there.

import { cookieConsent, googleConsentMode, gpp, klaro, tarteaucitron, tcf } from "./index.js";
import type { ConsentSignal } from "../types.js";

const adapters: Record<string, (...settings: any[]) => ConsentSignal> = { tcf, gpp, google: googleConsentMode, klaro, cookieconsent: cookieConsent, tarteaucitron };

/** Starts the adapter of that name with its settings. Returns what ends it. */
(window as any).milepost.signals = (name: string, settings: unknown[], tell: never) => {
  try {
    return adapters[name](...settings).start(tell);
  } catch (error) {
    // A name that isn't one is for whoever set the tag up.
    console.error(error);
    return undefined;
  }
};
