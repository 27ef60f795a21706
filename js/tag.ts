// The tag for tag managers and plain pages: `milepost(method, ...)`, which takes over the stub's calls with their times.

import { named } from "./consent/named.js";
import { attempt } from "./host.js";
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
  const early: Call[] = [];

  const run = (kept: Call): unknown =>
    attempt(
      () => {
        const [at, call] = kept;
        const [method, ...parameters] = Array.from(call) as [keyof TimedTracker | "init", ...unknown[]];
        if (method === "init") {
          // Called twice, as tag managers do: the first one stays.
          if (tracker) return undefined;
          const options = parameters[0] as Options;
          const signals = options?.consent?.signals;
          tracker = createTracker(signals ? { ...options, consent: { ...options.consent, signals: signals.map(named) } } : options);
          early.splice(0).forEach(run);
        } else if (tracker) {
          if (method === "track") {
            parameters[1] ??= {};
            parameters[2] = at;
          }
          if (method === "setConsent") parameters[1] = at;
          return (tracker[method] as (...parameters: unknown[]) => unknown)(...parameters);
        } else early.push(kept);
        return undefined;
      },
      // A page's tag must not throw into it: wrong options and unknown methods are for whoever set the tag up.
      console.error,
    );

  const tag: Tag = (...call) => run([Date.now(), call]);
  tag.version = MILEPOST_VERSION;
  page.milepost = tag;
  before?.q?.forEach(run);
}
