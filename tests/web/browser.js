// What the browser tests need of the page: a network that records, and elements to act on.
// The network stands in for a collector, since the test page has no server of ours; tests/e2e has the real one.

/** One tracker after the other, each with a collector of its own: a dropped one still sends what waited. */
let collector = 0;
let bodies = [];
let beacons = [];
const realFetch = globalThis.fetch;

globalThis.fetch = async (url, options) => {
  if (!String(url).startsWith("/collector")) return realFetch(url, options);
  let { body } = options;
  if (typeof body !== "string") body = await new Response(new Blob([body]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  if (url.startsWith(`/collector${collector}/`)) bodies.push(body);
  return new Response('{"accepted":1,"duplicates":0,"rejected":[]}');
};
navigator.sendBeacon = (url, body) => {
  if (url.startsWith(`/collector${collector}/`)) beacons.push(body);
  return true;
};

/** Begins anew; returns the address of a collector that has heard nothing. */
export function clean() {
  bodies = [];
  beacons = [];
  localStorage.clear();
  page("");
  return `/collector${++collector}`;
}

/** What was sent so far, as a list of batches. */
export const sent = () => `[${bodies.join()}]`;
export const beaconed = () => `[${beacons.join()}]`;
export const storedKeys = () => Object.keys(localStorage).join();

/** Settles once an event of that name was sent, with the batches so far; with what there is after ten seconds. */
export async function sentWith(name) {
  const until = Date.now() + 10000;
  while (Date.now() < until && !bodies.some((body) => body.includes(`"name":"${name}"`))) await task(10);
  return sent();
}

const task = (delay) => new Promise((done) => setTimeout(done, delay));

/** Lets the tasks run that the page has set up so far, and those that they set up. */
export async function turn() {
  await task();
  await task();
}

/** Lets the page be drawn: headless Firefox takes its time. */
export const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

/** The test page belongs to the test runner, which writes its findings there: ours is a part of it. */
const stage = document.body.appendChild(document.createElement("div"));
// Firefox goes where a form points even when the event is a script's.
stage.addEventListener("submit", (event) => event.preventDefault());
const find = (selector) => (selector === "window" ? window : stage.querySelector(selector));

export function page(html) {
  stage.innerHTML = html;
}

export const click = (selector) => find(selector).click();
export const dispatch = (selector, type) => find(selector).dispatchEvent(new Event(type, { bubbles: true, cancelable: true }));
export const scrollTo = (top) => window.scrollTo(0, top);
export const go = (path) => history.pushState({}, "", path);
export const here = () => location.href;
