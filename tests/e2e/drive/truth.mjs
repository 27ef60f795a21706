// What a perfect measurement of the drive would count: kept from what the walker did, never from the tracker.

export const DEPTHS = [25, 50, 75, 90, 100];
export const SHARES = [10, 25, 50, 75, 90];

/** Counts by event name, over all visitors. */
export class Truth {
  #counts = new Map();

  /** `log` is told of each act that counts: `{ name, ...detail }`. */
  visitor(log = () => {}) {
    return new VisitorTruth((act) => {
      this.#counts.set(act.name, (this.#counts.get(act.name) ?? 0) + 1);
      log(act);
    });
  }

  counts() {
    return Object.fromEntries([...this.#counts].sort(([left], [right]) => (left < right ? -1 : 1)));
  }
}

/**
 * One visitor. Without a choice, what happens waits with its document; a grant on that document makes it count, a
 * refusal drops it, and a document that is never seen again takes it along: nothing may be stored before a choice.
 */
class VisitorTruth {
  choice = null;
  #count;
  #waiting = new Map();

  constructor(count) {
    this.#count = count;
  }

  happened(document, act) {
    if (this.choice === "granted") this.#count(act);
    if (this.choice === null) this.#waiting.set(document, [...(this.#waiting.get(document) ?? []), act]);
  }

  chose(document, choice) {
    this.choice = choice;
    this.arrived(document);
  }

  /** A page that comes back from the back/forward cache learns of a choice made elsewhere. */
  arrived(document) {
    if (this.choice === null) return;
    if (this.choice === "granted") for (const act of this.#waiting.get(document) ?? []) this.#count(act);
    this.#waiting.delete(document);
  }
}

/** Depths reached at `{ bottom, page, window }`, in pixels; none on a page that fits the window. */
export function depthsOf({ bottom, page, window }) {
  if (page <= window + 2) return [];
  return DEPTHS.filter((depth) => bottom + 1 >= (page * depth) / 100);
}

/** Whether rounding could decide if a depth was reached; the end of the page is no such case. */
export function isCloseCall({ bottom, page, window }) {
  if (page <= window + 2 || bottom + 1 >= page) return false;
  return DEPTHS.some((depth) => Math.abs(bottom - (page * depth) / 100) < 8);
}
