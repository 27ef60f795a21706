// The IAB's Transparency and Consent Framework, v2.2 and v2.3.

import { hearEvents } from "./iab.js";
import { signal, type Mapping } from "./signal.js";
import type { ConsentSignal } from "../types.js";

/** What a purpose of ours needs of the framework's. */
const PURPOSES: Mapping<number> = {
  // Store on the device; measure content; understand audiences.
  analytics: [1, 8, 9],
  // Store on the device; make and use profiles for advertising; measure advertising.
  marketing: [1, 3, 4, 7],
};

/**
 * Signal `tcf`: consent to purposes, by number. Legitimate interest isn't consent.
 *
 * `publisher` reads what the visitor agreed to with the publisher itself. Where the platform says that the GDPR doesn't
 * apply, everything stays unknown unless `outside` grants it: other laws may ask for consent.
 */
export function tcf(mapping?: Mapping<number> | null, { publisher = false, outside = "" as "" | "granted" } = {}): ConsentSignal {
  return signal("tcf", mapping ?? PURPOSES, (judge, ends) =>
    hearEvents("__tcfapi", (data) => {
      const { gdprApplies, eventStatus } = data;
      const version = `${data.cmpId}.${data.cmpVersion}.${data.tcfPolicyVersion}`;
      if (gdprApplies === false) judge(() => outside === "granted" || undefined, version);
      else if (gdprApplies === true && (eventStatus === "tcloaded" || eventStatus === "useractioncomplete")) {
        const { consents } = publisher ? data.publisher : data.purpose;
        judge((purpose) => consents[purpose] === true, version);
      }
    }, ends),
  );
}
