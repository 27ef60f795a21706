// Google's consent mode v2, read from the data layer that gtag.js and the tag manager read.

import { attempt, lookFor, signal, type Mapping } from "./signal.js";
import type { ConsentSignal } from "../types.js";

const TYPES: Mapping = { analytics: ["analytics_storage"], marketing: ["ad_storage", "ad_user_data", "ad_personalization"] };

/** Pauses beyond this one are cut to it: timers take no longer ones. */
const LONGEST_WAIT_MS = 1e9;

/**
 * Signal `google`: consent types, by their last `update`.
 *
 * A `default` says what holds before anyone was asked: `denied` is therefore unknown, and `granted` a grant, after its
 * `wait_for_update`. Where a visitor is isn't known here, so a default for a `region` can't grant, and one that denies
 * keeps any other from granting.
 */
export function googleConsentMode(mapping?: Mapping | null, layer = "dataLayer"): ConsentSignal {
  return signal("google", mapping ?? TYPES, (judge, ends) => {
    const updates: Record<string, boolean> = {};
    const defaults: Record<string, boolean> = {};
    let waits = 0;
    const verdict = (type: string) => updates[type] ?? ((!waits && defaults[type]) || undefined);
    const read = (item: any) => {
      const types = item[2];
      if (item[0] !== "consent") return;
      for (const type in types) {
        const granted = types[type] === "granted";
        if (!granted && types[type] !== "denied") continue;
        if (item[1] === "update") updates[type] = granted;
        else if (item[1] === "default" && !(granted && types.region)) defaults[type] = granted && defaults[type] !== false;
      }
      const wait = +types.wait_for_update;
      if (item[1] === "default" && wait > 0) {
        waits += 1;
        const timer = setTimeout(() => ((waits -= 1), judge(verdict)), Math.min(wait, LONGEST_WAIT_MS));
        ends.push(() => clearTimeout(timer));
      }
    };
    const readAll = (items: ArrayLike<unknown>) => {
      for (const item of Array.from(items)) attempt(() => read(item));
      judge(verdict);
    };
    lookFor(() => {
      const items = (window as any)[layer];
      const { push } = items;
      // The tag manager wraps it too, before or after, and calls what was there.
      const wrapped = function (this: unknown, ...pushed: unknown[]) {
        const result = push.apply(this, pushed);
        attempt(() => readAll(pushed));
        return result;
      };
      items.push = wrapped;
      ends.push(() => {
        if (items.push === wrapped) items.push = push;
      });
      readAll(items);
      return true;
    }, ends);
  });
}
