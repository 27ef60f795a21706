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

/** A pattern for a text, choices, a range of whole numbers, a test, or the shape of an object's members. */
type Shape = RegExp | readonly string[] | readonly [number, number] | ((value: unknown, path: string) => void) | { readonly [name: string]: Shape };

const bool = (value: unknown, path: string) => {
  if (typeof value !== "boolean") invalid(path);
};
const decimal = (value: unknown, path: string) => {
  if (!/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(String(value))) invalid(path);
};
const each = (shape: Shape, most: number) => (value: unknown, path: string) => {
  if (!Array.isArray(value) || value.length > most) invalid(path);
  else value.forEach((element, at) => check(element, shape, `${path}[${at}]`));
};
/** A signal is the site's own object, which may have more members. */
const signal = (value: unknown, path: string) => {
  const { name, governs, start } = object(value, path);
  check({ name, governs, start }, { "name!": /^[\w.-]{1,40}$/, "governs!": PURPOSES, "start!": callable }, path);
};
const callable = (value: unknown, path: string) => {
  if (typeof value !== "function") invalid(path);
};
const PURPOSES = each(["analytics", "marketing", "functional"], Infinity);
const name = /^[a-z]\w{0,39}$/i;
const currency = /^[A-Z]{3}$/;

/** Members that must be there are named with an exclamation mark. */
const OPTIONS: Shape = {
  "site!": /^[\w.-]{1,64}$/,
  "collector!": /^(https?:\/\/|\/)[^?# ]*$/,
  consent: { mode: ["required", "granted"], signals: each(signal, Infinity), gpc: PURPOSES, dnt: PURPOSES },
  capture: { pageViews: bool, scroll: bool, media: bool, forms: bool, cart: bool, checkout: bool },
  scroll: { depths: each([1, 100], 20), shortPages: bool },
  conversions: (value, path) => {
    if (typeof value === "string") check(value, ["ecommerce", "saas", "lead", "media"], path);
    else {
      for (const [event, definition] of Object.entries(object(value, path))) {
        const at = `${path}.${event}`;
        check(definition, DEFINITION, at);
        const { tier, value: worth, rate, macroValue } = definition as Record<string, unknown>;
        const [fixed, share, whole] = [worth, rate, macroValue].map((amount) => amount !== undefined);
        // A worth is an amount or a share of one, and only a micro conversion has one.
        if (!name.test(event) || share !== whole || (fixed && share) || (tier === "macro" && (fixed || share))) invalid(at);
      }
    }
  },
  rules: each({ "on!": ["click", "submit", "view", "load"], "selector!": /./, "event!": name, params: object }, Infinity),
  currency,
  urlParams: each(/./, Infinity),
  batch: { maxEvents: [1, 500], maxBytes: [1_000, 60_000], maxWaitMs: [0, 600_000] },
  cookieless: bool,
  sessionMinutes: [1, 1440],
};

const DEFINITION: Shape = {
  "tier!": ["micro", "macro"],
  category: ["process", "engagement", "lead"],
  stage: ["awareness", "consideration", "decision", "retention"],
  macro: name,
  primary: bool,
  value: decimal,
  rate: decimal,
  macroValue: decimal,
};

/** Throws an {@link OptionError} for the first option that is wrong. */
export function checkOptions(options: unknown): void {
  check(options, OPTIONS, "");
}

function check(value: unknown, shape: Shape, path: string): void {
  if (typeof shape === "function") shape(value, path);
  else if (shape instanceof RegExp) {
    if (typeof value !== "string" || !shape.test(value)) invalid(path);
  } else if (Array.isArray(shape)) {
    const [low, high] = shape as [unknown, number];
    const fits = typeof low === "number" ? Number.isInteger(value) && (value as number) >= low && (value as number) <= high : shape.includes(value);
    if (!fits) invalid(path);
  } else {
    const members = object(value, path);
    const shapes = shape as { readonly [name: string]: Shape };
    const at = (member: string) => (path ? `${path}.${member}` : member);
    for (const member of Object.keys(members)) {
      const known = Object.keys(shapes).find((key) => key.replace("!", "") === member);
      if (!known) throw new OptionError("option_unknown", at(member));
      if (members[member] !== undefined) check(members[member], shapes[known], at(member));
    }
    for (const key of Object.keys(shapes)) {
      const member = key.replace("!", "");
      if (key !== member && members[member] === undefined) throw new OptionError("option_missing", at(member));
    }
  }
}

/** Whether it has members: neither a list nor `null`. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && !!value && !Array.isArray(value);
}

function object(value: unknown, path: string): Record<string, unknown> {
  return isObject(value) ? value : invalid(path);
}

function invalid(path: string): never {
  throw new OptionError("option_invalid", path);
}
