// The tag for tag managers and plain pages: `milepost(method, ...)`, which takes over the stub's calls with their times.

import { named } from "./consent/named.js";
import { createTracker, type TimedTracker } from "./tracker.js";
import type { Options } from "./types.js";

type Call = [at: number, call: ArrayLike<unknown>];

interface Tag {
  (method: string, ...parameters: unknown[]): unknown;
  /** Calls the stub kept. */
  q?: Call[];
  /** Version of the tag that runs. */
  version?: string;
}

const page = window as { milepost?: Tag };
const before = page.milepost;

// A second copy of the tag leaves the first one to it.
if (!before?.version) {
  let tracker: TimedTracker | undefined;
  let early: Call[] = [];

  const run = (kept: Call): unknown => {
    try {
      const [at, call] = kept;
      const [method, ...parameters] = Array.from(call) as [keyof TimedTracker | "init", ...never[]];
      if (method === "init") {
        // Called twice, as tag managers do: the first one stays.
        if (tracker) return undefined;
        const options = parameters[0] as Options;
        const signals = options?.consent?.signals;
        tracker = createTracker(signals ? { ...options, consent: { ...options.consent, signals: signals.map(named) } } : options);
        const calls = early;
        early = [];
        calls.forEach(run);
      } else if (!tracker) {
        early.push(kept);
      } else if (method === "track") {
        tracker.track(parameters[0], parameters[1] ?? {}, at);
      } else if (method === "setConsent") {
        tracker.setConsent(parameters[0], at);
      } else {
        return (tracker[method] as (...parameters: never[]) => unknown)(...parameters);
      }
    } catch (error) {
      // A page's tag must not throw into it: wrong options and unknown methods are for whoever set the tag up.
      console.error(error);
    }
    return undefined;
  };

  const tag: Tag = (...call) => run([Date.now(), call]);
  tag.version = MILEPOST_VERSION;
  page.milepost = tag;
  before?.q?.forEach(run);
}
