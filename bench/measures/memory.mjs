// What is held after an hour: two thousand steps through a single-page shop, on a clock that is wound forward.

import { routeAndTrack } from "../support/driving.mjs";
import { meterOf, sleep, visit } from "../support/visit.mjs";

export const name = "memory";
export const runs = { full: 1, quick: 1 };
export const together = 3;

const STEPS = 2000;
const STEP_MS = 1800;

export async function run(world, adapter, number) {
  const steps = world.quick ? 100 : STEPS;
  const visitor = await visit(world, adapter);
  const page = await visitor.context.newPage();
  await page.addInitScript(keepWasmMemories);
  await page.clock.install();
  await page.goto(`${visitor.origin}/products/mug.html`, { waitUntil: "load" });
  const meter = await meterOf(page);
  await meter.cdp.send("HeapProfiler.enable");
  await page.clock.runFor(5000);
  for (let n = 0; n < steps; n += 1) {
    await routeAndTrack(page, `m${number}`, n);
    await page.clock.runFor(STEP_MS);
  }
  // Answers come in real time.
  await page.clock.runFor(10_000);
  await sleep(1000);
  const { events } = await settled(visitor);
  await meter.cdp.send("HeapProfiler.collectGarbage");
  await meter.cdp.send("HeapProfiler.collectGarbage");
  const { heap } = await meter.read();
  const wasm = await page.evaluate(() => globalThis.wasmMemories.reduce((total, memory) => total + memory.buffer.byteLength, 0));
  await visitor.close();
  return { heap, wasm, total: heap + wasm, events };
}

async function settled({ stub }) {
  let events = -1;
  while (events !== stub.events().length) {
    events = stub.events().length;
    await sleep(300);
  }
  return { events };
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
