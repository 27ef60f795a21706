// Any other platform: an event of its own, and a function that reads it.

import { hear, signal } from "./signal.js";
import type { ConsentChoices, ConsentSignal, Purpose } from "../types.js";

/**
 * A signal named after an event that the platform dispatches on anything in the page; in the name, `_` stands for what
 * is neither letter nor digit, dot nor hyphen.
 *
 * `map` makes choices of the event. It is also called once at the start, without an event, to read a choice made earlier;
 * what it leaves out, or does wrong, is unknown.
 */
export function consentEvent(
  type: string,
  map: (event?: any) => ConsentChoices | null | undefined,
  governs: readonly Purpose[] = ["analytics", "marketing"],
): ConsentSignal {
  return signal(type.replace(/[^\w.-]/g, "_"), Object.fromEntries(governs.map((purpose) => [purpose, [purpose]])), (judge, ends) => {
    const read = (event?: Event) => {
      const choices = map(event)!;
      judge((purpose) => (({ granted: true, denied: false }) as Record<string, boolean>)[choices[purpose as Purpose]!]);
    };
    hear(type, read, ends);
    read();
  });
}
