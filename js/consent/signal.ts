// What a consent signal is, and how each adapter makes one: verdicts on names become choices for purposes.
// Nothing here throws into the page, whatever a consent platform says. Not here: how signals combine; the core does that.

import type { Choice, ConsentChoices, ConsentSignal, Purpose } from "../types.js";

/** For each purpose the names that a platform must agree to: all of them for a grant; one refusal is a refusal. */
export type Mapping<Name = string> = { readonly [purpose in Purpose]?: readonly Name[] };

/** What a platform says of a name: yes, no, or nothing yet; several answers count as so many names, none as no name. */
export type Verdict = boolean | undefined | readonly (boolean | undefined)[];

/** Asks for a verdict on each name of each purpose and tells what changed. Returns whether every purpose is decided. */
export type Judge<Name> = (verdict: (name: Name) => unknown, version?: unknown) => boolean;

/** The first pause between two looks for a platform; each one after is twice as long. */
const FIRST_PAUSE_MS = 25;
/** Pauses grow to 51.2 s: 13 looks in 102 s. A platform that comes later is found on the next page. */
const LONGEST_PAUSE_MS = 60_000;

/** A signal that judges by a mapping. What ends the listening goes into `ends`. */
export function signal<Name>(name: string, mapping: Mapping<Name>, begin: (judge: Judge<Name>, ends: (() => void)[]) => void): ConsentSignal {
  const governs = Object.keys(mapping) as Purpose[];
  return {
    name,
    governs,
    start(tell) {
      const ends: (() => void)[] = [];
      let told = "";
      let over = false;
      const judge: Judge<Name> = (verdict, version) => {
        const choices: ConsentChoices = {};
        const said = governs.map((purpose) => (choices[purpose] = attempt(() => weigh(mapping[purpose]!.flatMap(verdict as () => unknown))) ?? "unknown"));
        const decided = said.some((choice) => choice !== "unknown");
        const named = version === undefined ? version : attempt(() => `${version}`);
        const now = `${said} ${named}`;
        // It has answered once it has decided on something; from then on every change is told.
        if (!over && now !== told && (told || decided)) {
          told = now;
          attempt(() => tell(choices, named));
        }
        return !said.includes("unknown");
      };
      attempt(() => begin(judge, ends));
      return () => {
        over = true;
        ends.forEach(attempt);
      };
    },
  };
}

function weigh(verdicts: unknown[]): Choice {
  if (verdicts.includes(false)) return "denied";
  return verdicts.length && verdicts.every((yes) => yes === true) ? "granted" : "unknown";
}

/** Looks at once, and again after longer and longer pauses, until `find` returns something true. */
export function lookFor(find: () => unknown, ends: (() => void)[]) {
  let timer: ReturnType<typeof setTimeout>;
  let pause = FIRST_PAUSE_MS;
  const look = () => {
    if (attempt(find) || pause > LONGEST_PAUSE_MS) return;
    timer = setTimeout(look, pause);
    pause *= 2;
  };
  look();
  ends.push(() => clearTimeout(timer));
}

/** Hears an event, bubbling or not, until the signal ends. */
export function hear(type: string, listener: (event: any) => void, ends: (() => void)[]) {
  const heard = (event: Event) => attempt(() => listener(event));
  addEventListener(type, heard, true);
  ends.push(() => removeEventListener(type, heard, true));
}

/** What `run` returns, or nothing if it throws. */
export function attempt<Result>(run: () => Result): Result | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
