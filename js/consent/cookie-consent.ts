// CookieConsent by Orest Bida (vanilla-cookieconsent), version 3, by its categories.

import { attempt, hear, signal, type Mapping } from "./signal.js";
import type { ConsentSignal } from "../types.js";

const CATEGORIES: Mapping = { analytics: ["analytics"], marketing: ["marketing"] };

/** What of its API is asked for a choice made before we listened. */
export interface CookieConsentApi {
  validConsent(): boolean;
  getCookie(): any;
}

/** Signal `cookieconsent`: categories. Where `CookieConsent` is imported and no global, it may be given as `api`. */
export function cookieConsent(mapping?: Mapping | null, api?: CookieConsentApi): ConsentSignal {
  return signal("cookieconsent", mapping ?? CATEGORIES, (judge, ends) => {
    const read = ({ categories, revision }: any) => Array.isArray(categories) && judge((category) => categories.includes(category), revision);
    for (const type of ["cc:onConsent", "cc:onChange"]) hear(type, (event) => read(event.detail.cookie), ends);
    const platform: CookieConsentApi = api ?? (window as any).CookieConsent;
    attempt(() => platform.validConsent() && read(platform.getCookie()));
  });
}
