// A window without a page, for what real consent platforms never do: the adapters run in it as they are published.
// Not here: the platforms themselves; see platforms.mjs.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import vm from "node:vm";
import { DIST } from "../support/collector.mjs";

const SOURCE = await readFile(join(DIST, "consent.js"), "utf8");

/**
 * A window of its own with the adapters in it, as the tag gets them. `clock.run(ms)` lets time pass; what was thrown by
 * a timer or a listener is in `thrown`.
 */
export function fakeWindow(properties = {}) {
  const events = new EventTarget();
  const thrown = [];
  const clock = fakeClock(thrown);
  const window = {
    milepost: {},
    setTimeout: clock.setTimeout,
    clearTimeout: clock.clearTimeout,
    addEventListener: (type, listener) => events.addEventListener(type, listener),
    removeEventListener: (type, listener) => events.removeEventListener(type, listener),
    ...properties,
  };
  window.window = window.frames = window;
  window.parent ??= window;
  window.top ??= window.parent;
  vm.runInNewContext(SOURCE, window);
  return {
    window,
    clock,
    thrown,
    /** The adapter of that name with its settings, as a signal. */
    signal: (name, ...settings) => ({ start: (tell) => window.milepost.signals(name, settings, tell) }),
    dispatch: (type, fields = {}) => events.dispatchEvent(Object.assign(new Event(type), fields)),
  };
}

/** Starts a signal and notes what it tells. */
export function listen(signal) {
  const told = [];
  const end = signal.start((choices, version) => told.push({ ...choices, ...(version !== undefined && { version }) }));
  return { told, end, last: () => told.at(-1) };
}

function fakeClock(thrown) {
  let now = 0;
  let next = 1;
  const timers = new Map();
  return {
    get waiting() {
      return timers.size;
    },
    setTimeout(run, ms) {
      timers.set(next, { run, at: now + ms });
      return next++;
    },
    clearTimeout: (id) => timers.delete(id),
    run(ms) {
      const end = now + ms;
      for (;;) {
        const [id, timer] = [...timers].sort(([, a], [, b]) => a.at - b.at)[0] ?? [];
        if (!timer || timer.at > end) break;
        timers.delete(id);
        now = timer.at;
        try {
          timer.run();
        } catch (error) {
          thrown.push(error);
        }
      }
      now = end;
    },
  };
}
