// The app's one tracker: what counts as a conversion here, and where it is sent. Whoever has something to tell imports it.
// Not here: the visitor's choice, without which nothing is sent; see consent.ts.

import { createTracker, type Definition } from "milepost";

/** Names are GA4's. A place that somebody asks for is what the studio lives on; the rest tells that it may come. */
const conversions = {
  generate_lead: { tier: "macro", stage: "decision", primary: true },
  view_item: { tier: "micro", category: "process", stage: "consideration", macro: "generate_lead" },
  // Three in ten of those who open the form send it, for a course of 105 on average: worth 31.50.
  begin_checkout: { tier: "micro", category: "process", stage: "decision", macro: "generate_lead", rate: "0.3", macroValue: "105" },
  sign_up: { tier: "micro", category: "lead", stage: "awareness", macro: "generate_lead", value: "2.50" },
} satisfies Record<string, Definition>;

export const tracker = createTracker({
  site: import.meta.env.VITE_SITE || "studio",
  collector: import.meta.env.VITE_COLLECTOR || "http://127.0.0.1:8787",
  currency: "EUR",
  conversions,
});

// A refused event, or a collector that doesn't answer, is for whoever develops this, not for visitors.
if (import.meta.env.DEV) {
  tracker.on("diagnostic", ({ code, event, param }) => console.warn("milepost:", code, event ?? "", param ?? ""));
}
