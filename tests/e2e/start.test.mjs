// How the tracker starts: not before the page's first paint, and with what the visitor did until then.

import assert from "node:assert/strict";
import { WAYS, test, useWorld, visit } from "./support/visit.mjs";

/** Shows nothing until its picture comes. */
const UNPAINTED = `<img src="/picture.svg" alt=""><button style="display: none" data-mp-event="clicked">Click</button><script src="/yardstick.js"></script>`;
const PICTURE = `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><rect width="100" height="100"/></svg>`;
/** Reading and writing JSON. */
const YARDSTICK = `for (let n = 0; n < 300; n += 1) JSON.parse(JSON.stringify({ n, items: [{ id: "sku-" + n, price: 9.99 }, { id: "other", price: 1 }] }));`;
/** What the tracker may run before the first paint, measured in yardsticks. */
const MOST_YARDSTICKS = 8;
/** Functions of the test's own page and tools, and a few; the tracker has some eighty that run by its first request. */
const MOST_COMPILED = 20;
const CATEGORIES = ["-*", "blink.user_timing", "devtools.timeline", "loading", "v8", "v8.wasm"];

useWorld();

for (const way of WAYS) {
  test(`${way}: nothing but a moment's preparation runs before the first paint, and a click until then counts`, async (t) => {
    let release;
    const released = new Promise((resolve) => (release = resolve));
    const picture = async (request, response) => {
      await released;
      response.writeHead(200, { "Content-Type": "image/svg+xml" }).end(PICTURE);
    };
    const it = await visit(t, { way, granted: true, body: UNPAINTED, at: "/empty.html", pages: { "/picture.svg": picture, "/yardstick.js": YARDSTICK } });
    const browser = it.profile.browser();
    await browser.startTracing(it.page, { categories: CATEGORIES });
    const begun = Date.now();
    await it.page.goto(it.server.url, { waitUntil: "commit" });
    await it.page.waitForFunction((way) => (way === "tag" ? window.milepost?.version : window.call), way);
    const clicked = await it.page.evaluate(async () => {
      const at = Date.now();
      document.querySelector("button").click();
      // Time enough for a core that doesn't wait.
      for (let frames = 0; frames < 30; frames += 1) await new Promise(requestAnimationFrame);
      return { at, until: Date.now(), painted: performance.getEntriesByType("paint").length };
    });
    assert.equal(clicked.painted, 0, "nothing has been painted");
    release();
    await it.page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length);
    await it.relay.until("the click came", () => it.relay.names().includes("clicked"));
    const trace = JSON.parse((await browser.stopTracing()).toString()).traceEvents;
    const [view, click] = it.relay.events();
    assert.deepEqual([view.name, click.name], ["page_view", "clicked"]);
    assert.ok(view.at >= begun && view.at <= clicked.at, `the page view is of ${view.at}, between ${begun} and ${clicked.at}`);
    assert.ok(click.at >= clicked.at && click.at < clicked.until, `the click is of ${click.at}, when it was made: ${clicked.at}`);

    const { yardstick, ours, wasm, after } = beforePaint(trace, it.page.url());
    t.diagnostic(`${(ours / 1000).toFixed(2)} ms before the first paint, where the yardstick takes ${(yardstick / 1000).toFixed(2)}`);
    assert.deepEqual(wasm, [], "no WebAssembly runs before the first paint");
    assert.ok(after > 0, "it does run after that");
    assert.ok(yardstick > 0 && ours > 0 && ours < MOST_YARDSTICKS * yardstick, `${ours} microseconds of script, where the yardstick takes ${yardstick}`);
  });
}

for (const way of WAYS) {
  test(`${way}: its functions are compiled while the file arrives, not when each is first called`, async (t) => {
    const it = await visit(t, { way, granted: true, at: "/empty.html" });
    const browser = it.profile.browser();
    await browser.startTracing(it.page, { categories: ["-*", "devtools.timeline", "loading", "disabled-by-default-v8.compile"] });
    await it.page.goto(it.server.url);
    await it.relay.until("the page view came", () => it.relay.names().includes("page_view"));
    const trace = JSON.parse((await browser.stopTracing()).toString()).traceEvents;
    const page = trace.findLast(({ name, args }) => name === "CommitLoad" && args.data?.url === it.page.url());
    const compiled = trace.filter(({ name, pid, tid, ts }) => name === "V8.CompileCode" && pid === page.pid && tid === page.tid && ts > page.ts);
    t.diagnostic(`${compiled.length} functions compiled on the main thread`);
    assert.ok(compiled.length <= MOST_COMPILED, `${compiled.length} functions compiled on the main thread`);
  });
}

/** Microseconds of the main thread before the page at `url` was painted: those of a yardstick, and of scripts of ours. */
function beforePaint(trace, url) {
  const paint = trace.findLast(({ name, args }) => name === "firstContentfulPaint" && pageOf(trace, args.frame) === url);
  assert.ok(paint, "the page was painted");
  const here = trace.filter(({ pid, tid, ph }) => pid === paint.pid && tid === paint.tid && ph === "X");
  const before = here.filter(({ ts }) => ts < paint.ts);
  const total = (events) => events.reduce((sum, { tdur }) => sum + tdur, 0);
  const scripts = before.filter(({ name }) => ["EvaluateScript", "v8.evaluateModule", "FunctionCall"].includes(name));
  const from = (pattern) => scripts.filter(({ name, args }) => pattern.test(args.data?.url ?? (name === "v8.evaluateModule" ? "/dist/index.js" : "")));
  const isWasm = ({ name }) => name.startsWith("wasm.");
  return {
    yardstick: total(from(/\/yardstick\.js$/)),
    ours: total(from(/\/(milepost|dist\/index)\.js$/)),
    wasm: before.filter(isWasm).map(({ name }) => name),
    after: here.filter(isWasm).length,
  };
}

/** The address that a frame of the trace showed last. */
function pageOf(trace, frame) {
  return trace.findLast(({ name, args }) => name === "CommitLoad" && args.data?.frame === frame)?.args.data.url;
}
