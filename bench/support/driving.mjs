// What a visitor does to a page: calls for events, in frames or at a pace. The functions run in the page.

export const EVENT = "product_compared";

/** The parameters of the `n`th event, eight of them and no two events alike, as a shop would send. */
const PARAMS = `(n, run) => ({
  item_id: "sku-" + (n % 40), item_name: ["Mug", "Bowl", "Plate", "Jug"][n % 4], item_category: "Kitchen", price: 9.99 + (n % 10),
  quantity: 1 + (n % 3), currency: "EUR", run, n,
})`;

/** So many events in each animation frame. */
export function inFrames(page, run, total, perFrame) {
  return page.evaluate(
    async ([run, total, perFrame, name, params]) => {
      const paramsOf = (0, eval)(params);
      let n = 0;
      await new Promise((resolve) => {
        const step = () => {
          for (let i = 0; i < perFrame && n < total; i += 1, n += 1) globalThis.track(name, paramsOf(n, run));
          if (n < total) requestAnimationFrame(step);
          else resolve();
        };
        requestAnimationFrame(step);
      });
    },
    [run, total, perFrame, EVENT, PARAMS],
  );
}

/** One event every so often. */
export function atPace(page, run, total, everyMs) {
  return page.evaluate(
    async ([run, total, everyMs, name, params]) => {
      const paramsOf = (0, eval)(params);
      for (let n = 0; n < total; n += 1) {
        globalThis.track(name, paramsOf(n, run));
        await new Promise((resolve) => setTimeout(resolve, everyMs));
      }
    },
    [run, total, everyMs, EVENT, PARAMS],
  );
}

/** All events in one task; then, in the same task, off to another page where one is given. */
export function atOnce(page, run, total, next) {
  return page.evaluate(
    ([run, total, name, params, next]) => {
      const paramsOf = (0, eval)(params);
      for (let n = 0; n < total; n += 1) globalThis.track(name, paramsOf(n, run));
      if (next) location.href = next;
    },
    [run, total, EVENT, PARAMS, next],
  );
}

/** New addresses one after the other, as in a single-page shop, and an event on each. */
export function inRoutes(page, run, total, everyMs) {
  return page.evaluate(
    async ([run, total, everyMs, name, params]) => {
      const paramsOf = (0, eval)(params);
      for (let n = 0; n < total; n += 1) {
        history.pushState(null, "", `/products/${n}.html`);
        document.title = `Product ${n}`;
        globalThis.track(name, paramsOf(n, run));
        await new Promise((resolve) => setTimeout(resolve, everyMs));
      }
    },
    [run, total, everyMs, EVENT, PARAMS],
  );
}

/** Numbers of a run's events among what arrived, in order of arrival, with the identity that the vendor gave each. */
export function numbersOf(events, run) {
  return events.filter(({ name, params }) => name === EVENT && params.run === run).map(({ params, id }) => ({ n: Number(params.n), id }));
}

/** Of numbered events: how many different ones arrived, how many repeats, and how many repeats no identity gives away. */
export function account(numbers) {
  const seen = new Map();
  let repeats = 0;
  let unrecognised = 0;
  for (const { n, id } of numbers) {
    const ids = seen.get(n);
    if (!ids) seen.set(n, new Set([id]));
    else {
      repeats += 1;
      if (id === undefined || !ids.has(id)) unrecognised += 1;
      ids.add(id);
    }
  }
  return { arrived: seen.size, repeats, unrecognised };
}
