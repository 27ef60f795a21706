// What is held after an hour: a thousand addresses of a single-page shop with an event each, time running sixty times as fast.

import { inRoutes } from "../support/driving.mjs";
import { meterOf, sleep, visit } from "../support/visit.mjs";

export const name = "memory";
export const runs = { full: 1, quick: 1 };
/** Nothing here is timed. */
export const together = 5;

const STEPS = 1000;
const STEP_MS = 3600;
/** Not faster: Chromium ignores what goes beyond 200 changes of address in ten seconds. */
const HURRY = 60;

export async function run(world, adapter, number) {
  const steps = world.quick ? 100 : STEPS;
  const visitor = await visit(world, adapter);
  const page = await visitor.context.newPage();
  await page.addInitScript(keepWasmMemories);
  await page.addInitScript(hurry, HURRY);
  await page.goto(`${visitor.origin}/products/mug.html`, { waitUntil: "load" });
  const meter = await meterOf(page);
  await meter.cdp.send("HeapProfiler.enable");
  await sleep(1000);
  await inRoutes(page, `m${number}`, steps, STEP_MS);
  if (!page.url().endsWith(`/${steps - 1}.html`)) throw new Error(`the browser ignored changes of the address: it is at ${page.url()}`);
  await sleep(1000);
  const events = await settled(visitor.stub);
  await meter.cdp.send("HeapProfiler.collectGarbage");
  await meter.cdp.send("HeapProfiler.collectGarbage");
  const { heap } = await meter.read();
  const wasm = await page.evaluate(() => globalThis.wasmMemories.reduce((total, memory) => total + memory.buffer.byteLength, 0));
  await visitor.close();
  return { heap, wasm, total: heap + wasm, events };
}

/** How many events have come, once no more come. */
async function settled(stub) {
  let events = -1;
  while (events !== stub.events().length) {
    events = stub.events().length;
    await sleep(500);
  }
  return events;
}

/** In the page: every clock and timer runs faster. */
function hurry(factor) {
  const begun = Date.now();
  const NativeDate = Date;
  // Kept apart: some trackers assign Date.now to itself, which would be this one.
  const clock = Date.now.bind(Date);
  const now = () => Math.round(begun + (clock() - begun) * factor);
  globalThis.Date = new Proxy(NativeDate, {
    construct: (target, given) => (given.length ? new target(...given) : new target(now())),
    apply: () => new NativeDate(now()).toString(),
    get: (target, key) => (key === "now" ? now : Reflect.get(target, key)),
  });
  const ticks = performance.now.bind(performance);
  const first = ticks();
  performance.now = () => first + (ticks() - first) * factor;
  for (const name of ["setTimeout", "setInterval"]) {
    const native = globalThis[name];
    globalThis[name] = (call, ms = 0, ...rest) => native(call, ms / factor, ...rest);
  }
}

/** In the page: the meters of the JavaScript heap leave WebAssembly's memory out. */
function keepWasmMemories() {
  const memories = (globalThis.wasmMemories = []);
  const keep = (instance) => {
    for (const each of Object.values(instance.exports)) if (each instanceof WebAssembly.Memory) memories.push(each);
    return instance;
  };
  const Native = WebAssembly.Instance;
  WebAssembly.Instance = new Proxy(Native, { construct: (target, given) => keep(Reflect.construct(target, given)) });
  for (const way of ["instantiate", "instantiateStreaming"]) {
    const native = WebAssembly[way];
    WebAssembly[way] = async (...given) => {
      const made = await native.apply(WebAssembly, given);
      keep(made.instance ?? made);
      return made;
    };
  }
}
