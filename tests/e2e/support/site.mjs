// Serves pages on loopback: files of a folder, pages given as text, and answers given as functions.
// Files may be imported from any origin, as the collector's may.
// Keeps a log of what was asked. No tracker and no collector here.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".mp4": "video/mp4",
  ".svg": "image/svg+xml",
  ".vtt": "text/vtt; charset=utf-8",
  ".wasm": "application/wasm",
  ".webm": "video/webm",
};

/**
 * Starts a server. `pages` maps a path to its text, or to a function `(request, response)`; it may be changed while the
 * server runs. A path in no page is looked for in `folders`, which maps a path's beginning to a folder.
 */
export async function serveSite({ pages = {}, folders = {} } = {}) {
  const asked = [];
  const server = createServer(async (request, response) => {
    asked.push(request.url);
    const path = new URL(request.url, "http://site").pathname;
    try {
      if (typeof pages[path] === "function") return await pages[path](request, response);
      if (path in pages) return answer(request, response, path.includes(".") ? path : "index.html", Buffer.from(pages[path]));
      const prefix = Object.keys(folders).find((each) => path.startsWith(each));
      if (prefix === undefined) throw new Error("no such page");
      const inside = path.endsWith("/") ? `${path}index.html` : path;
      // Normalised as an absolute path, so that no `..` climbs out of the folder.
      const file = join(folders[prefix], normalize(`/${decodeURIComponent(inside.slice(prefix.length))}`));
      return answer(request, response, file, await readFile(file));
    } catch {
      response.writeHead(404).end();
    }
  });
  const url = await listen(server);
  return { url, asked, pages, close: () => close(server) };
}

/** Starts an HTTP server on a free loopback port; returns its address. */
export async function listen(server) {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${server.address().port}`;
}

/** Ends a server and what is still open on it. */
export function close(server) {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
}

function answer(request, response, name, body) {
  const head = { "Content-Type": TYPES[extname(name)] ?? "application/octet-stream", "Accept-Ranges": "bytes", "Access-Control-Allow-Origin": "*" };
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  if (!range) return response.writeHead(200, { ...head, "Content-Length": body.length }).end(body);
  const from = Number(range[1]);
  const to = Math.min(range[2] ? Number(range[2]) : body.length - 1, body.length - 1);
  if (from > to) return response.writeHead(416, { "Content-Range": `bytes */${body.length}` }).end();
  const part = body.subarray(from, to + 1);
  return response.writeHead(206, { ...head, "Content-Range": `bytes ${from}-${to}/${body.length}`, "Content-Length": part.length }).end(part);
}
