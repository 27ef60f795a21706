// Pages that carry no script of their own, so that any policy can be set: what they do is in their address.
// Not here: what has to become of them.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DIST } from "../support/collector.mjs";
import { serveSite } from "../support/site.mjs";

/**
 * Serves `/page.html?<JSON>`: `policy` is its Content-Security-Policy, in which NONCE stands for that of its scripts;
 * `before` names functions of `BEFORE` that are run first; `way` is how the tracker gets in: `tag`, `import`, `lean` with
 * `wasm`, the address of its WebAssembly, and `integrity`, or `late`: the early stub, and once the page has loaded `tag`, an
 * address. `calls` are made of it; `site` and `collector` are its options, with `options`; `second` is the site of another
 * tracker on the same page, of modules alone.
 */
export async function serveStage() {
  const [wasm, tag] = await Promise.all(["milepost.wasm", "milepost.js"].map((name) => readFile(join(DIST, name))));
  const send = (type, body) => (request, response) => response.writeHead(200, { "Content-Type": type }).end(body);
  const held = [];
  const pages = {
    "/page.html": (request, response) => {
      const { policy, way } = JSON.parse(decodeURIComponent(new URL(request.url, "http://site").search.slice(1)));
      const nonce = "r4nd0m";
      const kind = way === "import" || way === "lean" ? ' type="module"' : "";
      const script = (src) => `<script nonce="${nonce}"${src === "/begin.js" ? "" : kind} src="${src}"></script>`;
      const scripts = { tag: ["/begin.js", "/dist/milepost.js"], late: ["/dist/early-stub.js", "/begin.js"] }[way] ?? ["/begin.js", `/${way}.js`];
      const head = { "Content-Type": "text/html; charset=utf-8", ...(policy && { "Content-Security-Policy": policy.replace("NONCE", `'nonce-${nonce}'`) }) };
      response.writeHead(200, head).end(`<!doctype html><title>Stage</title><link rel="icon" href="data:,">${scripts.map(script).join("")}<p>Stage`);
    },
    "/frame.html": (request, response) => {
      const inner = `/page.html${new URL(request.url, "http://site").search}`.replaceAll('"', "&quot;");
      response.writeHead(200, { "Content-Type": "text/html" }).end(`<!doctype html><title>Frame</title><iframe sandbox="allow-scripts" src="${inner}"></iframe>`);
    },
    "/empty.html": `<!doctype html><title>Elsewhere</title><link rel="icon" href="data:,"><p>Nothing here.`,
    "/begin.js": BEGIN,
    "/import.js": MODULE.replace("ENTRY", "index"),
    "/lean.js": MODULE.replace("ENTRY", "lean"),
    "/untyped.wasm": send("application/octet-stream", wasm),
    "/cut.wasm": send("application/wasm", wasm.subarray(0, wasm.length / 2)),
    "/text.wasm": send("text/html", "<!doctype html>not found"),
    // Answered once they are let go.
    "/held.wasm": (request, response) => held.push(() => send("application/wasm", wasm)(request, response)),
    "/held.js": (request, response) => held.push(() => send("text/javascript", tag)(request, response)),
    // Answered late.
    "/slow.wasm": (request, response) => setTimeout(() => send("application/wasm", wasm)(request, response), 10_000),
    "/slow.js": (request, response) => setTimeout(() => send("text/javascript", tag)(request, response), 10_000),
    "/alone/milepost.js": tag,
  };
  const server = await serveSite({ pages, folders: { "/dist/": DIST } });
  return {
    url: server.url,
    asked: server.asked,
    page: (given, page = "page") => `${server.url}/${page}.html?${encodeURIComponent(JSON.stringify({ way: "tag", ...given }))}`,
    /** Requests that wait, for the WebAssembly or the tag. */
    held,
    close: server.close,
  };
}

/** A driver's scripts see a window's properties: nothing they use is a `const`. */
const BEGIN = `
window.given = JSON.parse(decodeURIComponent(location.search.slice(1)));
window.diagnostics = [];
window.faults = [];
window.violations = [];
addEventListener("error", (event) => { if (event.message) faults.push(event.message) });
addEventListener("unhandledrejection", ({ reason }) => faults.push(String(reason)));
document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => violations.push(violatedDirective + " " + blockedURI));
const BEFORE = {
  "no WebAssembly": () => { delete window.WebAssembly },
  "no crypto": () => Object.defineProperty(window, "crypto", { value: undefined }),
  "no storage": () => {
    for (const name of ["localStorage", "indexedDB"]) Object.defineProperty(window, name, { get() { throw new DOMException("no", "SecurityError") } });
  },
  "later": () => {
    const { now } = Date;
    Date.now = () => now() + 10_000;
  },
  "an ad": () => history.replaceState(null, "", location.href + "&utm_source=ads&gclid=click&li_fat_id=click&ScCid=click&epik=click"),
  "Global Privacy Control": () => Object.defineProperty(navigator, "globalPrivacyControl", { value: true }),
  "a signal": () => (given.options = { consent: { signals: [{ name: "own", governs: ["analytics"], start: () => () => {} }] } }),
  // Notes how long each function takes that the tracker has the browser call.
  "timed": () => {
    window.took = [];
    window.untimed = { setTimeout: setTimeout.bind(window) };
    const timed = (run) => function (...told) {
      const begun = performance.now();
      while (window.slow && told[0]?.type === "click" && performance.now() - begun < slow);
      try {
        return run.apply(this, told);
      } finally {
        took.push(performance.now() - begun);
      }
    };
    for (const [owner, name, at] of [[EventTarget.prototype, "addEventListener", 1], [window, "setTimeout", 0], [window, "requestAnimationFrame", 0]]) {
      const original = owner[name];
      owner[name] = function (...told) {
        told[at] = timed(told[at]);
        return original.apply(this ?? window, told);
      };
    }
    for (const name of ["IntersectionObserver", "MutationObserver", "ResizeObserver"]) {
      const Observer = window[name];
      window[name] = function (run, options) { return new Observer(timed(run), options) };
    }
  },
  // Of the two that are compiled, the reader and the core, the one that has a memory to be told in.
  "traps": () => {
    const { instantiate } = WebAssembly;
    WebAssembly.instantiate = async (...given) => {
      const { instance } = await instantiate.apply(WebAssembly, given);
      const { e: tell, ...rest } = instance.exports;
      const e = (...told) => {
        if (window.trap) throw new WebAssembly.RuntimeError("unreachable");
        return tell(...told);
      };
      return { instance: { exports: { ...rest, e } } };
    };
  },
};
for (const name of given.before || []) BEFORE[name]();
window.options = { site: given.site, collector: given.collector, batch: { maxWaitMs: 50 }, ...given.options };
window.milepost = window.milepost || function () { (milepost.q = milepost.q || []).push([Date.now(), arguments]) };
if (given.way !== "import" && given.way !== "lean") milepost("init", options);
// After the load: WebKitGTK's driver waits for what a page loads until then.
if (given.way === "late") addEventListener("load", () => setTimeout(() => document.head.append(Object.assign(document.createElement("script"), { src: given.tag }))));
milepost("on", "diagnostic", (each) => diagnostics.push(each));
for (const call of given.calls || []) milepost(...call);
`;

const MODULE = `
import { createTracker } from "/dist/ENTRY.js";
const { wasm, integrity } = given;
const tracker = createTracker({ ...options, ...(wasm && { wasm: integrity ? fetch(wasm, { integrity }) : wasm }) });
const calls = milepost.q;
window.milepost = (method, ...values) => tracker[method](...values);
if (given.second) window.second = createTracker({ ...options, site: given.second });
for (const [, call] of calls) milepost(...call);
`;
