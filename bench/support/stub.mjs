// Plays one vendor's collector and remote configuration on loopback, and keeps what it was sent.
// How a vendor answers and writes its bodies is the adapter's to know.

import { createServer } from "node:http";

/**
 * Starts a collector for an adapter. `behave("up" | "busy" | "away")` changes how it treats what comes:
 * busy answers 503 to everything, away refuses connections.
 */
export async function startStub(adapter) {
  const requests = [];
  let mode = "up";
  const handle = async (request, response) => {
    const headers = cors(request);
    if (request.method === "OPTIONS") return response.writeHead(204, headers).end();
    const body = await bytesOf(request).catch(() => null);
    if (body === null) return undefined;
    const { pathname, search, searchParams } = new URL(request.url, "http://collector");
    const ingestion = adapter.ingests(pathname, request.method);
    const kept = { method: request.method, path: pathname, query: Object.fromEntries(searchParams), headers: request.headers, body, ingestion };
    // What a GET carries is in its address.
    kept.bytes = request.method === "GET" ? Buffer.byteLength(search) : body.length;
    kept.accepted = mode === "up";
    requests.push(kept);
    if (mode !== "up") return response.writeHead(503, headers).end();
    const answer = adapter.answer(kept) ?? { status: 404 };
    kept.status = answer.status ?? 200;
    if (kept.status >= 400) kept.accepted = false;
    response.writeHead(kept.status, { ...headers, "Content-Type": answer.type ?? "application/json" });
    return response.end(answer.body ?? "");
  };
  let server = await listen(createServer(handle), 0);
  const { port } = server.address();
  const close = () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    return closed;
  };
  return {
    url: `http://collect.localhost:${port}`,
    requests,
    async behave(next) {
      if (mode === "away" && next !== "away") server = await listen(createServer(handle), port);
      if (next === "away" && mode !== "away") await close();
      mode = next;
    },
    /** Ingestion requests from the `since`th request on. */
    posts: (since = 0) => requests.slice(since).filter(({ ingestion }) => ingestion),
    /** Events that were accepted from the `since`th request on. */
    events(since = 0) {
      return requests.slice(since).flatMap((request) => (request.ingestion && request.accepted ? adapter.events(request) : []));
    },
    close,
  };
}

/** Every answer can be read by the page that asked, cookies or not. */
function cors({ headers }) {
  return {
    "Access-Control-Allow-Origin": headers.origin ?? "*",
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Allow-Methods": "GET, POST, PUT, OPTIONS",
    "Access-Control-Allow-Headers": headers["access-control-request-headers"] ?? "content-type",
    "Access-Control-Max-Age": "600",
  };
}

async function listen(server, port) {
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return server;
}

async function bytesOf(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}
