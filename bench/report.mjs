// Turns results into Markdown: a table a measure, each figure beside Milepost's, and where Milepost is beaten, said so.
// Nothing is measured here.

import { BLANK, figureOf } from "./figures.mjs";
import { judge } from "./goals.mjs";

const OWN = "milepost";

const kib = (bytes) => (bytes / 1024).toFixed(1);
const tenths = (value) => value.toFixed(1);
const whole = (value) => value.toFixed(0);
const hundredths = (value) => value.toFixed(2);
const percent = (share) => `${(share * 100).toFixed(share === 1 || share === 0 ? 0 : 1)} %`;

/** `judged` columns get a ratio to Milepost's figure; less is better in all of them. */
const TABLES = {
  bytes: {
    title: "Bytes of script downloaded (KiB)",
    how: "Scripts that a page with the tracker really requests, in the same entry its users have: an npm bundle made by esbuild (minified, production, lazy parts apart), for the tag the tag's file. Compressed once as a server would.",
    columns: [
      { key: "brotli", title: "brotli 11", form: kib, judged: true, less: true },
      { key: "gzip", title: "gzip 9", form: kib, less: true },
      { key: "raw", title: "raw", form: kib, less: true },
      { key: "files", title: "files", form: whole },
    ],
  },
  startup: {
    title: "Start-up (ms of main-thread CPU)",
    how: "DevTools' TaskDuration and ScriptDuration in the threadTicks domain, from navigation until 1 s after load (1.5 s at 6x throttling), medians of interleaved loads with an empty profile, less the blank page. Blocking: what tasks took beyond 50 ms each, in real time, blank page not taken off.",
    columns: [
      { key: "task1", title: "all tasks, 1x", form: tenths, judged: true, less: true, spread: true },
      { key: "script1", title: "script, 1x", form: tenths, less: true },
      { key: "task6", title: "all tasks, 6x", form: tenths, judged: true, less: true, spread: true },
      { key: "script6", title: "script, 6x", form: tenths, less: true },
      { key: "blocking1", title: "blocking, 1x", form: whole },
      { key: "blocking6", title: "blocking, 6x", form: whole },
    ],
  },
  burst: {
    title: "An event in a burst: 1,000 events, ten a frame",
    how: "Main-thread CPU time of all tasks until the last event has arrived, less the blank page that runs the same frames and calls an empty function; bytes of request bodies as they were sent, whatever their encoding.",
    columns: [
      { key: "task", title: "µs an event", form: whole, judged: true, less: true, spread: true },
      { key: "bytes", title: "bytes an event", form: whole, judged: true },
      { key: "requests", title: "requests an event", form: hundredths },
      { key: "arrived", title: "arrived", form: percent },
    ],
  },
  pace: {
    title: "An event at a person's pace: 30 events, one every 300 ms",
    how: "As above.",
    columns: [
      { key: "task", title: "µs an event", form: whole, judged: true, less: true, spread: true },
      { key: "bytes", title: "bytes an event", form: whole, judged: true },
      { key: "requests", title: "requests an event", form: hundredths },
      { key: "arrived", title: "arrived", form: percent },
    ],
  },
  scroll: {
    title: "Scrolling for 5 s (ms)",
    how: "A wheel turned by 60 pixels every 16 ms over a page of some 30,000 pixels, and a second after it; main-thread CPU, less the blank page.",
    columns: [
      { key: "script", title: "script", form: tenths, judged: true, less: true, spread: true },
      { key: "task", title: "all tasks", form: tenths, less: true, spread: true },
    ],
  },
  input: {
    title: "Filling in a form (ms)",
    how: "Sixty keys into three fields, a click on the button, and a second after it; main-thread CPU, less the blank page.",
    columns: [
      { key: "script", title: "script", form: tenths, judged: true, less: true, spread: true },
      { key: "task", title: "all tasks", form: tenths, less: true, spread: true },
    ],
  },
  memory: {
    title: "Memory after an hour (KiB)",
    how: "1,000 new addresses in a single-page shop with an event each, 3.6 s apart while every clock and timer of the page runs sixty times as fast; JavaScript heap after forced collection and WebAssembly memory, less the blank page's heap.",
    columns: [
      { key: "total", title: "both", form: kib, judged: true, less: true },
      { key: "heap", title: "heap", form: kib, less: true },
      { key: "wasm", title: "WebAssembly", form: kib },
    ],
  },
};

/** Situations of measures/delivery.mjs, in the order of the table. */
const SITUATION_TITLES = {
  busy: "503, then 200",
  away: "connection refused, then back",
  offline: "browser offline, then online",
  navigation: "navigation right after",
  close: "tab closed right after",
  kill: "browser killed after 1 s",
};

/** The whole of RESULTS.md. */
export function markdown(results) {
  const parts = ["# Results", "", ...heading(results), "", ...goalsOf(results)];
  for (const [name, table] of Object.entries(TABLES)) {
    const measured = results.measures[name];
    if (measured) parts.push(...tableOf(name, table, measured, results), "");
  }
  if (results.measures.delivery) parts.push(...deliveryOf(results.measures.delivery, results), "");
  parts.push("## What each tracker captures, and where it is at a disadvantage", "");
  for (const { name, title, captures, notes } of results.trackers) {
    if (name === BLANK) continue;
    parts.push(`- **${title}**: ${captures}.`, ...notes.map((note) => `  ${note}`));
  }
  return `${parts.join("\n")}\n`;
}

function heading({ date, machine, versions, quick }) {
  const lines = [
    `Measured by \`cargo xtask bench\` on ${date.slice(0, 10)}, all in one run in the same browser: ${versions.browser}, headless, on ${machine}.`,
    `Trackers: ${versions.trackers.join(", ")}; Node ${versions.node}, playwright-core ${versions.playwright}, esbuild ${versions.esbuild}.`,
    "Each figure is a median; ± is the median distance from it; × is the figure divided by Milepost's from npm.",
    "**Bold** are figures of peers that are better than Milepost's.",
    "How each is taken, and its limits, is in README.md.",
  ];
  return quick ? ["**A quick run: it shows that the bench works, not what the trackers cost.**", "", ...lines] : lines;
}

function goalsOf(results) {
  const goals = judge(results);
  if (!goals.length) return [];
  return ["## What Milepost wants to reach", "", "| | | |", "|---|---|---|", ...goals.map(({ title, reached, says }) => `| ${title} | ${reached ? "reached" : "**not reached**"} | ${says} |`), ""];
}

function tableOf(name, { title, how, columns }, measured, { trackers }) {
  const heads = columns.flatMap((column) => [column.title, ...(column.judged ? ["×"] : [])]);
  const lines = [`## ${title}`, "", how, `${measured.runs} ${measured.runs === 1 ? "run" : "runs"}, ${measured.date.slice(0, 10)}.`, "", `| | ${heads.join(" | ")} |`, `|---|${"---:|".repeat(heads.length)}`];
  const beaten = [];
  for (const tracker of trackers) {
    if (tracker.name === BLANK || !measured.trackers[tracker.name]) continue;
    const cells = columns.flatMap((column) => {
      const figure = figureOf(measured, tracker.name, column);
      const own = figureOf(measured, OWN, column);
      if (!figure) return column.judged ? ["–", "–"] : ["–"];
      const better = column.judged && own && !isOwn(tracker) && figure.value < own.value;
      if (better) beaten.push(`${tracker.title} in ${column.title}`);
      const text = `${column.form(figure.value)}${column.spread ? ` ± ${column.form(figure.spread)}` : ""}`;
      const ratio = own && own.value > 0 && figure.value > 0 ? hundredths(figure.value / own.value) : "–";
      return [better ? `**${text}**` : text, ...(column.judged ? [ratio] : [])];
    });
    lines.push(`| ${tracker.title} | ${cells.join(" | ")} |`);
  }
  if (measured.trackers[OWN]) lines.push("", beaten.length ? `Milepost loses to ${beaten.join(", ")}.` : "Milepost loses to none.");
  return lines;
}

function isOwn({ name }) {
  return name.startsWith(OWN);
}

function deliveryOf(measured, { trackers }) {
  const situations = Object.keys(SITUATION_TITLES);
  const lines = [
    "## Delivery: what arrived of 20 events",
    "",
    "Numbered events in each situation, and a next visit after it; the sum of all runs.",
    "A 503 lasts until 4 s after the events, as do the refused connections and being offline; then up to 12 s of recovery, and up to 14 s on the next page.",
    "+n: repeats that arrived too (raw); in brackets those that carry no identity by which a collector could drop them.",
    `${measured.runs} ${measured.runs === 1 ? "run" : "runs"}, ${measured.date.slice(0, 10)}.`,
    "",
    `| | ${situations.map((situation) => SITUATION_TITLES[situation]).join(" | ")} |`,
    `|---|${"---:|".repeat(situations.length)}`,
  ];
  const of = measured.runs * 20;
  const losses = [];
  for (const tracker of trackers) {
    const figures = measured.trackers[tracker.name];
    if (!figures) continue;
    const cells = situations.map((situation) => {
      const { arrived, repeats, unrecognised } = figures[situation];
      if (isOwn(tracker) && arrived < of) losses.push(`${tracker.title}, ${SITUATION_TITLES[situation]}: ${of - arrived} of ${of} lost`);
      return `${arrived}/${of}${repeats ? ` +${repeats}${unrecognised ? ` (${unrecognised})` : ""}` : ""}`;
    });
    lines.push(`| ${tracker.title} | ${cells.join(" | ")} |`);
  }
  if (losses.length) lines.push("", `**Milepost loses events: ${losses.join("; ")}.**`);
  return lines;
}
