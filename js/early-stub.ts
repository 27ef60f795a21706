// A stub for pages that visitors may leave before milepost.js itself is there: what was called and consented to by then is put
// where the next page of the site looks, as early.ts does once the tag is there.
// Not here: taking it up (host.js, tracker.ts). It is copied into pages, so what it writes is understood for ever; and every
// browser sees it, so it is ES5.

import { CLICK_IDS, MOST_PUT, type Told } from "./early.js";
import { CONSENT, EARLY, HIDDEN, IDENTIFY, PAGE, RESET, STARTED, STOP, TRACK } from "./host.js";
import type { ConsentChoices, Options } from "./types.js";

type Call = [at: number, call: ArrayLike<any>];

interface Stub {
  (...call: unknown[]): void;
  q?: Call[];
}

var page = window as { milepost?: Stub };

/** Throws where nothing may be put down: storage or random numbers are refused, or what was called isn't what it should be. */
function put() {
  // The tag has no queue: it does this itself.
  var calls = page.milepost!.q!;
  var here = { url: location.href, title: document.title, referrer: document.referrer };
  var told: Told[] = [];
  var options: Options | undefined;
  var analytics: string | undefined;
  var marketing: string | undefined;
  var tell = function (kind: number, fields: object, at: number) {
    told.push([kind, JSON.stringify(fields), at]);
  };
  tell(STARTED, here, calls[0][0]);
  /** What a page that comes back needs once more; the rest is put down for good. */
  var lasting = calls.filter(function (kept) {
    var at = kept[0];
    var method = kept[1][0];
    var first = kept[1][1];
    if (method === "track") return tell(TRACK, { name: first, params: kept[1][2] || {}, at: at }, at);
    if (method === "page") return tell(PAGE, here, at);
    if (method === "identify") tell(IDENTIFY, { user: typeof first === "number" ? "" + first : first }, at);
    if (method === "reset") tell(RESET, {}, at);
    if (method === "stop") tell(STOP, {}, at);
    if (method === "init" && !options) {
      options = first as Options;
      analytics = analytics || (options.consent || {}).mode;
    }
    if (method === "setConsent") {
      var choices = first as ConsentChoices;
      tell(CONSENT, { source: "api", choices: choices, at: at }, at);
      analytics = choices.analytics || analytics;
      marketing = choices.marketing || marketing;
    }
    // All is to be gone, also what was called before.
    if (method === "forget") throw method;
    return true;
  });
  tell(HIDDEN, {}, Date.now());
  var consent = options!.consent || {};
  // What signals and the browser's own refusals say to purposes is for the tracker to know.
  if (analytics !== "granted" || options!.cookieless || consent.signals || consent.gpc || consent.dnt) return;
  var prefix = "milepost." + options!.site + "/" + EARLY;
  var text = JSON.stringify(told);
  if (marketing !== "granted" || (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl) text = text.replace(CLICK_IDS, "");
  var room = MOST_PUT - text.length;
  Object.keys(localStorage).forEach(function (key) {
    if (!key.indexOf(prefix)) room -= localStorage[key].length;
  });
  if (room < 0) return;
  localStorage.setItem(prefix + crypto.getRandomValues(new Uint32Array(4)), text);
  page.milepost!.q = lasting;
}

if (!page.milepost) {
  page.milepost = function milepost() {
    var call = page.milepost!;
    // eslint-disable-next-line prefer-rest-params -- there are none in ES5
    (call.q = call.q || []).push([Date.now(), arguments]);
  };
  addEventListener("pagehide", function () {
    try {
      put();
    } catch (refused) {
      // What was called stays, for the tag if it still comes.
    }
  });
}
