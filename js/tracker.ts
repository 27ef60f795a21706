// A tracker as the page holds it: there at once, queueing until the core runs, never throwing after that.

import { CONSENT, FLUSH, IDENTIFY, RESET, STOP, TRACK, attach, listen } from "./host.js";
import { checkOptions, isObject } from "./options.js";
import { load } from "./engine.js";
import type { ConsentChoices, Diagnostic, EventParams, Options, Purpose } from "./types.js";

/** What a page can ask of its tracker. Calls made before the core runs are kept with their times. */
export interface Tracker {
  /** Records an event. A wrong one is refused with a diagnostic, never with an exception. */
  track(name: string, params?: EventParams): void;
  /** Begins a new page view; single-page apps whose address changes need not call it. */
  page(): void;
  /** Says who this is: the site's own id, at most 256 bytes, no personal data. */
  identify(user: string): void;
  /** Passes the visitor's choice on. Purposes that are left out keep theirs. */
  setConsent(choices: ConsentChoices): void;
  /** Sends what waits. */
  flush(): void;
  /** Forgets who this is: a new visitor from here on. */
  reset(): void;
  /**
   * Deletes all that is kept in the browser; nothing more is captured until the visitor's next choice.
   * With a proof from the site's server the collector erases the visitor, too: `erased` tells how many events that were.
   */
  forget(options?: { proof?: string }): Promise<{ visitor?: string; erased?: number }>;
  /** Sends what waits and captures nothing more. */
  stop(): void;
  /** Hears of what developers should know; earlier diagnostics are told at once. Returns what ends it. */
  on(type: "diagnostic", listener: (diagnostic: Diagnostic) => void): () => void;
  /** Settled when the core runs; rejected when it can't. Need not be awaited or caught. */
  readonly ready: Promise<void>;
}

/** As the tag sees it: calls that a stub kept have times of their own, milliseconds since the epoch. */
export interface TimedTracker extends Tracker {
  track(name: string, params?: EventParams, at?: number): void;
}

/** Tells the core what happened. */
type Core = (kind: number, fields: string, at?: number) => void;

/** Most diagnostics that are kept for a listener that comes later. */
const MOST_KEPT = 50;

/**
 * A tracker for the page.
 * @throws {OptionError} with `code` and `path`, for the first option that is wrong.
 */
export function createTracker(options: Options): TimedTracker {
  checkOptions(options);
  const { consent } = options;
  const signals = consent?.signals ?? [];
  const json = JSON.stringify({ ...options, consent: { ...consent, signals: 0 } });
  const kept: Diagnostic[] = [];
  const listeners = new Set<(diagnostic: Diagnostic) => void>();
  let waiting: ((core: Core) => void)[] | undefined = [];
  let core: Core | undefined;
  let ears: ReturnType<typeof listen> | undefined;
  const begun = Date.now();
  let erase: ReturnType<typeof attach> | undefined;

  const report = (diagnostic: Diagnostic) => {
    if (kept.push(diagnostic) > MOST_KEPT) kept.shift();
    for (const listener of listeners) hand(listener, diagnostic);
  };
  /** Runs now or once the core is there. A trap ends the tracker, not the page. */
  const ask = (call: (core: Core) => void) => {
    if (!core) {
      waiting?.push(call);
      return;
    }
    try {
      call(core);
    } catch {
      fail("engine_failed");
    }
  };
  const fail = (code: string) => {
    core = waiting = undefined;
    ears?.end();
    report({ code });
  };

  const start = async () => {
    // A visitor may act before the core runs.
    ears = listen((kind, fields) => {
      const at = kind ? Date.now() : begun;
      ask((core) => core(kind, fields, at));
    }, options);
    const { name, create, tell } = await load();
    const number = create(json, crypto.getRandomValues(new Uint32Array(4)));
    const made: Core = (kind, fields, at = Date.now()) => tell(number, kind, fields, at, performance.now());
    erase = attach(number, options, report as (diagnostic: object) => void, made);
    // What they govern is unknown until they answer, from the first page view on.
    for (const { name: source, governs } of signals) made(CONSENT, JSON.stringify({ source, governs }));
    core = made;
    ears.begin(name);
    const calls = waiting ?? [];
    waiting = undefined;
    calls.forEach(ask);
  };
  const ready = start().catch((reason) => {
    fail("engine_unavailable");
    throw reason;
  });
  ready.catch(() => {}); // Whoever doesn't look at it sees no unhandled rejection.

  /** Written down now: the page may change the object afterwards. What isn't data (a cycle, a BigInt) is `code`. */
  const tell = (kind: number, fields: () => object = () => ({}), code = "", about = {}) => {
    let json: string;
    try {
      json = JSON.stringify(fields());
    } catch {
      report({ code, ...about });
      return;
    }
    ask((core) => core(kind, json));
  };

  /** What a signal tells; `setConsent` is one. */
  const hear = (source: string, choices: ConsentChoices, governs?: readonly Purpose[], version?: string) =>
    tell(CONSENT, () => ({ source, governs, choices: object(choices), version, at: Date.now() }), "consent_invalid");
  const ends = signals.map((signal) => {
    try {
      return signal.start((choices, version) => hear(signal.name, choices, signal.governs, version));
    } catch {
      report({ code: "consent_invalid", param: signal.name });
      return undefined;
    }
  });

  return {
    ready,
    track(name, params = {}, at = Date.now()) {
      const event = typeof name === "string" ? name : "";
      tell(TRACK, () => ({ name: event, params: object(params), at }), "param_type", { event });
    },
    page: () => ask(() => ears?.page()),
    identify: (user) => tell(IDENTIFY, () => ({ user: typeof user === "number" ? `${user}` : user }), "user_id_invalid"),
    setConsent: (choices) => hear("api", choices),
    flush: () => tell(FLUSH),
    reset: () => tell(RESET),
    forget: (options) => ready.then(() => erase?.(options?.proof) ?? {}, () => ({})),
    stop() {
      for (const end of ends) end?.();
      ask(() => ears?.end());
      tell(STOP);
    },
    on(_type, listener) {
      listeners.add(listener);
      kept.forEach((diagnostic) => hand(listener, diagnostic));
      return () => listeners.delete(listener);
    },
  };
}

function hand(listener: (diagnostic: Diagnostic) => void, diagnostic: Diagnostic) {
  try {
    listener(diagnostic);
  } catch (error) {
    // The listener's own mistake, reported like any other of the page's, but not from inside the tracker.
    setTimeout(() => {
      throw error;
    });
  }
}

function object(value: unknown): object {
  if (isObject(value)) return value;
  throw value;
}
