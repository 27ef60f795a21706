// Stands between a page and the collector: keeps every byte that passes, and can answer in the collector's place.

import { createServer, request as ask } from "node:http";
import { gunzipSync } from "node:zlib";
import { close, listen } from "./site.mjs";

const PATIENCE_MS = 15_000;

/** `target` is the collector's address. */
export async function startRelay(target) {
  const requests = [];
  const watchers = new Set();
  const lookAll = () => [...watchers].forEach((look) => look());
  const relay = {
    url: "",
    /** Each request: `{ method, path, head, body, text, batch }`, then `{ status, answer }`, or `givenUp` by the browser. */
    requests,
    /**
     * When set, is asked for each batch: what it returns, `{ status, headers, body, forward, opaque }`, is answered
     * instead. Without a status the connection is reset; `opaque` keeps the page from reading the answer.
     */
    instead: null,
    /** When set, is waited for before the tracker's files are handed out. */
    filesWaitFor: null,
    /** How many batches the collector, or `instead`, has not yet answered; even if the browser has hung up. */
    underWay: 0,
    batches: () => requests.filter((request) => request.path === "/v1/batch"),
    /** Events that the collector has acknowledged, each identity once, in the order of their numbers. */
    events() {
      const found = new Map();
      for (const { batch, answer } of relay.batches()) {
        if (answer?.accepted === undefined) continue;
        for (const event of batch.events) found.set(`${batch.stream} ${event.seq}`, { ...event, url: urlOf(batch, event), batch });
      }
      return [...found.values()].sort((left, right) => left.at - right.at || left.seq - right.seq);
    },
    names: () => relay.events().map((event) => event.name),
    /** Waits until `holds()`, looking whenever a request comes or ends. */
    async until(what, holds) {
      if (holds()) return;
      await new Promise((resolve, reject) => {
        const look = () => holds() && done(resolve);
        const late = () => new Error(`waited in vain until ${what}; acknowledged: ${relay.names().join(" ") || "nothing"}`);
        const timer = setTimeout(() => done(() => reject(late())), PATIENCE_MS);
        const done = (end) => {
          clearTimeout(timer);
          watchers.delete(look);
          end();
        };
        watchers.add(look);
      });
    },
    close: () => close(server),
  };
  const carry = async (request, response) => {
    const body = await bytesOf(request);
    const entry = record(request, body);
    requests.push(entry);
    lookAll();
    response.once("finish", () => {
      entry.status ??= response.statusCode;
      lookAll();
    });
    response.once("close", () => {
      entry.givenUp = !response.writableFinished;
      lookAll();
    });
    const isBatch = entry.path === "/v1/batch";
    if (!isBatch) await relay.filesWaitFor;
    const own = isBatch ? await relay.instead?.(entry) : null;
    if (!own) return forward(target, request, body, response, entry);
    if (own.forward) await forward(target, request, body, null, {});
    if (!own.status) return response.destroy();
    entry.status = own.status;
    if (own.body?.accepted !== undefined) entry.answer = own.body;
    const readable = own.opaque ? {} : { "Access-Control-Allow-Origin": request.headers.origin ?? "*", "Access-Control-Expose-Headers": "Retry-After" };
    return response.writeHead(own.status, { ...readable, ...own.headers }).end(typeof own.body === "object" ? JSON.stringify(own.body) : own.body);
  };
  const server = createServer(async (request, response) => {
    const share = request.url.startsWith("/v1/batch") ? 1 : 0;
    relay.underWay += share;
    try {
      await carry(request, response);
    } finally {
      relay.underWay -= share;
      lookAll();
    }
  });
  relay.url = await listen(server);
  return relay;
}

async function bytesOf(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

function record({ method, url, rawHeaders }, body) {
  const plain = body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body) : body;
  const text = plain.toString("utf8");
  const path = url.split("?")[0];
  const head = `${method} ${url}\n${rawHeaders.join("\n")}`;
  return { method, path, head, body, text, batch: path === "/v1/batch" && text ? JSON.parse(text) : null, status: null, answer: null, givenUp: false };
}

function forward(target, { method, url, headers }, body, response, entry) {
  return new Promise((resolve) => {
    const { host, ...rest } = headers;
    const onward = ask(new URL(url, target), { method, headers: { ...rest, connection: "close" } }, async (answer) => {
      const bytes = await bytesOf(answer);
      entry.status = answer.statusCode;
      if (entry.path === "/v1/batch" && bytes.length) entry.answer = JSON.parse(bytes.toString("utf8"));
      const { connection, "transfer-encoding": chunked, ...head } = answer.headers;
      response?.writeHead(answer.statusCode, head).end(bytes);
      resolve();
    });
    onward.once("error", () => {
      response?.destroy();
      resolve();
    });
    onward.end(body);
  });
}

function urlOf(batch, event) {
  return batch.pages.find((page) => page.id === (event.page ?? 0))?.url;
}
