"use client";
// React: one tracker for the tree below, and the visitor's choice as a property.

import { createTracker, type ConsentChoices, type Options, type Tracker } from "milepost";
import { createContext, createElement, useContext, useEffect, useState, type ReactElement, type ReactNode } from "react";

/** What the provider takes. */
export interface MilepostProviderProps {
  /** The tracker's options; only those of the first render count. */
  options: Options;
  /** The visitor's choice, passed on whenever it changes; unknown until it is there. */
  consent?: ConsentChoices;
  children?: ReactNode;
}

const Context = createContext<Tracker | undefined>(undefined);

/** By site: strict mode renders twice, and a layout may be mounted anew, but a page is counted once. */
const trackers = new Map<string, Tracker>();

/** Makes the site's tracker, or takes the one that is there, for all components inside. */
export function MilepostProvider({ options, consent, children }: MilepostProviderProps): ReactElement {
  const [tracker] = useState(() => {
    const known = trackers.get(options.site) ?? createTracker(options);
    trackers.set(options.site, known);
    return known;
  });
  const { analytics, marketing, functional } = consent ?? {};
  useEffect(() => {
    if (analytics || marketing || functional) tracker.setConsent({ analytics, marketing, functional });
  }, [tracker, analytics, marketing, functional]);
  return createElement(Context.Provider, { value: tracker }, children);
}

/** The tracker of the provider around this component. */
export function useTracker(): Tracker {
  const tracker = useContext(Context);
  if (!tracker) throw new Error("useTracker: there is no <MilepostProvider> around this component");
  return tracker;
}
