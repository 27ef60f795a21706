// Checks options before the WebAssembly is there, so that `createTracker` can refuse them at once.
// The core then trusts them; for Rust front ends it checks the same itself, in core/src/options/check.rs.

/** A wrong option. */
export class OptionError extends Error {
  override name = "OptionError";
  constructor(
    /** `option_unknown`, `option_missing` or `option_invalid`. */
    readonly code: string,
    /** Where: `batch.maxEvents`, `rules[2].on`. */
    readonly path: string,
  ) {
    super(`milepost: ${code}: ${path || "options"}`);
  }
}

/** A test, or a pattern for a value with its type before it. */
type Shape = RegExp | ((value: unknown, path: string) => boolean);

/** An object of these members, of which the first so many have to be there; with others only when `open`. */
const has =
  (required: number, shapes: { readonly [name: string]: Shape }, open?: true): Shape =>
  (value, path) =>
    isObject(value) &&
    Object.keys({ ...(open ? {} : value), ...shapes }).every((name) => {
      const known = Object.keys(shapes).indexOf(name);
      const at = `${path}.${name}`;
      if (known < 0) fail("unknown", at);
      if (value[name] !== undefined) return check(value[name], shapes[name], at);
      return known >= required || fail("missing", at);
    });
const each =
  (shape: Shape, most = Infinity): Shape =>
  (value, path) =>
    Array.isArray(value) && value.length <= most && value.every((element, at) => check(element, shape, `${path}[${at}]`));
const between =
  (least: number, most: number): Shape =>
  (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

const bool = /^boolean/;
const decimal = /^(string|number)-?\d+(\.\d+)?(e[+-]?\d+)?$/i;
const name = /^string[a-z]\w{0,39}$/i;
const some = /^string./;
const PURPOSES = each(/^string(analytics|marketing|functional)$/);

const DEFINITION = has(1, {
  tier: /^string(micro|macro)$/,
  category: /^string(process|engagement|lead)$/,
  stage: /^string(awareness|consideration|decision|retention)$/,
  macro: name,
  primary: bool,
  value: decimal,
  rate: decimal,
  macroValue: decimal,
});

const OPTIONS = has(2, {
  site: /^string[\w.-]{1,64}$/,
  collector: /^string(https?:\/\/|\/)[^?# ]*$/,
  consent: has(0, {
    mode: /^string(required|granted)$/,
    // A signal is the site's own object, which may have more members.
    signals: each(has(3, { name: /^string[\w.-]{1,40}$/, governs: PURPOSES, start: /^function/ }, true)),
    gpc: PURPOSES,
    dnt: PURPOSES,
  }),
  capture: has(0, { pageViews: bool, scroll: bool, media: bool, forms: bool, cart: bool, checkout: bool }),
  scroll: has(0, { depths: each(between(1, 100), 20), shortPages: bool }),
  conversions: (value, path) =>
    isObject(value)
      ? Object.entries(value).every(([event, definition]) => {
          const at = `${path}.${event}`;
          check(definition, DEFINITION, at);
          const told = definition as Record<string, unknown>;
          // A worth is an amount or a share of one, and only a micro conversion has one.
          const worth = ["value", "rate", "macroValue"].filter((amount) => told[amount] !== undefined);
          return check(event, name, at) && check(`${told.tier}:${worth}`, /o:$|icro:(value|rate,macroValue)$/, at);
        })
      : check(value, /^string(ecommerce|saas|lead|media)$/, path),
  rules: each(has(3, { on: /^string(click|submit|view|load)$/, selector: some, event: name, params: isObject })),
  currency: /^string[A-Z]{3}$/,
  urlParams: each(some),
  batch: has(0, { maxEvents: between(1, 500), maxBytes: between(1_000, 60_000), maxWaitMs: between(0, 600_000) }),
  cookieless: bool,
  sessionMinutes: between(1, 1440),
});

/** Throws an {@link OptionError} for the first option that is wrong. */
export const checkOptions = (options: unknown) => check(options, OPTIONS, "");

function check(value: unknown, shape: Shape, path: string): true {
  // An object may not let itself be written.
  const text = () => typeof value + (Object(value) === value ? "" : String(value));
  return (typeof shape === "function" ? shape(value, path) : shape.test(text())) || fail("invalid", path);
}

/** Whether it has members: neither a list nor `null`. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && !!value && !Array.isArray(value);
}

function fail(code: string, path: string): never {
  throw new OptionError(`option_${code}`, path.slice(1));
}
