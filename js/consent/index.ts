// The npm package's entry `milepost/consent`: only what a site imports ends up in its bundle.

export { consentEvent } from "./event.js";
export { cookieConsent, type CookieConsentApi } from "./cookie-consent.js";
export { googleConsentMode } from "./google.js";
export { gpp } from "./gpp.js";
export { klaro } from "./klaro.js";
export { tarteaucitron } from "./tarteaucitron.js";
export { tcf } from "./tcf.js";
export type { Mapping } from "./signal.js";
export type { ConsentSignal } from "../types.js";
