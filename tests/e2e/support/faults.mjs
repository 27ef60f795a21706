// A collector that fails on purpose, by a script or by seeded chance, and keeps every raw batch.
// Stands alone, or in front of the real collector. Not here: what must hold of what arrived; see conservation.mjs.

import { createServer } from "node:http";
import { gunzipSync } from "node:zlib";
import { close, listen } from "./site.mjs";
import { until } from "./processes.mjs";

const BATCH = "/v1/batch";

/**
 * Starts it. `target` is the real collector's address when one is to keep what comes through.
 *
 * What it does with a request is what `behave(request)` returns, nothing for a good answer, else some of:
 * `status` and `headers` (nothing is stored), `reset` (`"before"` the body is read, `"after"` it was stored, `"half"` way
 * through the answer), `delay` in ms before the answer, `silent` (stored, never answered), `opaque` (stored, unreadable).
 */
export async function startFaults({ target } = {}) {
  const batches = [];
  const seen = new Map();
  const it = {
    url: "",
    behave: null,
    /** Each batch that was stored: `{ batch, at, accepted, duplicates }`, repeats too. */
    batches,
    /** What was asked, and what came of it: `{ method, headers, at, fault, site }`; the site of what had a body. */
    requests: [],
    /** Events of a site by identity: `{ event, stream, at, times }`, the first arrival's. */
    events: (site) => [...seen.values()].filter((each) => each.site === site),
    until,
    close: () => close(server),
  };
  const server = createServer(async (request, response) => {
    const asked = { method: request.method, headers: request.headers, at: performance.now(), fault: null };
    const open = { "Access-Control-Allow-Origin": request.headers.origin ?? "*", "Access-Control-Expose-Headers": "Retry-After", Vary: "Origin" };
    if (new URL(request.url, "http://collector").pathname !== BATCH) return response.writeHead(404).end();
    it.requests.push(asked);
    if (request.method !== "POST") return response.writeHead(204, { ...open, "Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": "Content-Type" }).end();
    const fault = it.behave?.(asked) ?? {};
    asked.fault = fault;
    if (fault.reset === "before") return request.socket.resetAndDestroy();
    let body;
    try {
      body = await bytesOf(request);
    } catch {
      return undefined; // The browser went away half way through: nothing has arrived.
    }
    const batch = read(body);
    asked.site = batch.site;
    const said = fault.status ? { status: fault.status, body: "" } : await store(batch, body);
    if (fault.delay) await new Promise((resolve) => setTimeout(resolve, fault.delay));
    if (fault.silent) return undefined;
    if (fault.reset === "after") return request.socket.resetAndDestroy();
    response.writeHead(said.status, { ...(fault.opaque ? {} : open), "Content-Type": "application/json", "Content-Length": Buffer.byteLength(said.body), ...fault.headers });
    if (fault.reset !== "half") return response.end(said.body);
    return response.write(said.body.slice(0, said.body.length / 2), () => request.socket.resetAndDestroy());
  });

  async function store(batch, body) {
    // Asked before anything is noted: what the real collector refuses hasn't arrived.
    const real = target && (await fetch(target + BATCH, { method: "POST", body }));
    if (real && !real.ok) return { status: real.status, body: await real.text() };
    const at = performance.now();
    let duplicates = 0;
    for (const event of batch.events ?? []) {
      const key = `${batch.site} ${batch.stream} ${event.seq}`;
      const known = seen.get(key);
      if (known) duplicates += 1;
      if (known) known.times += 1;
      // An event wins over the note that it was dropped.
      if (!known || (known.event.dropped && !event.dropped)) seen.set(key, { site: batch.site, stream: batch.stream, event, at, times: 1 });
    }
    const accepted = (batch.events?.length ?? 0) - duplicates;
    batches.push({ batch, at, accepted, duplicates });
    return { status: 200, body: real ? await real.text() : JSON.stringify({ accepted, duplicates, rejected: [] }) };
  }

  it.url = (await listen(server)).replace("127.0.0.1", "localhost");
  return it;
}

/** Behaviour by chance: `odds` are pairs of a share and what then happens; what is left over goes well. */
export function randomly(random, odds) {
  return () => {
    let left = random();
    for (const [share, fault] of odds) if ((left -= share) < 0) return fault;
    return null;
  };
}

function read(body) {
  const plain = body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body) : body;
  return JSON.parse(plain.toString("utf8"));
}

async function bytesOf(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}
