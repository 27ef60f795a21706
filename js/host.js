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

/** Kinds of inputs, as core/src/input/read.rs numbers them. */
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

/** After the tracker's name in localStorage: what was called on a page that was left before its core ran. */
export const EARLY = "/early.";

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

/** What trackers ask for, by their numbers and the kinds of src/host.rs. @type {Record<number, (text: string, number: number) => void>[]} */
const hosts = [];

/**
 * What the core calls.
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
  const url = collector.replace(/\/+$/, "") + "/v1/batch";
  let requests = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  // Timers and answers come with nobody above them to catch a trap.
  const tell = guard(told);
  /** What was told the site already. @type {Set<string>} */
  const reported = new Set();
  /** @param {string} code @param {string} [param] */
  const reportOnce = (code, param) => {
    if (reported.has(code + param)) return;
    reported.add(code + param);
    report({ code, param });
  };

  /** Any use of localStorage. @template T @param {(storage: Storage) => T} use @returns {T | undefined} */
  const local = (use) => {
    try {
      return use(localStorage);
    } catch {
      reportOnce("storage_unavailable", "localstorage");
      return undefined;
    }
  };
  const withoutDatabase = () => reportOnce("storage_unavailable", "indexeddb");
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

  const open = () =>
    (database ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(name);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("log");
        request.transaction?.commit?.();
      };
      request.onsuccess = () => {
        const opened = request.result;
        // Another tab deletes the database: whoever writes next makes it anew.
        opened.onversionchange = opened.onclose = () => {
          opened.close();
          database = undefined;
        };
        resolve(opened);
      };
      request.onerror = request.onblocked = reject;
      late(reject);
    }));
  const close = () => {
    database?.then(
      (opened) => opened.close(),
      () => {},
    );
    database = undefined;
    release();
  };
  /**
   * One transaction, committed at once: left to itself it may shut every page of the site out.
   * Whether it was done; undefined when the page was left first: what mattered is spilled then.
   *
   * @param {(log: IDBObjectStore) => void} change
   */
  const write = async (change) => {
    const opening = open();
    try {
      const opened = await opening;
      if (opening !== database) return undefined;
      const transaction = opened.transaction("log", "readwrite", { durability: "relaxed" });
      change(transaction.objectStore("log"));
      transaction.commit?.();
      await new Promise((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onabort = reject;
        late(reject);
      });
      return true;
    } catch {
      withoutDatabase();
      return false;
    }
  };
  /** @param {(log: IDBObjectStore) => IDBRequest[]} ask */
  const lookUp = async (ask) => {
    const transaction = (await open()).transaction("log");
    const requests = ask(transaction.objectStore("log"));
    transaction.commit?.();
    return Promise.all(requests.map(resultOf));
  };
  /** @param {string} key @param {(text: string | null) => boolean} [when] */
  const unspill = (key, when = () => true) => {
    const path = name + "/" + key;
    if (spilled.has(key)) local((storage) => when(storage.getItem(path)) && (storage.removeItem(path), spilled.delete(key)));
  };
  /** The site shares localStorage with us: parts that this page wrote there before make room. @param {string} key @param {string} text */
  const spill = (key, text) => {
    spilled.delete(key);
    spilled.set(key, text.length);
    local((storage) => storage.setItem(name + "/" + key, text));
    let length = 0;
    for (const [other, size] of [...spilled].reverse()) {
      if (other.split(".")[0] === key.split(".")[0] && (length += size) > LONGEST_SPILL) {
        unspill(other);
        reportOnce("storage_unavailable", "localstorage");
      }
    }
  };
  /** @param {(key: string, text: string) => void} use @returns {(named: string, end: number) => void} */
  const parted = (use) => (named, end) => use(named.slice(0, end), named.slice(end));
  /** Tells what the log holds, and keeps other tabs off it for so long. @param {Lock | null} [lock] */
  const recover = async (lock) => {
    const { signal } = requests;
    if (lock === null) return tell(RECOVERED, "{}");
    /** @type {Map<string, string[]>} */
    const read = new Map();
    try {
      const [keys, texts] = await lookUp((log) => [log.getAllKeys(), log.getAll()]);
      keys.forEach((/** @type {string} */ key, /** @type {number} */ at) => read.set(key, [texts[at]]));
    } catch {
      withoutDatabase();
    }
    local((storage) => {
      for (const path of Object.keys(storage)) {
        if (!path.startsWith(name + "/") || path.startsWith(name + EARLY)) continue;
        const key = path.slice(name.length + 1);
        const text = storage.getItem(path) ?? "";
        spilled.set(key, text.length);
        // What is spilled is the newer one of two.
        read.set(key, [text, ...(read.get(key) ?? [])]);
      }
    });
    if (signal.aborted) return;
    found = read;
    const log = [];
    let size = 0;
    let rest = 0;
    for (const key of [...read.keys()].sort()) {
      const [text] = /** @type {string[]} */ (read.get(key));
      if (size > RECOVER_AT_ONCE) rest += text.length;
      else {
        log.push(key + "\n" + text);
        size += text.length;
      }
    }
    const held = new Promise((resolve) => (release = () => resolve(undefined)));
    tell(RECOVERED, JSON.stringify({ log: log.join("\r"), rest }));
    await held;
  };
  addEventListener("pagehide", close);
  addEventListener("pageshow", ({ persisted }) => {
    back = persisted;
  });
  // Other tabs alone are told of what a tab keeps or deletes.
  addEventListener("storage", ({ key, newValue }) => {
    if (key === name) tell(ELSEWHERE, JSON.stringify({ text: newValue }));
  });
  document.addEventListener("securitypolicyviolation", ({ blockedURI }) => {
    if (blockedURI && url.startsWith(blockedURI)) reportOnce("collector_blocked");
  });

  /** @param {string} sent @param {number} batch */
  const post = async (sent, batch) => {
    const { signal } = requests;
    const own = new AbortController();
    const abort = () => own.abort();
    const timeout = setTimeout(abort, REQUEST_TIMEOUT_MS);
    signal.addEventListener("abort", abort);
    let status = 0;
    let wait;
    let body = "";
    try {
      const packed = await gzip(sent);
      if (!signal.aborted) {
        // Text, and bytes without a type, need no preflight.
        const answer = await fetch(url, { method: "POST", body: packed, credentials: "omit", signal: own.signal });
        wait = waitOf(answer.headers.get("retry-after"));
        body = await answer.text();
        status = answer.status;
      }
    } catch {
      // No network, a policy, a timeout: status 0.
    }
    clearTimeout(timeout);
    signal.removeEventListener("abort", abort);
    if (!signal.aborted) tell(SETTLED, JSON.stringify({ batch, status, wait, body }));
  };

  hosts[tracker] = [
    // The page stays: an answer is waited for.
    post,
    // The page may be gone at once.
    (body) => {
      try {
        if (navigator.sendBeacon(url, body)) return;
      } catch {
        // Not there, or forbidden.
      }
      try {
        fetch(url, { method: "POST", body, keepalive: true, credentials: "omit" }).catch(() => {});
      } catch {
        // The core keeps what was in it.
      }
    },
    // What was persisted last is told at once; what pages before had no core for comes first.
    () => {
      local((storage) => {
        for (const path of Object.keys(storage)) {
          if (!adopt || !path.startsWith(name + EARLY)) continue;
          const heard = storage.getItem(path) ?? "";
          storage.removeItem(path);
          adopt(path.slice((name + EARLY).length), heard, (number, told) => {
            // It reads what is kept, and what it says goes to the log.
            hosts[number] = { 2: () => told(LOADED, JSON.stringify({ text: storage.getItem(name) })), 3: hosts[tracker][3], 8: hosts[tracker][8] };
          });
        }
      });
      const text = local((storage) => storage.getItem(name));
      const gone = back && stays && text === null;
      back = false;
      tell(gone ? ELSEWHERE : LOADED, JSON.stringify({ text }));
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
      local((storage) => {
        for (const path of Object.keys(storage)) if (path === name || path.startsWith(name + "/")) storage.removeItem(path);
      });
      try {
        indexedDB.deleteDatabase(name);
      } catch {
        // Then nothing was kept there either.
      }
    },
    // To be woken at a time of `performance.now()`, or no more.
    (_, at) => {
      clearTimeout(timer);
      // Rounded up: a timer that fires a fraction early would find nothing due.
      if (at) timer = setTimeout(() => tell(WOKEN, ""), at - performance.now() + 1);
    },
    // The site is told.
    (json) => report(JSON.parse(json)),
    // A part of the log is written.
    parted(async (key, text) => {
      found.get(key)?.push(text) ?? own.add(key);
      const before = spilled.has(key) && local((storage) => storage.getItem(name + "/" + key));
      const done = await write((log) => log.put(text, key));
      if (done) unspill(key, (now) => now === before);
      else if (done === false) spill(key, text);
    }),
    // A part of the log is written at once.
    parted((key, text) => {
      own.add(key);
      spill(key, text);
    }),
    // A part of the log is deleted; one of another page's, only as it was read.
    guard(async (key) => {
      const texts = own.delete(key) ? undefined : found.get(key);
      found.delete(key);
      const known = (/** @type {string | null} */ text) => !texts || texts.includes(text ?? "");
      unspill(key, known);
      const { signal } = requests;
      if (texts && !known((await lookUp((log) => [log.get(key)]).catch(() => []))[0])) return;
      const erase = async () => {
        // Consent may be gone by now, and all that was kept with it. A page that was left first may come back.
        if (!signal.aborted && (await write((log) => log.delete(key))) === undefined) addEventListener("pageshow", erase, { once: true });
      };
      erase();
    }),
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
    try {
      told.visitor = JSON.parse(persisted || local((storage) => storage.getItem(name)) || "{}").visitor;
    } catch {
      // Not ours.
    }
    persisted = "";
    tell(FORGET, "");
    if (proof && told.visitor) {
      try {
        const answer = await fetch(url.replace(/batch$/, "erase"), {
          method: "POST",
          body: JSON.stringify({ site, visitor: told.visitor, proof }),
          credentials: "omit",
        });
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
 * Hears what visitors do, for a tracker. One passive listener an event type, on the document.
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
  const tell = (/** @type {number} */ kind, /** @type {object} */ fields) => told(kind, JSON.stringify(fields));
  const depths = capture?.scroll === false ? [] : (scroll?.depths ?? [25, 50, 75, 90, 100]);
  /** @type {IntersectionObserver | undefined} */
  let depthObserver;
  let routing = false;
  let route = "";

  /** @template {Event} E @param {EventTarget} target @param {string} type @param {(event: E) => void} handle */
  const on = (target, type, handle) => {
    const guarded = guard(handle);
    const options = { capture: true, passive: true };
    target.addEventListener(type, /** @type {EventListener} */ (guarded), options);
    ends.push(() => target.removeEventListener(type, /** @type {EventListener} */ (guarded), options));
  };

  /** @param {Element} element */
  const numberOf = (element) => {
    let number = numbers.get(element);
    if (number === undefined) numbers.set(element, (number = nextNumber++));
    return number;
  };

  /** @param {Element} element @param {string} trigger The first of the rules and the mark itself that fit it. */
  const fire = (element, trigger) => {
    const marks = attributes(element);
    if (marks?.mpEvent && triggerOf(element, marks) === trigger) tell(MARKED, around(element));
    else {
      const rule = rules.findIndex((rule) => rule.on === trigger && matches(element, rule.selector));
      if (rule < 0) return false;
      tell(MARKED, { rule, ...around(element) });
    }
    return true;
  };

  on(document, "click", (event) => {
    const path = elementsOf(event);
    if (!path.some(ignored)) path.some((element) => fire(element, "click"));
  });
  on(document, "submit", (event) => {
    const [form] = elementsOf(event);
    if (!form || ignored(form)) return;
    tellForm(form, 1, "");
    fire(form, "submit");
  });

  /** @param {Element} form @param {number} moment @param {string} fields */
  const tellForm = (form, moment, fields) => {
    touched.add(form);
    const [id, name, to] = ["id", "name", "action"].map((attribute) => Element.prototype.getAttribute.call(form, attribute) ?? "");
    tell(FORM, { element: numberOf(form), moment, id, name, action: to && new URL(to, document.baseURI).href, fields });
  };
  /** @param {Event} event */
  const touch = (event) => {
    const form = elementsOf(event).find((element) => element instanceof HTMLFormElement);
    if (form && !touched.has(form) && !ignored(form)) tellForm(form, 0, "");
  };
  on(document, "focusin", touch);
  on(document, "input", touch);
  /** @type {Map<Element, string[]>} */
  const invalid = new Map();
  on(document, "invalid", (event) => {
    const [field] = elementsOf(event);
    const form = field?.closest("form");
    if (!form || ignored(field)) return;
    if (!invalid.size) {
      // The browser names every invalid field of a form in one task.
      setTimeout(
        guard(() => {
          for (const [form, names] of invalid) tellForm(form, 2, names.join().slice(0, 500));
          invalid.clear();
        }),
      );
    }
    const names = invalid.get(form) ?? [];
    names.push(field.getAttribute("name") || field.id);
    invalid.set(form, names);
  });

  /** @param {HTMLMediaElement} media @param {number} moment */
  const tellMedia = (media, moment) => {
    // A silent loop without controls is decoration.
    if (ignored(media) || (media.autoplay && media.muted && media.loop && !media.controls)) return;
    const { currentTime, duration, played, currentSrc, dataset } = media;
    let seen = 0;
    for (let range = 0; range < played.length; range++) seen += played.end(range) - played.start(range);
    const length = duration < Infinity ? duration : 0;
    const [position, whole, watched] = [currentTime, length, seen].map((seconds) => Math.round(seconds * 1000) || 0);
    const title = dataset.mpTitle || media.getAttribute("aria-label") || media.title;
    const url = /^https?:/.test(currentSrc) ? currentSrc : "";
    tell(MEDIA, { element: numberOf(media), moment, audio: media.localName === "audio", position, duration: whole, watched, title, url });
  };
  [["play"], ["timeupdate", "pause", "seeking"], ["ended"], ["emptied"]].forEach((types, moment) => {
    for (const type of types) {
      on(document, type, (event) => {
        const media = /** @type {HTMLMediaElement} */ (event.target);
        if (type === "play") playing.add(media);
        else if (type !== "timeupdate" && type !== "seeking") playing.delete(media);
        tellMedia(media, moment);
      });
    }
  });

  const measure = guard(() => {
    const { scrollHeight } = document.documentElement;
    const page = Math.max(scrollHeight, document.body?.scrollHeight ?? 0);
    tell(SCROLLED, { top: Math.max(0, Math.round(scrollY)), window: innerHeight, page });
  });
  /** Depth without work while scrolling: the share of the page above the window's lower edge is an intersection. */
  const watchDepth = () => {
    if (!depths.length) return;
    const page = document.documentElement;
    const tall = [page, document.body].find((element) => element && page.scrollHeight - element.getBoundingClientRect().height < 32);
    if (!tall) {
      // A page whose boxes don't grow with what flows out of them is measured while it scrolls, once a frame.
      let frame = 0;
      on(document, "scroll", () => {
        frame ||= requestAnimationFrame(() => {
          frame = 0;
          measure();
        });
      });
      return measure();
    }
    depthObserver = new IntersectionObserver(measure, {
      // A little early: a threshold is only crossed once, and heights are rounded.
      threshold: [...depths].map((depth) => Math.max(0, depth / 100 - 0.002)),
      rootMargin: "9999999px 0px 0px 0px",
    });
    depthObserver.observe(tall);
    const resized = new ResizeObserver(measure);
    resized.observe(tall);
    // A wheel ends a scroll at every turn.
    let resting = 0;
    on(window, "scrollend", () => {
      resting ||= setTimeout(() => {
        resting = 0;
        measure();
      }, AT_REST_MS);
    });
    ends.push(() => (depthObserver?.disconnect(), resized.disconnect()));
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
  ends.push(() => (viewObserver.disconnect(), visible.forEach(clearTimeout)));

  /** Once a page view. @param {Element} element */
  const view = (element) => {
    viewed.add(element);
    visible.delete(element);
    viewObserver.unobserve(element);
    if (!ignored(element)) fire(element, "view");
  };
  /** Once for what the element stands for: a framework that reuses it for another product sets it off again. @param {Element} element */
  const loaded = (element) => {
    const { mpEvent, mpItemId, mpItemName, mpTransactionId } = attributes(element) ?? {};
    const is = [mpEvent, mpItemId, mpItemName, mpTransactionId].join("\n");
    if (fired.get(element) === is || ignored(element)) return;
    fired.set(element, is);
    fire(element, "load");
  };
  /** @type {[selector: string, on?: string][]} */
  const marked = [["[data-mp-on]"]];
  for (const { on, selector } of rules) if (on === "load" || on === "view") marked.push([selector, on]);
  const scan = guard(() => {
    for (const [selector, on] of marked) {
      let found;
      try {
        found = document.querySelectorAll(selector);
      } catch {
        continue; // The rule's selector is none to this browser.
      }
      for (const element of found) {
        const trigger = on ?? attributes(element)?.mpOn;
        if (trigger === "load") loaded(element);
        else if (trigger === "view" && !viewed.has(element)) viewObserver.observe(element);
      }
    }
  });
  let scanning = false;
  const inserted = new MutationObserver(() => {
    if (scanning || routing) return;
    scanning = true;
    requestAnimationFrame(() => {
      scanning = false;
      if (!routing) scan();
    });
  });
  const watchMarks = () => {
    scan();
    inserted.observe(document, { childList: true, subtree: true, attributeFilter: ["data-mp-event", "data-mp-item-id", "data-mp-on"] });
    ends.push(() => inserted.disconnect());
  };

  const newView = () => {
    touched = new WeakSet();
    viewed = new WeakSet();
    look();
    measure();
  };
  /** Observing an element anew tells whether it is on screen now. */
  const look = () => {
    viewObserver.disconnect();
    visible.forEach(clearTimeout);
    visible.clear();
    scan();
  };
  /** The framework changes the title and the page after the address: look when it has. Two changes in a row are one. */
  const routed = () => {
    if (routing) return;
    routing = true;
    setTimeout(
      guard(() => {
        routing = false;
        if (routeOf() === route) return;
        route = routeOf();
        tellPage(told, ROUTED);
        newView();
      }),
    );
  };

  /** The last moment: what is playing and how far it is scrolled, then what waits. */
  const leaving = (/** @type {number} */ kind) => {
    for (const media of playing) tellMedia(media, 1);
    if (depths.length) measure();
    told(kind, "");
  };

  /** @param {string} [engine] What the core runs on. */
  const begin = (engine = "wasm") => {
    route = routeOf();
    for (const name of /** @type {const} */ (["pushState", "replaceState"])) {
      const original = history[name];
      /** @type {typeof original} @this {History} */
      const wrapped = function (...change) {
        original.apply(this, change);
        routed();
      };
      // A page may have frozen it.
      if (!Reflect.set(history, name, wrapped)) continue;
      ends.push(() => {
        if (history[name] === wrapped) history[name] = original;
      });
    }
    on(window, "online", () => told(ONLINE, ""));
    on(window, "popstate", routed);
    on(window, "hashchange", routed);
    on(document, "visibilitychange", () => {
      if (document.visibilityState === "hidden") return leaving(HIDDEN);
      told(SHOWN, "");
      // What was on screen all the while is seen from now on.
      look();
    });
    // On window: it never fires on the document.
    on(window, "pagehide", () => leaving(LEFT));
    on(window, "pageshow", (/** @type {PageTransitionEvent} */ event) => {
      if (!event.persisted) return;
      tellPage(told, RETURNED);
      fired = new WeakMap();
      newView();
    });

    tellPage(told, STARTED, engine);
    for (const media of document.querySelectorAll("video,audio")) {
      const { paused } = /** @type {HTMLMediaElement} */ (media);
      if (!paused && !playing.has(/** @type {HTMLMediaElement} */ (media))) {
        playing.add(/** @type {HTMLMediaElement} */ (media));
        tellMedia(/** @type {HTMLMediaElement} */ (media), 0);
      }
    }
    const parsed = guard(watchMarks);
    if (document.readyState === "loading") on(document, "DOMContentLoaded", parsed);
    else parsed();
    const complete = guard(watchDepth);
    if (document.readyState === "complete") complete();
    else on(window, "load", complete);
  };
  return {
    begin,
    page: guard(() => {
      tellPage(told, PAGE);
      newView();
    }),
    end() {
      for (const end of ends.splice(0)) end();
    },
  };
}

/** The address as far as it tells pages apart: another fragment is another page only where it is a router's. */
function routeOf() {
  return location.href.replace(/#(?![/!]).*/, "");
}

/** Tells the core of the page, and at its start of the device. @param {Tell} told @param {number} kind @param {string} [engine] */
export function tellPage(told, kind, engine) {
  const { title, referrer } = document;
  const { width, height } = screen;
  const device = {
    width,
    height,
    coarse: matchMedia("(pointer:coarse)").matches,
    language: navigator.language,
    screen: width + "x" + height,
    viewport: innerWidth + "x" + innerHeight,
    engine,
    gpc: /** @type {any} */ (navigator).globalPrivacyControl,
    dnt: navigator.doNotTrack === "1",
  };
  told(kind, JSON.stringify({ url: location.href, title, referrer, ...(kind ? {} : device) }));
}

/**
 * The page never sees an exception of ours.
 *
 * @template {unknown[]} A
 * @param {(...args: A) => void} run
 * @returns {(...args: A) => void}
 */
function guard(run) {
  return (...args) => {
    try {
      run(...args);
    } catch {
      // A browser API that isn't what it should be, or a trap: this fact is lost, the page goes on.
    }
  };
}

/** What a database doesn't do in time it doesn't do. @param {() => void} reject */
function late(reject) {
  setTimeout(reject, DATABASE_TIMEOUT_MS);
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function resultOf(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = reject;
    late(reject);
  });
}

/** @param {string} body @returns {Promise<BodyInit>} */
async function gzip(body) {
  if (body.length < GZIP_FROM_BYTES || typeof CompressionStream === "undefined") return body;
  return new Response(new Blob([body]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
}

/** `Retry-After` in both its forms, as milliseconds; nothing when there is none. @param {string | null} header */
function waitOf(header) {
  if (!header) return undefined;
  const wait = Math.round(+header >= 0 ? +header * 1000 : Date.parse(header) - Date.now());
  return wait >= 0 ? wait : undefined;
}

/** The event's elements from the inside out, through shadow roots. @param {Event} event @returns {Element[]} */
function elementsOf(event) {
  return /** @type {Element[]} */ (event.composedPath().filter((node) => node instanceof Element));
}

/** @param {Element} element */
function ignored(element) {
  return !!Element.prototype.closest.call(element, "[data-mp-ignore]");
}

/** @param {Element} element @param {string} selector */
function matches(element, selector) {
  try {
    return Element.prototype.matches.call(element, selector);
  } catch {
    return false; // The rule's selector is none to this browser.
  }
}

/** @param {Element} element @param {Record<string, string>} marks */
function triggerOf(element, marks) {
  return marks.mpOn || (element instanceof HTMLFormElement ? "submit" : "click");
}

/** A form's field may be called as what the form is asked for: the prototype's getters are not fooled by it. @param {object | undefined} type @param {string} name */
const getter = (type, name) => Object.getOwnPropertyDescriptor(type ?? {}, name)?.get;
const dataset = getter(globalThis.HTMLElement?.prototype, "dataset");
const parentNode = getter(globalThis.Node?.prototype, "parentNode");

/** The `data-mp-*` attributes; nothing when there are none. @param {Element} element @returns {Record<string, string> | undefined} */
function attributes(element) {
  if (!(element instanceof HTMLElement)) return undefined;
  /** @type {Record<string, string> | undefined} */
  let found;
  const data = /** @type {DOMStringMap} */ (dataset?.call(element) ?? {});
  for (const name in data) {
    if (name.startsWith("mp")) (found ??= {})[name] = (data[name] ?? "").slice(0, LONGEST_ATTRIBUTE);
  }
  return found;
}

/** The marks around an element. @param {Element} element */
function around(element) {
  const chain = [attributes(element) ?? {}];
  let scope = element;
  let scoped = "mpItems" in chain[0];
  for (let node = parentOf(element); node; node = parentOf(node)) {
    const marks = attributes(node);
    if (!marks) continue;
    chain.push(marks);
    if (!scoped && "mpItems" in marks) {
      scope = node;
      scoped = true;
    }
  }
  const inside = [];
  for (const item of scope.querySelectorAll("[data-mp-item-id],[data-mp-item-name]")) {
    if (inside.push(attributes(item) ?? {}) >= MOST_ITEMS) break;
  }
  return { chain, inside };
}

/** @param {Element} element @returns {Element | null} */
function parentOf(element) {
  const parent = parentNode?.call(element);
  return parent instanceof ShadowRoot ? parent.host : parent instanceof Element ? parent : null;
}
