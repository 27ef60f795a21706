// @ts-check
/**
 * The browser side of the tracker: hears the page and carries out what the core asks for.
 * Deliberately not here: any decision that depends on what happened before; those are the core's.
 *
 * Plain JavaScript in one file, since wasm-bindgen takes it as it is for Rust front ends, without what it would import.
 *
 * @typedef {(kind: number, fields: string) => void} Tell What the core hears of a page by; see src/exports.rs.
 *
 * @typedef {object} Settings
 * @property {string} site
 * @property {string} collector
 * @property {{on: string, selector: string}[]} [rules]
 * @property {{scroll?: boolean}} [capture]
 * @property {{depths?: number[]}} [scroll]
 */

/** Kinds of inputs, as core/src/input/told.rs numbers them. */
export const STARTED = 0;
const ROUTED = 1;
export const PAGE = 2;
const SHOWN = 3;
export const HIDDEN = 4;
const LEFT = 5;
const RETURNED = 6;
const SCROLLED = 7;
const MEDIA = 8;
const FORM = 9;
const MARKED = 10;
export const TRACK = 11;
export const IDENTIFY = 12;
export const CONSENT = 13;
const SETTLED = 14;
const WOKEN = 15;
export const FLUSH = 16;
export const RESET = 17;
export const STOP = 18;
const LOADED = 19;
const ONLINE = 20;
const RECOVERED = 21;
export const ELSEWHERE = 22;
export const FORGET = 23;

/** After the tracker's name and a slash, in localStorage: what was called on a page that was left before its core ran. */
export const EARLY = "early.";

const REQUEST_TIMEOUT_MS = 30000;
/** A database that another page keeps shut is done without. */
const DATABASE_TIMEOUT_MS = 3000;
/** Characters of the log that are handed over at once, since that is done in one go. */
const RECOVER_AT_ONCE = 100000;
/** Characters of the log in localStorage. */
const LONGEST_SPILL = 262144;
/** Smaller bodies gain nothing from gzip that its delay is worth. */
const GZIP_FROM_BYTES = 1024;
/** Where a scroll ended is measured this much later, once for all that end until then. */
const AT_REST_MS = 1000;
/** Longer attributes are refused by the schema: no need to copy more of them. */
const LONGEST_ATTRIBUTE = 501;
const MOST_ITEMS = 201;

/**
 * What does it when trackers ask for something, by their numbers and the kinds of core/src/effect.rs.
 * @type {Record<number, (text: string, number: number) => void>[]}
 */
export const hosts = [];

/**
 * What the core of a Rust front end calls.
 *
 * @param {number} tracker
 * @param {number} kind
 * @param {number} number
 * @param {string} text
 */
export function carryOut(tracker, kind, number, text) {
  hosts[tracker][kind]?.(text, number);
}

/**
 * Carries out what a tracker asks for. Nothing here throws: a browser that refuses is a diagnostic or an outcome.
 *
 * @param {number} tracker
 * @param {Settings} settings
 * @param {(diagnostic: object) => void} report
 * @param {Tell} told
 * @param {(seed: string, heard: string, serve: (tracker: number, told: Tell) => void) => void} [adopt] Has a core of its own
 *   hear what another page did; never throws.
 */
export function attach(tracker, { site, collector }, report, told, adopt) {
  const name = "milepost." + site;
  const log = name + "/";
  const url = collector.replace(/\/+$/, "") + "/v1/batch";
  let requests = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const tell = teller(told);
  /** What was told the site already. @type {Set<string>} */
  const reported = new Set();
  /** @param {string} code @param {string} [param] */
  const reportOnce = (code, param) => {
    if (reported.size < reported.add(code + param).size) report({ code, param });
  };
  /** @param {string} store */
  const without = (store) => reportOnce("storage_unavailable", store);

  /** Any use of localStorage. @template T @param {(storage: Storage) => T} use @returns {T | undefined} */
  const local = (use) =>
    attempt(
      () => use(storage()),
      () => without("localstorage"),
    );
  /**
   * Any use of what localStorage has under keys that begin so.
   * @param {string} prefix
   * @param {(rest: string, text: string, path: string) => void} use
   */
  const walk = (prefix, use) =>
    local((storage) => {
      for (const path of keysOf(prefix)) use(path.slice(prefix.length), storage.getItem(path) ?? "", path);
    });
  /** @type {Promise<IDBDatabase> | undefined} */
  let database;
  /** What was kept of the visitor last, and whether the browser took it. */
  let persisted = "";
  let stays = false;
  /** The page came back from the back/forward cache, where it heard of nothing. */
  let back = false;
  /** Parts of the log that are, or may be, in localStorage, and their lengths. @type {Map<string, number>} */
  const spilled = new Map();
  /** Parts that this page wrote. @type {Set<string>} */
  const own = new Set();
  /** Parts as they were read, those of other pages too. @type {Map<string, string[]>} */
  let found = new Map();
  /** While the log is being read, or kept from other tabs. @type {Promise<unknown> | null | undefined} */
  let recovering;
  /** Lets other tabs at the log. */
  let release = () => {};

  const open = async () => {
    const request = indexedDB.open(name);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("log");
      request.transaction?.commit?.();
    };
    request.addEventListener("success", () => {
      const { result } = request;
      // Another tab deletes the database: whoever writes next makes it anew.
      result.onversionchange = result.onclose = () => {
        result.close();
        database = undefined;
      };
    });
    await done(request);
    return request.result;
  };
  const close = () => {
    database?.then((opened) => opened.close()).catch(() => {});
    database = undefined;
    release();
  };
  /**
   * One transaction, committed at once: left to itself it may shut every page of the site out.
   * What was asked for; false when the database failed, undefined when the page was left first: what mattered is spilled then.
   *
   * @param {(log: IDBObjectStore) => IDBRequest[]} use
   * @param {boolean} [reads] It only reads.
   */
  const transact = async (use, reads) => {
    try {
      const opening = (database ??= open());
      const opened = await opening;
      if (opening !== database) return undefined;
      const transaction = opened.transaction("log", reads ? "readonly" : "readwrite", { durability: "relaxed" });
      const requests = use(transaction.objectStore("log"));
      transaction.commit?.();
      await done(transaction);
      return requests.map((request) => request.result);
    } catch {
      without("indexeddb");
      return false;
    }
  };
  /** @param {string} key @param {(text: string | null) => boolean} [when] */
  const unspill = (key, when = () => true) => {
    const path = log + key;
    if (spilled.has(key)) local((storage) => when(storage.getItem(path)) && (storage.removeItem(path), spilled.delete(key)));
  };
  /** The site shares localStorage with us: parts that this page wrote there before make room. @param {string} key @param {string} text */
  const spill = (key, text) => {
    const [stream] = key.split(".");
    let length = 0;
    spilled.delete(key);
    spilled.set(key, text.length);
    local((storage) => storage.setItem(log + key, text));
    for (const [other, size] of [...spilled].reverse()) {
      if (other.startsWith(stream + ".") && (length += size) > LONGEST_SPILL) {
        unspill(other);
        without("localstorage");
      }
    }
  };
  /** @param {(key: string, text: string) => void} use @returns {(named: string, end: number) => void} */
  const parted = (use) => (named, end) => use(named.slice(0, end), named.slice(end));
  /** Tells what the log holds, and keeps other tabs off it for so long. @param {Lock | null} [lock] */
  const recover = async (lock) => {
    const { signal } = requests;
    if (lock === null) return tell(RECOVERED);
    /** @type {Map<string, string[]>} */
    const read = new Map();
    const [keys = [], texts] = (await transact((log) => [log.getAllKeys(), log.getAll()], true)) || [];
    keys.forEach((/** @type {string} */ key, /** @type {number} */ at) => read.set(key, [texts[at]]));
    walk(log, (key, text) => {
      if (key.startsWith(EARLY)) return;
      spilled.set(key, text.length);
      // What is spilled is the newer one of two.
      read.set(key, [text, ...(read.get(key) ?? [])]);
    });
    if (signal.aborted) return;
    found = read;
    const lines = [];
    let size = 0;
    let rest = 0;
    for (const key of [...read.keys()].sort()) {
      const [text] = /** @type {string[]} */ (read.get(key));
      if (size > RECOVER_AT_ONCE) rest += text.length;
      else {
        lines.push(key + "\n" + text);
        size += text.length;
      }
    }
    /** @type {Promise<void>} */
    const held = new Promise((resolve) => (release = resolve));
    tell(RECOVERED, { log: lines.join("\r"), rest });
    await held;
  };
  addEventListener("pagehide", close);
  addEventListener("pageshow", ({ persisted }) => {
    back = persisted;
  });
  // Other tabs alone are told of what a tab keeps or deletes.
  addEventListener("storage", ({ key, newValue }) => {
    if (key === name) tell(ELSEWHERE, { text: newValue });
  });
  addEventListener("securitypolicyviolation", ({ blockedURI }) => {
    if (blockedURI && url.startsWith(blockedURI)) reportOnce("collector_blocked");
  });

  /** Text, and bytes without a type, need no preflight. @param {BodyInit} body @param {RequestInit} more */
  const ask = async (body, more, to = url) => fetch(to, { method: "POST", body, credentials: "omit", ...more });
  /** One at a time, as the core has it. @param {string} sent @param {number} batch */
  const post = async (sent, batch) => {
    const { signal } = requests;
    const own = new AbortController();
    const abort = (signal.onabort = () => own.abort());
    const timeout = setTimeout(abort, REQUEST_TIMEOUT_MS);
    let status = 0;
    let wait;
    let body = "";
    try {
      const packed = await gzip(sent);
      if (!signal.aborted) {
        const answer = await ask(packed, { signal: own.signal });
        const retry = answer.headers.get("retry-after");
        // In both its forms, as milliseconds; what isn't one is no number, or negative.
        wait = retry && Math.round(+retry >= 0 ? +retry * 1000 : Date.parse(retry) - Date.now());
        body = await answer.text();
        status = answer.status;
      }
    } catch {
      // No network, a policy, a timeout: status 0.
    }
    clearTimeout(timeout);
    if (!signal.aborted) tell(SETTLED, { batch, status, wait, body });
  };

  hosts[tracker] = [
    // The page stays: an answer is waited for.
    post,
    // The page may be gone at once; what no way out is left for the core keeps.
    (body) => {
      if (!attempt(() => navigator.sendBeacon(url, body))) ask(body, { keepalive: true }).catch(() => {});
    },
    // What was persisted last is told at once; what pages before had no core for comes first.
    () => {
      if (adopt) {
        walk(log + EARLY, (seed, heard, path) => {
          storage().removeItem(path);
          adopt(seed, heard, (number, told) => {
            // It reads what is kept, and what it says goes to the log.
            const { 3: persist, 8: spill } = hosts[tracker];
            hosts[number] = { 2: () => told(LOADED, JSON.stringify({ text: storage().getItem(name) })), 3: persist, 8: spill };
          });
        });
      }
      const text = local((storage) => storage.getItem(name));
      const gone = back && stays && text === null;
      back = false;
      tell(gone ? ELSEWHERE : LOADED, { text });
    },
    // Kept in the browser.
    (text) => {
      persisted = text;
      stays = !!local((storage) => (storage.setItem(name, text), true));
    },
    // All is deleted, and requests are given up.
    () => {
      requests.abort();
      requests = new AbortController();
      close();
      spilled.clear();
      own.clear();
      found.clear();
      stays = false;
      walk(name, (rest, _, path) => {
        if (!rest || rest.startsWith("/")) storage().removeItem(path);
      });
      // Or nothing was kept there either.
      attempt(() => indexedDB.deleteDatabase(name));
    },
    // To be woken at a time of `performance.now()`, or no more.
    (_, at) => {
      clearTimeout(timer);
      // Rounded up: a timer that fires a fraction early would find nothing due.
      if (at) timer = setTimeout(() => tell(WOKEN), at - performance.now() + 1);
    },
    // The site is told.
    (json) => report(JSON.parse(json)),
    // A part of the log is written.
    parted(async (key, text) => {
      found.get(key)?.push(text) ?? own.add(key);
      const before = spilled.has(key) && local((storage) => storage.getItem(log + key));
      const written = await transact((log) => [log.put(text, key)]);
      if (written) unspill(key, (now) => now === before);
      else if (written === false) spill(key, text);
    }),
    // A part of the log is written at once.
    parted((key, text) => {
      own.add(key);
      spill(key, text);
    }),
    // A part of the log is deleted; one of another page's, only as it was read.
    async (key) => {
      const texts = own.delete(key) ? undefined : found.get(key);
      found.delete(key);
      const known = (/** @type {string | null} */ text) => !texts || texts.includes(text ?? "");
      unspill(key, known);
      const { signal } = requests;
      if (texts && !known(((await transact((log) => [log.get(key)], true)) || [])[0])) return;
      const erase = async () => {
        // Consent may be gone by now, and all that was kept with it. A page that was left first may come back.
        if (signal.aborted) return;
        const erased = await transact((log) => [log.delete(key)]);
        if (erased === undefined) addEventListener("pageshow", erase, { once: true });
      };
      erase();
    },
    // The log is read, unless another tab is at it.
    () => {
      // Firefox takes a page that was refused its own lock to hold one, and never caches it again.
      if (recovering) return recover(null);
      recovering = navigator.locks?.request(name, { ifAvailable: true }, recover) ?? recover();
      // Locks are refused where storage is.
      recovering.catch(() => recover()).then(() => (recovering = null));
    },
    () => release(),
  ];

  /** Forgets the visitor here, and given a proof that the site allows it, has the collector erase them. @param {string} [proof] */
  const forget = async (proof) => {
    /** @type {{visitor?: string, erased?: number}} */
    const told = {};
    attempt(() => (told.visitor = JSON.parse(persisted || local((storage) => storage.getItem(name)) || "{}").visitor));
    const { visitor } = told;
    persisted = "";
    tell(FORGET);
    // Also where there is no core, or none any more.
    hosts[tracker][4]("", 0);
    if (proof && visitor) {
      try {
        const answer = await ask(JSON.stringify({ site, visitor, proof }), {}, url.replace(/batch$/, "erase"));
        const { erased } = await answer.json();
        if (answer.ok) told.erased = erased;
      } catch {
        // Nothing was erased that is known of.
      }
    }
    return told;
  };
  return {
    forget,
    /** There is no core any more. */
    end() {
      requests.abort();
      release();
    },
  };
}

/**
 * Hears what visitors do, for a tracker. One listener an event type, on the window, which all events pass first.
 * Returns what tells of the page and hears that too, what begins a page view that the address doesn't tell, and what ends
 * all listening.
 *
 * @param {Tell} told
 * @param {Settings} settings
 */
export function listen(told, { rules = [], capture, scroll }) {
  /** @type {(() => void)[]} */
  const ends = [];
  /** @type {WeakMap<Element, number>} */
  const numbers = new WeakMap();
  let nextNumber = 0;
  /** @type {Set<HTMLMediaElement>} */
  const playing = new Set();
  /** @type {WeakSet<Element>} */
  let touched = new WeakSet();
  /** @type {WeakMap<Element, string>} */
  let fired = new WeakMap();
  /** @type {WeakSet<Element>} */
  let viewed = new WeakSet();
  const tell = teller(told);
  const depths = capture?.scroll === false ? [] : (scroll?.depths ?? [25, 50, 75, 90, 100]);
  let routing = false;
  let route = routeOf();
  const { href } = location;
  let over = false;
  /** The page before its first route. @type {object | undefined} */
  let first;
  let before = {};

  /** @template {Event} E @param {string} type @param {(event: E) => void} handle */
  const on = (type, handle) => {
    const guarded = /** @type {EventListener} */ (guard(handle));
    addEventListener(type, guarded, true);
    ends.push(() => removeEventListener(type, guarded, true));
  };
  /** Has an observer end with all listening. @template {{disconnect(): void}} T @param {T} observer */
  const ending = (observer) => {
    ends.push(() => observer.disconnect());
    return observer;
  };

  /** @param {Element} element */
  const numberOf = (element) => {
    if (!numbers.has(element)) numbers.set(element, nextNumber++);
    return numbers.get(element);
  };

  /** @param {Element} element @param {string} trigger The first of the rules and the mark itself that fit it. */
  const fire = (element, trigger) => {
    const { mpEvent, mpOn } = attributes(element);
    const marked = mpEvent && (mpOn || (element instanceof HTMLFormElement ? "submit" : "click")) === trigger;
    // A rule's selector may be none to this browser.
    const fits = (/** @type {string} */ selector) => attempt(() => get(element, "matches").call(element, selector));
    const rule = marked ? undefined : rules.findIndex(({ on, selector }) => on === trigger && fits(selector));
    if (rule === -1) return false;
    tell(MARKED, { rule, ...around(element) });
    return true;
  };

  on("click", (event) => {
    const path = elementsOf(event);
    if (!path.some(ignored)) path.some((element) => fire(element, "click"));
  });
  on("submit", (event) => {
    const [form] = elementsOf(event);
    if (!form || ignored(form)) return;
    tellForm(form, 1);
    fire(form, "submit");
  });

  /** @param {Element} form @param {number} moment @param {string} [fields] */
  const tellForm = (form, moment, fields) => {
    touched.add(form);
    /** @param {string} attribute */
    const the = (attribute) => get(form, "getAttribute").call(form, attribute);
    const to = the("action");
    const action = to && new URL(to, document.baseURI).href;
    tell(FORM, { element: numberOf(form), moment, id: the("id"), name: the("name"), action, fields });
  };
  /** @param {Event} event */
  const touch = (event) => {
    const form = elementsOf(event).find((element) => element instanceof HTMLFormElement);
    if (form && !touched.has(form) && !ignored(form)) tellForm(form, 0);
  };
  on("focusin", touch);
  on("input", touch);
  /** @type {Map<Element, string[]>} */
  const invalid = new Map();
  on("invalid", (event) => {
    const [field] = elementsOf(event);
    const form = field?.closest("form");
    if (!form || ignored(field)) return;
    const names = invalid.get(form) ?? [];
    names.push(field.getAttribute("name") || field.id);
    invalid.set(form, names);
    tellInvalid();
  });
  // The browser names every invalid field of a form in one task.
  const tellInvalid = soon(setTimeout, () => {
    for (const [form, names] of invalid) tellForm(form, 2, names.join().slice(0, 500));
    invalid.clear();
  });

  /** @param {HTMLMediaElement} media @param {number} moment */
  const tellMedia = (media, moment) => {
    // A silent loop without controls is decoration.
    if (ignored(media) || (media.autoplay && media.muted && media.loop && !media.controls)) return;
    const { played, currentSrc } = media;
    let seen = 0;
    for (let range = 0; range < played.length; range++) seen += played.end(range) - played.start(range);
    /** @param {number} seconds */
    const ms = (seconds) => Math.round(seconds * 1000);
    tell(MEDIA, {
      element: numberOf(media),
      moment,
      audio: media.localName === "audio",
      position: ms(media.currentTime),
      duration: ms(media.duration),
      watched: ms(seen),
      title: media.dataset.mpTitle || media.getAttribute("aria-label") || media.title,
      url: /^https?:/.test(currentSrc) && currentSrc,
    });
  };
  for (const [type, moment] of Object.entries({ play: 0, timeupdate: 1, pause: 1, seeking: 1, ended: 2, emptied: 3 })) {
    on(type, (event) => {
      const media = /** @type {HTMLMediaElement} */ (event.target);
      if (!moment) playing.add(media);
      else if (moment > 1 || type === "pause") playing.delete(media);
      tellMedia(media, moment);
    });
  }

  const measure = guard(() => {
    const { scrollHeight } = document.documentElement;
    const page = Math.max(scrollHeight, document.body?.scrollHeight ?? 0);
    tell(SCROLLED, { top: Math.round(scrollY), window: innerHeight, page });
  });
  /** Depth without work while scrolling: the share of the page above the window's lower edge is an intersection. */
  const watchDepth = () => {
    if (!depths.length) return;
    const page = document.documentElement;
    const tall = [page, document.body].find((element) => element && page.scrollHeight - element.getBoundingClientRect().height < 32);
    if (!tall) {
      // A page whose boxes don't grow with what flows out of them is measured while it scrolls, once a frame.
      on("scroll", soon(requestAnimationFrame, measure));
      return measure();
    }
    const options = {
      // A little early: a threshold is only crossed once, and heights are rounded.
      threshold: depths.map((depth) => Math.max(0, depth / 100 - 0.002)),
      rootMargin: "9999999px 0px 0px",
    };
    for (const observer of [new IntersectionObserver(measure, options), new ResizeObserver(measure)]) ending(observer).observe(tall);
    // A wheel ends a scroll at every turn.
    on(
      "scrollend",
      soon((rest) => setTimeout(rest, AT_REST_MS), measure),
    );
  };

  /** @type {Map<Element, ReturnType<typeof setTimeout>>} */
  const visible = new Map();
  const viewObserver = new IntersectionObserver(
    guard((entries) => {
      for (const { target, isIntersecting } of entries) {
        clearTimeout(visible.get(target));
        visible.delete(target);
        if (isIntersecting && document.visibilityState === "visible") {
          visible.set(target, setTimeout(guard(() => view(target)), 1000));
        }
      }
    }),
    { threshold: 0.5 },
  );
  const lookAway = () => {
    viewObserver.disconnect();
    visible.forEach(clearTimeout);
    visible.clear();
  };
  ends.push(lookAway);

  /** Once a page view. @param {Element} element */
  const view = (element) => {
    viewed.add(element);
    visible.delete(element);
    viewObserver.unobserve(element);
    if (!ignored(element)) fire(element, "view");
  };
  /** Once for what the element stands for: a framework that reuses it for another product sets it off again. @param {Element} element */
  const loaded = (element) => {
    const { mpEvent, mpItemId, mpItemName, mpTransactionId } = attributes(element);
    const is = [mpEvent, mpItemId, mpItemName, mpTransactionId].join("\n");
    if (fired.get(element) === is || ignored(element)) return;
    fired.set(element, is);
    fire(element, "load");
  };
  /** @type {{selector: string, on?: string}[]} */
  const marked = [{ selector: "[data-mp-on]" }, ...rules.filter(({ on }) => on === "load" || on === "view")];
  const scan = guard(() => {
    for (const { selector, on } of marked) {
      // The rule's selector may be none to this browser.
      for (const element of attempt(() => document.querySelectorAll(selector)) ?? []) {
        const trigger = on ?? attributes(element).mpOn;
        if (trigger === "load") loaded(element);
        else if (trigger === "view" && !viewed.has(element)) viewObserver.observe(element);
      }
    }
  });
  const scanSoon = soon(requestAnimationFrame, () => {
    // A new view looks itself.
    if (!routing) scan();
  });
  const watchMarks = () => {
    scan();
    const attributeFilter = ["data-mp-event", "data-mp-item-id", "data-mp-on"];
    ending(new MutationObserver(scanSoon)).observe(document, { childList: true, subtree: true, attributeFilter });
  };

  const newView = () => {
    touched = new WeakSet();
    viewed = new WeakSet();
    look();
    measure();
  };
  /** Observing an element anew tells whether it is on screen now. */
  const look = () => {
    lookAway();
    scan();
  };
  /** The framework changes the title and the page after the address: look when it has. Two changes in a row are one. */
  const routed = () => {
    if (!routing) before = { url: href, title: document.title };
    routing = true;
    routedSoon();
  };
  const routedSoon = soon(setTimeout, () => {
    routing = false;
    if (routeOf() === route) return;
    first ??= before;
    route = routeOf();
    tellPage(told, ROUTED);
    newView();
  });

  /** The last moment: what is playing and how far it is scrolled, then what waits. */
  const leaving = (/** @type {number} */ kind) => {
    for (const media of playing) tellMedia(media, 1);
    if (depths.length) measure();
    tell(kind);
  };

  for (const name of /** @type {const} */ (["pushState", "replaceState"])) {
    const original = history[name];
    /** @type {typeof original} @this {History} */
    const wrapped = function (...change) {
      original.apply(this, change);
      routed();
    };
    // A page may have frozen it.
    if (Reflect.set(history, name, wrapped)) {
      ends.push(() => {
        if (history[name] === wrapped) history[name] = original;
      });
    }
  }
  on("popstate", routed);
  on("hashchange", routed);

  /**
   * The core is there: it is told of the page, and then of what came before it was.
   * @param {string} [engine] What it runs on.
   * @param {boolean} [seen] The page's view, and what came until then, has been told of where another page's core took it up.
   * @param {() => void} [catchUp]
   */
  const begin = (engine = "wasm", seen = false, catchUp) => {
    on("online", () => tell(ONLINE));
    on("visibilitychange", () => {
      if (document.visibilityState === "hidden") return leaving(HIDDEN);
      tell(SHOWN);
      // What was on screen all the while is seen from now on.
      look();
    });
    // On window: it never fires on the document.
    on("pagehide", () => leaving(LEFT));
    on("pageshow", (/** @type {PageTransitionEvent} */ event) => {
      if (!event.persisted) return;
      tellPage(told, RETURNED);
      fired = new WeakMap();
      newView();
    });

    tellPage(told, STARTED, { engine, seen, ...(seen ? {} : first) });
    catchUp?.();
    if (over) return;
    for (const element of document.querySelectorAll("video,audio")) {
      const media = /** @type {HTMLMediaElement} */ (element);
      if (media.paused || playing.has(media)) continue;
      playing.add(media);
      tellMedia(media, 0);
    }
    /** @param {boolean} is @param {string} type @param {() => void} run */
    const once = (is, type, run) => (is ? attempt(run) : on(type, run));
    once(document.readyState !== "loading", "DOMContentLoaded", watchMarks);
    once(document.readyState === "complete", "load", watchDepth);
  };
  return {
    begin,
    first: () => first,
    page: guard(() => {
      tellPage(told, PAGE);
      newView();
    }),
    end() {
      over = true;
      for (const end of ends.splice(0)) end();
    },
  };
}

/** The address as far as it tells pages apart: another fragment is another page only where it is a router's. */
function routeOf() {
  return location.href.replace(/#(?![/!]).*/, "");
}

/** Tells the core of the page, and at its start of the device. @param {Tell} told @param {number} kind @param {object} [about] What else it is told. */
export function tellPage(told, kind, about) {
  const { title, referrer } = document;
  const { width, height } = screen;
  const device = () => ({
    width,
    height,
    coarse: matchMedia("(pointer:coarse)").matches,
    language: navigator.language,
    screen: width + "x" + height,
    viewport: innerWidth + "x" + innerHeight,
    gpc: /** @type {any} */ (navigator).globalPrivacyControl,
    dnt: navigator.doNotTrack === "1",
  });
  told(kind, JSON.stringify({ url: location.href, title, referrer, ...(kind ? {} : device()), ...about }));
}

/**
 * What tells facts as objects, also where nobody is above to catch a trap.
 * @param {Tell} told
 * @returns {(kind: number, fields?: object) => void}
 */
function teller(told) {
  return guard((kind, fields = {}) => told(kind, JSON.stringify(fields)));
}

/** @type {Storage | undefined} */
let given;

/**
 * localStorage; throws where it is refused. WebKit gives none to a page that is closed by its own script, but what it gave
 * before works to the end.
 */
export function storage() {
  return (given ??= localStorage);
}

/** Keys in localStorage that begin so. @param {string} prefix */
export function keysOf(prefix) {
  return Object.keys(storage()).filter((path) => path.startsWith(prefix));
}

/**
 * The page never sees an exception of ours: where a browser API isn't what it should be, or a core traps, this fact is lost and
 * the page goes on.
 *
 * @template T
 * @param {() => T} run
 * @param {(error: unknown) => any} [otherwise]
 * @returns {T | undefined}
 */
export function attempt(run, otherwise) {
  try {
    return run();
  } catch (error) {
    return otherwise?.(error);
  }
}

/**
 * @template {unknown[]} A
 * @param {(...args: A) => void} run
 * @returns {(...args: A) => void}
 */
function guard(run) {
  return (...args) => attempt(() => run(...args));
}

/** One run for all that ask for it until then. @param {(run: () => void) => void} later @param {() => void} run */
function soon(later, run) {
  let waits = false;
  return () => {
    if (waits) return;
    waits = true;
    later(() => {
      waits = false;
      attempt(run);
    });
  };
}

/** What a database doesn't do in time it doesn't do. @param {any} asked A request, or a transaction. */
function done(asked) {
  return new Promise((resolve, reject) => {
    asked.onsuccess = asked.oncomplete = resolve;
    asked.onerror = asked.onabort = reject;
    setTimeout(reject, DATABASE_TIMEOUT_MS);
  });
}

/** @param {string} body @returns {Promise<BodyInit>} */
async function gzip(body) {
  if (body.length < GZIP_FROM_BYTES || !window.CompressionStream) return body;
  return new Response(new Blob([body]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
}

/** The event's elements from the inside out, through shadow roots. @param {Event} event @returns {Element[]} */
function elementsOf(event) {
  return /** @type {Element[]} */ (event.composedPath().filter((node) => node instanceof Element));
}

/** @param {Element} element */
function ignored(element) {
  return !!get(element, "closest").call(element, "[data-mp-ignore]");
}

/**
 * A form's field may be called as what the form is asked for: the prototypes are not fooled by it.
 * @param {Element} element
 * @param {string} name
 */
function get(element, name) {
  return Reflect.get(HTMLElement.prototype, name, element);
}

/** The `data-mp-*` attributes. @param {Element} element */
function attributes(element) {
  /** @type {Record<string, string>} */
  const found = {};
  if (element instanceof HTMLElement) {
    for (const [name, value] of Object.entries(get(element, "dataset"))) {
      if (name.startsWith("mp")) found[name] = value.slice(0, LONGEST_ATTRIBUTE);
    }
  }
  return found;
}

/** The marks around an element, from its own on. @param {Element} element */
function around(element) {
  const chain = [];
  /** @type {Element | undefined} */
  let scope;
  for (let node = /** @type {Element | null} */ (element); node; node = parentOf(node)) {
    const marks = attributes(node);
    if (node === element || Object.keys(marks).length) chain.push(marks);
    if ("mpItems" in marks) scope ??= node;
  }
  const inside = [];
  for (const item of (scope ?? element).querySelectorAll("[data-mp-item-id],[data-mp-item-name]")) {
    if (inside.push(attributes(item)) >= MOST_ITEMS) break;
  }
  return { chain, inside };
}

/** @param {Element} element @returns {Element | null} */
function parentOf(element) {
  const parent = get(element, "parentNode");
  return parent instanceof ShadowRoot ? parent.host : parent instanceof Element ? parent : null;
}
