// The visitor's choice: kept by this app and told to the tracker, which keeps none.
// Not here: asking; see banner.ts.

import type { Choice } from "milepost";
import { tracker } from "./tracking.ts";

/** What a visitor can answer. */
export type Decision = Exclude<Choice, "unknown">;

const KEY = "studio-consent";

/** What was decided, on this page or an earlier one; undefined for who has not been asked, or whose browser keeps nothing. */
export function decided(): Decision | undefined {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === "granted" || kept === "denied" ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a choice for the pages to come, and tells it. */
export function decide(decision: Decision): void {
  try {
    localStorage.setItem(KEY, decision);
  } catch {
    // Storage is blocked: the choice is good for this page, and the next one asks again.
  }
  tell(decision);
}

/** Tells the choice of an earlier page; to be called on each load. */
export function passOn(): void {
  const decision = decided();
  if (decision) tell(decision);
}

/** The studio doesn't advertise, so that nobody is asked about marketing. */
function tell(decision: Decision): void {
  tracker.setConsent({ analytics: decision, marketing: "denied" });
}
