// For visitors who leave before the core runs: what was called by then is put where the next page of the site looks.
// Not here: taking it up (host.js, tracker.ts). Nothing is touched before every source of consent has granted analytics.

import { CONSENT, EARLY, FORGET, HIDDEN, IDENTIFY, RESET, STARTED, STOP, attempt, keysOf, storage, tellPage } from "./host.js";
import type { Options, Purpose } from "./types.js";

/** What the core is told, and when it happened. */
export type Told = [kind: number, fields: string, at: number];

/** What holds for every core that hears of the page, from before its view. */
export const LASTING = [CONSENT, IDENTIFY, RESET, STOP, FORGET];
/** Most characters that pages of a site put down. */
export const MOST_PUT = 262144;
/** What is kept only where marketing is granted: the names in core/src/campaign.rs, by their ends. */
export const CLICK_IDS = /(id|epik)=[^&#"\\]*/gi;

/**
 * Puts down what is `known` from before the page view, that and what waits; taken up by another page, that waits no more.
 * `first` is the page before its first route.
 */
export function early({ site, consent, cookieless }: Options, known: Told[], waiting: Told[], first: () => object | undefined) {
  const begun = Date.now();
  const name = "milepost." + site;
  const prefix = `${name}/${EARLY}`;
  const { mode, gpc = ["marketing"], dnt = [] } = consent ?? {};
  /** Where it was put, and how much of what waits. */
  let key = "";
  let put = 0;
  let leaving = false;
  let over = false;
  let taken = false;
  let gone = false;
  let held: unknown;

  /** As core/src/consent.rs has it, but for what other tabs say. */
  const granted = (purpose: Purpose) => {
    const said: { [source: string]: unknown } = mode === "granted" && purpose === "analytics" ? { mode } : {};
    for (const [kind, fields] of [...known, ...waiting]) {
      if (kind !== CONSENT) continue;
      const { source, governs, choices } = JSON.parse(fields);
      const choice = choices?.[purpose];
      // A signal's name is no member of ours.
      if (choice || governs?.includes(purpose)) said["/" + source] = choice ?? said["/" + source];
    }
    const { globalPrivacyControl, doNotTrack } = navigator as Navigator & { globalPrivacyControl?: boolean };
    const refused = (globalPrivacyControl && gpc.includes(purpose)) || (doNotTrack === "1" && dnt.includes(purpose));
    const choices = Object.values(said);
    return !refused && choices.length > 0 && choices.every((choice) => choice === "granted");
  };

  /** Puts it down while the page may be at its end, and takes it back when it isn't, or is the `last` time. */
  const keep = (last = false) => {
    if (over) return;
    over = last;
    // Storage may be refused or full, or what a page passed on not what it should be.
    attempt(() => {
      // While it can be had: a page that closes itself in WebKit gets none any more.
      held ||= !cookieless && granted("analytics") && storage();
      // Before anything changes: Firefox may end a script in the middle of a second look, where it closes the page.
      const visit = key && storage().getItem(name);
      if (key && storage().getItem(key) === null) {
        // Another page has taken it up, or consent back; what comes now is put down anew, but for the page view.
        key = "";
        taken = true;
        over ||= visit === null;
        waiting.unshift(...waiting.splice(0, put).filter(([kind]) => LASTING.includes(kind)));
      }
      if (leaving && !over && held && granted("analytics")) {
        const path = key || prefix + crypto.getRandomValues(new Uint32Array(4));
        // Where no core ever runs, none of it is ever taken up.
        let room = MOST_PUT;
        for (const other of keysOf(prefix)) if (other !== key) room -= storage()[other].length;
        const heard = [...known];
        tellPage((kind, fields) => heard.push([kind, fields, begun]), STARTED, taken ? { seen: taken } : first());
        const fit = [...heard, ...waiting].filter(([, fields]) => (room -= fields.length) > 0);
        const text = JSON.stringify([...fit, [HIDDEN, "", Date.now()]]);
        storage().setItem(path, granted("marketing") ? text : text.replace(CLICK_IDS, ""));
        key = path;
        put = fit.length - heard.length;
      } else if (key) {
        storage().removeItem(key);
        key = "";
      }
    });
  };

  for (const type of ["pagehide", "pageshow", "visibilitychange"]) {
    addEventListener(type, () => {
      gone = type === "pagehide" || (gone && type !== "pageshow");
      leaving = gone || document.visibilityState === "hidden";
      keep();
    });
  }

  return {
    keep,
    /**
     * The core is there: what was put down is taken back. What arrives while the page is left is for when it comes back.
     * Tells whether another page has taken it up, and the page view with it.
     */
    async end() {
      if (gone) await new Promise((resolve) => addEventListener("pageshow", resolve));
      keep(true);
      return taken;
    },
  };
}
