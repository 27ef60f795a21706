// Processes that the tests start: ended when the tests end, found with all their descendants, killed as a tree.
// Not here: which programs; see engines.mjs.

import { spawn } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const START_MS = 60_000;
const END_MS = 15_000;
const LOOK_MS = 5;

const running = new Map();
process.once("exit", () => running.forEach((_, child) => signal(tree(child.pid), "SIGKILL")));

/** Ends what a failed test has left behind. */
export async function endAll() {
  await Promise.all([...running.values()].filter(({ aside }) => !aside).map(({ it }) => it.kill()));
}

/**
 * Starts a program in a group of its own. With `ready`, waits until a line of its output matches, and keeps the match
 * as `said`; `extra` opens one more output, whose lines count too; what runs `aside` doesn't keep the tests from ending.
 */
export async function start(program, args, { env = {}, ready, extra = false, aside = false } = {}) {
  const stdio = ["ignore", "pipe", "pipe", ...(extra ? ["pipe"] : [])];
  const child = spawn(program, args, { detached: true, stdio, env: { ...process.env, ...env } });
  const lines = [];
  const ended = new Promise((resolve) => child.once("exit", resolve)).then(() => running.delete(child));
  child.once("error", () => running.delete(child));
  const it = { pid: child.pid, lines, ended, said: null, kill: (name = "SIGKILL") => killTree(child.pid, name, ended) };
  running.set(child, { it, aside });
  const heard = new Promise((resolve, reject) => {
    const hear = (line) => {
      lines.push(line);
      const match = ready?.exec(line);
      if (match) resolve(match);
    };
    for (const output of child.stdio.slice(1)) createInterface({ input: output }).on("line", hear);
    child.once("error", reject);
    child.once("exit", (code, name) => reject(new Error(`${program} ended with ${code ?? name}: ${lines.join("\n")}`)));
    setTimeout(() => reject(new Error(`${program} isn't ready: ${lines.join("\n")}`)), START_MS).unref();
  });
  if (ready) it.said = await heard;
  else heard.catch(() => {});
  if (aside) [child, ...child.stdio.slice(1)].forEach((each) => each.unref());
  return it;
}

/** A process and all that it started, and they started, children last. */
export function tree(root) {
  const children = new Map();
  for (const [pid, parent] of parents()) children.set(parent, [...(children.get(parent) ?? []), pid]);
  const found = [root];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}

/** Those of a process' descendants whose command line fits. */
export function descendants(root, fits) {
  return tree(root).filter((pid) => pid !== root && fits(commandLine(pid)));
}

/** Sends a signal to processes that may be gone already. */
export function signal(pids, name) {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // Gone already.
    }
  }
}

/** Waits until `holds()` is true, or returns something. Fails with what was waited for. */
export async function until(what, holds, patience = END_MS) {
  const last = performance.now() + patience;
  for (;;) {
    const found = await holds();
    if (found) return found;
    if (performance.now() > last) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** A folder that is gone after the test. */
export async function temporary(name) {
  const path = await mkdtemp(join(tmpdir(), `milepost-${name}-`));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** Whether killing process by process can be done here: it needs to know who started whom. */
export const CAN_KILL = existsSync("/proc/self/stat");

/**
 * Anything stronger than a plea goes to every process of the tree: a browser killed alone would leave the others to
 * write what they hold.
 */
async function killTree(pid, name, ended) {
  const all = tree(pid);
  signal(name === "SIGKILL" ? all : [pid], name);
  const late = setTimeout(() => signal(all, "SIGKILL"), END_MS);
  await ended;
  clearTimeout(late);
  await until("all its processes ended", () => all.every((each) => !alive(each)));
}

function alive(pid) {
  const state = stat(pid)?.state;
  return state !== undefined && state !== "Z";
}

function* parents() {
  for (const name of CAN_KILL ? readdirSync("/proc") : []) {
    const parent = /^\d+$/.test(name) && stat(name)?.parent;
    if (parent) yield [Number(name), parent];
  }
}

function stat(pid) {
  try {
    // The name in brackets may hold anything.
    const [state, parent] = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

function commandLine(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}
