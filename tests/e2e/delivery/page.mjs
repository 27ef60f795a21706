// The page that the delivery tests open: it tracks numbered marks when told, by a script or by its own address.
// Not here: what has to become of them.

import { DIST } from "../support/collector.mjs";
import { serveSite } from "../support/site.mjs";

/**
 * Serves it as `/page.html?<JSON>`: `{ site, collector, run, options }`, `options` being the tracker's. With `once` the
 * page is there for its first visit alone; `before` is a script that runs before it, `policy` the page's
 * Content-Security-Policy, and `ask` leaves consent to the test.
 *
 * A page that no driver steers does what else it is given: `every` so many ms a mark; a `burst` of marks, then says
 * `kept` when the log has them; a `rush` of many, then closes itself; `drain`: says `drained` when nothing is kept any more.
 *
 * Each mark of `every` and `rush` is told to this server before the tracker hears of it: `tracked` holds how many a run made, `at`
 * when each was. `said` is what pages said.
 */
export async function servePages() {
  const tracked = new Map();
  const at = new Map();
  const said = [];
  const opened = new Set();
  const pages = {
    "/empty.html": `<!doctype html><title>Elsewhere</title><link rel="icon" href="data:,"><p>Nothing here.`,
    "/page.html": (request, response) => {
      const { site, run, once, policy } = instructions(request);
      const one = `${site} ${run}`;
      // What a page left behind must not be sent by its own successor where a test is about the leaving.
      const again = once && opened.has(one);
      opened.add(one);
      const head = { "Content-Type": "text/html; charset=utf-8", ...(policy && { "Content-Security-Policy": policy }) };
      response.writeHead(200, head).end(again ? pages["/empty.html"] : PAGE);
    },
    "/tracked": (request, response) => {
      const { run, n } = instructions(request);
      tracked.set(run, n + 1);
      at.set(`${run} ${n}`, performance.now());
      response.writeHead(204).end();
    },
    "/said": (request, response) => {
      said.push({ ...instructions(request), at: performance.now() });
      response.writeHead(204).end();
    },
  };
  const server = await serveSite({ pages, folders: { "/dist/": DIST } });
  const elsewhere = server.url.replace("127.0.0.1", "localhost");
  return {
    url: server.url,
    /** The same server by another name, which makes it another origin. */
    elsewhere,
    tracked,
    at,
    said,
    heard: (run, what) => said.find((each) => each.run === run && each.what === what),
    page: (given) => `${server.url}/page.html?${encodeURIComponent(JSON.stringify(given))}`,
    close: server.close,
  };
}

/** Nothing goes out by itself. */
export const PATIENT = { batch: { maxWaitMs: 600_000 } };
/** A batch a moment. */
export const PROMPT = { batch: { maxWaitMs: 50 } };

function instructions(request) {
  return JSON.parse(decodeURIComponent(new URL(request.url, "http://site").search.slice(1)));
}

/** A driver's scripts see a window's properties: nothing they use is a `const`. */
const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Page</title><link rel="icon" href="data:,">
<script>
window.given = JSON.parse(decodeURIComponent(location.search.slice(1)));
if (given.before) (0, eval)(given.before);
window.milepost=window.milepost||function(){(milepost.q=milepost.q||[]).push([Date.now(),arguments])};
milepost("init", { site: given.site, collector: given.collector, ...given.options });
if (!given.ask) milepost("setConsent", { analytics: "granted" });
window.diagnostics = [];
milepost("on", "diagnostic", (each) => diagnostics.push(each));
window.faults = [];
addEventListener("error", ({ message }) => faults.push(message));
addEventListener("unhandledrejection", ({ reason }) => faults.push(String(reason)));

let next = 0;
/** Tells the test before it tells the tracker, so that the test knows of everything. */
function mark(told = true, more = {}) {
  const n = next++;
  if (told) tell("/tracked", { run: given.run, n });
  milepost("track", "mark", { run: given.run, n, ...more });
}
function burst(count, more) {
  for (let n = 0; n < count; n += 1) mark(false, more);
}
function tell(path, what) {
  const request = new XMLHttpRequest();
  request.open("GET", path + "?" + encodeURIComponent(JSON.stringify(what)), false);
  request.send();
}
/** What of the tracker's is kept: keys of its log in both stores; with "getAll", texts of the database's. */
async function kept(read = "getAllKeys") {
  const name = "milepost." + given.site;
  const spilt = Object.keys(localStorage).filter((key) => key.startsWith(name + "/"));
  // Opening one that isn't there would make it.
  if (!indexedDB.databases || !(await indexedDB.databases()).some((each) => each.name === name)) return spilt;
  const logged = await new Promise((resolve, reject) => {
    const opening = indexedDB.open(name);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      if (!database.objectStoreNames.contains("log")) return database.close(), resolve([]);
      const reading = database.transaction("log").objectStore("log")[read]();
      reading.onsuccess = () => (database.close(), resolve(reading.result));
      reading.onerror = () => (database.close(), reject(reading.error));
    };
  });
  return [...spilt, ...logged];
}
/** How many of this run's marks are kept. */
async function marksKept() {
  const spilt = Object.values(localStorage);
  return [...spilt, ...(await kept("getAll"))].join().split('"' + given.run + '"').length - 1;
}
/** Some marks a turn, until there are so many; then the window is closed. */
async function rush({ atOnce, marks }) {
  while (next < marks) {
    tell("/tracked", { run: given.run, n: next + atOnce - 1 });
    burst(atOnce);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  window.close();
}
/** The tracker keeps the visit as soon as it runs and may. */
function ready() {
  return localStorage.getItem("milepost." + given.site) !== null;
}
/** Its own core runs, not another tab's alone: it has refused what no core takes. Asked anew, since another tab may take that up. */
function runs() {
  milepost("track", "no name");
  return diagnostics.some(({ event }) => event === "no name");
}
async function when(holds) {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}
function say(what) {
  tell("/said", { run: given.run, what });
}
async function steer() {
  await when(ready);
  // On a first visit the browser takes a while to make the database: nothing is kept before.
  await when(async () => (await indexedDB.databases()).some(({ name }) => name === "milepost." + given.site));
  await kept();
  say("ready");
  if (given.every) setInterval(mark, given.every);
  if (given.burst) {
    burst(given.burst);
    await when(async () => (await marksKept()) >= given.burst);
    say("kept");
  }
  if (given.rush) {
    // What waits for a core is capped.
    await when(runs);
    await rush(given.rush);
  }
  if (given.drain) {
    await when(async () => (await kept()).length === 0);
    say("drained");
  }
}
if (given.every || given.burst || given.rush || given.drain) addEventListener("load", () => steer().catch((error) => say(String(error))));
</script>
<script async src="/dist/milepost.js"></script></head>
<body><a id="away" href="/empty.html">Away</a><button id="leave">Leave</button></body></html>`;
