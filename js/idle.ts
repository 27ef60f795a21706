// The tracker of a server: does nothing.

import type { Tracker } from "./tracker.js";

const nothing = () => {};

export const idle: Tracker = {
  track: nothing,
  page: nothing,
  identify: nothing,
  setConsent: nothing,
  flush: nothing,
  reset: nothing,
  forget: async () => ({}),
  stop: nothing,
  on: () => nothing,
  ready: Promise.resolve(),
};
