// The IAB's Global Privacy Platform: opting out of sale, sharing and targeted advertising in the United States.

import { hearEvents } from "./iab.js";
import { signal, type Mapping } from "./signal.js";
import type { ConsentSignal } from "../types.js";

/** Fields of `usnat` and of the states' sections. */
const FIELDS: Mapping = { marketing: ["SaleOptOut", "SharingOptOut", "TargetedAdvertisingOptOut", "Gpc"] };

/**
 * Signal `gpp`: fields in which the visitor may have opted out, in any section.
 *
 * Where no section has such a field, everything stays unknown unless `outside` grants it.
 */
export function gpp(mapping?: Mapping | null, { outside = "" as "" | "granted" } = {}): ConsentSignal {
  const fields = mapping ?? FIELDS;
  return signal("gpp", fields, (judge, ends) =>
    hearEvents("__gpp", ({ pingData: { signalStatus, parsedSections, gppVersion } }) => {
      if (signalStatus !== "ready") return;
      const segments = Object.values<any>(parsedSections).flat();
      // 0 is not applicable, 1 opted out, 2 did not; Gpc is true or says nothing.
      const said = (field: string) =>
        segments.flatMap((segment) => {
          const value = segment?.[field];
          return value === 1 || value === true ? false : value === 2 ? true : [];
        });
      const asked = Object.values(fields).flat().some((field) => said(field!).length);
      judge(asked ? said : () => outside === "granted" || undefined, gppVersion);
    }, ends),
  );
}
