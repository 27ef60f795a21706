// What Milepost wants to reach against its peers, and whether a run's results reach it. Nothing is measured here.

import { figureOf } from "./figures.mjs";

const KIB = 1024;

/** `wants` returns `{ reached, says }`, or nothing where the run has no figures for it. Less is better. */
const GOALS = [
  {
    title: "complete tag under 21.8 KiB brotli",
    wants: (see) => see.compare(see.of("bytes", "milepost-tag", "brotli"), 21.8 * KIB, (bytes) => `${(bytes / KIB).toFixed(1)} KiB`),
  },
  {
    title: "start-up CPU under half of the cheapest peer that captures clicks, forms and scroll by itself",
    wants: (see) => see.compare(see.of("startup", "milepost", "task1", true), see.cheapest("startup", "task1", true, capturesAll) / 2, milliseconds),
  },
  {
    title: "start-up CPU under Plausible's",
    wants: (see) => see.compare(see.of("startup", "milepost", "task1", true), see.of("startup", "plausible", "task1", true), milliseconds),
  },
  {
    title: "an event in a burst under a quarter of the cheapest peer's CPU",
    wants: (see) => see.compare(see.of("burst", "milepost", "task", true), see.cheapest("burst", "task", true) / 4, (us) => `${us.toFixed(0)} µs`),
  },
  {
    title: "fewest bytes an event in a burst",
    wants: (see) => see.compare(see.of("burst", "milepost", "bytes"), see.cheapest("burst", "bytes"), (bytes) => `${bytes.toFixed(0)} bytes`),
  },
  {
    title: "fewest bytes an event at a person's pace",
    wants: (see) => see.compare(see.of("pace", "milepost", "bytes"), see.cheapest("pace", "bytes"), (bytes) => `${bytes.toFixed(0)} bytes`),
  },
  {
    title: "least script while scrolling of all that capture scroll",
    wants: (see) => see.compare(see.of("scroll", "milepost", "script", true), see.cheapest("scroll", "script", true, ({ byItself }) => byItself.includes("scroll")), milliseconds),
  },
  {
    title: "nothing lost in any situation",
    wants(see) {
      const delivery = see.results.measures.delivery;
      const own = delivery?.trackers.milepost;
      if (!own) return undefined;
      const lost = Object.values(own).reduce((total, { arrived }) => total + delivery.runs * 20 - arrived, 0);
      return { reached: lost === 0, says: `${lost} of ${Object.keys(own).length * delivery.runs * 20} lost` };
    },
  },
];

/** Each goal that the results have figures for, with whether it is reached and by what. */
export function judge(results) {
  const see = {
    results,
    of: (measure, tracker, key, less) => results.measures[measure] && figureOf(results.measures[measure], tracker, { key, less })?.value,
    /** The least of the peers' figures. */
    cheapest(measure, key, less, which = () => true) {
      const peers = results.trackers.filter((tracker) => !tracker.name.startsWith("milepost") && tracker.name !== "blank" && which(tracker));
      const figures = peers.map(({ name }) => see.of(measure, name, key, less)).filter((value) => value !== undefined);
      return figures.length ? Math.min(...figures) : undefined;
    },
    compare: (figure, limit, form) => (figure === undefined || !(limit > -Infinity) ? undefined : { reached: figure < limit, says: `${form(figure)}, wanted under ${form(limit)}` }),
  };
  return GOALS.map(({ title, wants }) => ({ title, ...wants(see) })).filter(({ says }) => says);
}

function capturesAll({ byItself }) {
  return ["clicks", "forms", "scroll"].every((each) => byItself.includes(each));
}

function milliseconds(ms) {
  return `${ms.toFixed(1)} ms`;
}
