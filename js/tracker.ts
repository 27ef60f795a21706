// A tracker as the page holds it: there at once, queueing until the core runs, never throwing after that.

import { LASTING, early, type Told } from "./early.js";
import {
  CONSENT,
  ELSEWHERE,
  FLUSH,
  FORGET,
  IDENTIFY,
  PAGE,
  RESET,
  STARTED,
  STOP,
  TRACK,
  attach,
  attempt,
  listen,
  tellPage,
} from "./host.js";
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
  setConsent(choices: ConsentChoices, at?: number): void;
}

/** Tells the core what happened. */
type Core = (kind: number, fields: string, at?: number) => void;

/** Most diagnostics that are kept for a listener that comes later. */
const MOST_KEPT = 50;
/** Most calls that wait for the core, and most of what it was told that a second one has to know. */
const MOST_WAITING = 1000;
/** In what another tab keeps, as it is told. */
const MARKETING = /marketing\W+granted/;

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
  /** What was told of consent and of the visitor. What signals govern is unknown until they answer, from the first page view on. */
  const known = signals.map(({ name: source, governs }): Told => [CONSENT, JSON.stringify({ source, governs }), 0]);
  const waiting: Told[] = [];
  const memory = early(options, known, waiting, () => ears?.first());
  let core: Core | undefined;
  let trapped = false;
  let elsewhere = "";
  let ears: ReturnType<typeof listen> | undefined;
  const begun = Date.now();
  let host: ReturnType<typeof attach> | undefined;

  const report = (diagnostic: Diagnostic) => {
    if (kept.push(diagnostic) > MOST_KEPT) kept.shift();
    for (const listener of listeners) hand(listener, diagnostic);
  };
  /** Told now or once the core is there. */
  const told: Core = (kind, fields, at = kind ? Date.now() : begun) => {
    if (core) core(kind, fields, at);
    else if (waiting.length < MOST_WAITING) {
      waiting.push([kind, fields, at]);
      memory.keep();
    } else report({ code: "waiting_full" });
  };
  const end = () => {
    ears?.end();
    core = () => {};
  };

  const start = async () => {
    // A visitor may act before the core runs.
    ears ??= listen(told, options);
    const { name, create, tell } = await load();
    const seen = await memory.end();
    const number = create(json, crypto.getRandomValues(new Uint32Array(4)));
    const made: Core = (kind, fields, at = Date.now()) => {
      // Timers and answers of a core that failed are nobody's.
      if (core !== made) return;
      if (LASTING.includes(kind)) known.push([kind, fields, 0]);
      // What another tab took back isn't granted anew.
      if (kind === ELSEWHERE) fields.includes(":null") ? known.push([FORGET, "", 0]) : (elsewhere = fields);
      if (kind === STOP) ears?.end();
      try {
        tell(number, kind, fields, at, performance.now());
      } catch {
        // A trap ends the core, a second one the tracker, neither the page.
        core = undefined;
        host?.end();
        if (trapped || known.length > MOST_WAITING) end();
        else {
          trapped = true;
          running = run();
        }
        report({ code: "engine_failed" });
      }
    };
    /** What another page had no core for is told to one of its own, at the time it happened. */
    const adopt = (seed: string, heard: string, serve: (tracker: number, told: Core) => void) => {
      // Where it isn't a text of ours, or there is a trap, the page goes on.
      attempt(() => {
        const other = create(json, seed.split(",") as Iterable<any>);
        const hear: Core = (kind, fields, at = Date.now()) => tell(other, kind, fields, at, performance.now());
        serve(other, hear);
        for (const [kind, fields, at] of JSON.parse(heard) as Told[]) {
          // A stub told of the page alone: the browser is the same one.
          if (kind) hear(kind, fields, at);
          else tellPage((kind, fields) => hear(kind, fields, at), STARTED, { engine: name, ...JSON.parse(fields) });
        }
      });
    };
    core = made;
    host = attach(number, options, report as (diagnostic: object) => void, made, adopt);
    if (elsewhere && !MARKETING.test(elsewhere)) known.push([CONSENT, `{"source":"tab","choices":{"marketing":"denied"}}`, 0]);
    for (const [kind, fields] of known.splice(0)) made(kind, fields);
    const catchUp = () => {
      for (const [kind, fields, at] of waiting.splice(0)) told(kind, fields, kind < TRACK ? at : undefined);
    };
    if (!trapped) return ears.begin(name, seen, catchUp);
    tellPage(made, STARTED, { engine: name });
    catchUp();
  };
  const run = () => {
    const running = start().catch((reason) => {
      // What waits stays, for the next page: WebKit gives up on what loads before it says that the page is left.
      core = undefined;
      ears?.end();
      if (trapped) end();
      report({ code: "engine_unavailable" });
      throw reason;
    });
    running.catch(() => {}); // Whoever doesn't look at it sees no unhandled rejection.
    return running;
  };
  const ready = run();
  let running = ready;

  /** Written down now: the page may change the object afterwards. What isn't data (a cycle, a BigInt) is `code`. */
  const tell = (kind: number, fields: () => object, code: string, about = {}) => {
    const json = attempt(() => JSON.stringify(fields()));
    if (json) told(kind, json);
    else report({ code, ...about });
  };

  /** What a signal tells; `setConsent` is one. */
  const hear = (source: string, choices: ConsentChoices, governs?: readonly Purpose[], version?: string, at = Date.now()) =>
    tell(CONSENT, () => ({ source, governs, choices: object(choices), version, at }), "consent_invalid");
  const ends = signals.map((signal) =>
    attempt(
      () => signal.start((choices, version) => hear(signal.name, choices, signal.governs, version)),
      () => report({ code: "consent_invalid", param: signal.name }),
    ),
  );

  return {
    ready,
    track(name, params = {}, at = Date.now()) {
      const event = typeof name === "string" ? name : "";
      tell(TRACK, () => ({ name: event, params: object(params), at }), "param_type", { event });
    },
    page: () => (core ? ears?.page() : tellPage(told, PAGE)),
    identify: (user) => tell(IDENTIFY, () => ({ user: typeof user === "number" ? `${user}` : user }), "user_id_invalid"),
    setConsent: (choices, at) => hear("api", choices, undefined, undefined, at),
    flush: () => told(FLUSH, ""),
    reset: () => told(RESET, ""),
    forget(asked) {
      memory.keep(true);
      return running.catch(() => {}).then(() => (host ??= attach(-1, options, report as (diagnostic: object) => void, () => {})).forget(asked?.proof));
    },
    stop() {
      for (const end of ends) end?.();
      told(STOP, "");
    },
    on(_type, listener) {
      listeners.add(listener);
      kept.forEach((diagnostic) => hand(listener, diagnostic));
      return () => listeners.delete(listener);
    },
  };
}

function hand(listener: (diagnostic: Diagnostic) => void, diagnostic: Diagnostic) {
  attempt(
    () => listener(diagnostic),
    (error) =>
      // The listener's own mistake, reported like any other of the page's, but not from inside the tracker.
      setTimeout(() => {
        throw error;
      }),
  );
}

function object(value: unknown): object {
  if (isObject(value)) return value;
  throw value;
}
