// Serves the bench's page on loopback, one host name a visit, each with the tracker that the visit is about.

import { createServer } from "node:http";

const TYPES = { js: "text/javascript", html: "text/html; charset=utf-8" };

/** `bundles` maps an adapter's name to its files. */
export async function serveSite(bundles) {
  /** What each host name shows: `{ adapter, collector }`. */
  const visits = new Map();
  let next = 0;
  const server = createServer((request, response) => {
    const visit = visits.get(request.headers.host.split(".")[0]);
    const { pathname } = new URL(request.url, "http://shop");
    const [, file] = /^\/assets\/([^/]+)$/.exec(pathname) ?? [];
    const answer = (type, body) => response.writeHead(200, { "Content-Type": TYPES[type], "Cache-Control": "no-store" }).end(body);
    if (!visit) return response.writeHead(404).end();
    if (file) {
      const bytes = bundles.get(visit.adapter.name)?.get(file);
      return bytes ? answer("js", bytes) : response.writeHead(404).end();
    }
    if (pathname === "/empty.html") return answer("html", '<!doctype html><title>Empty</title><link rel="icon" href="data:,">');
    return answer("html", page(visit));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  return {
    /** A new origin with an adapter's page on it; every path but /empty.html is that page. */
    open(adapter, collector) {
      const name = `v${(next += 1)}`;
      visits.set(name, { adapter, collector });
      return `http://${name}.shop.localhost:${port}`;
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A long product page with links, buttons, a form and a video, marked for the trackers that go by marks. */
function page({ adapter, collector }) {
  const tracker = adapter.head ? adapter.head(collector) : '<script type="module" src="/assets/app.js"></script>';
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Mug – Stone &amp; Clay</title><link rel="icon" href="data:,">
<style>body{font:16px/1.5 sans-serif;max-width:60em;margin:auto}section{min-height:30em;border-top:1px solid #ccc}label{display:block}</style>
<script>COLLECTOR=${JSON.stringify(collector)};longTasks=[];new PerformanceObserver(l=>longTasks.push(...l.getEntries().map(e=>e.duration))).observe({type:"longtask",buffered:true})</script>
${tracker}
</head><body data-mp-currency="EUR">
<nav>${["Mugs", "Bowls", "Plates", "About"].map((name) => `<a href="/${name.toLowerCase()}.html">${name}</a>`).join(" ")}</nav>
<main data-mp-item-id="mug-1" data-mp-item-name="Mug" data-mp-price="19.99" data-elb="product" data-elb-product="id:mug-1;name:Mug;price:19.99">
<h1>Mug</h1>
<button id="add" type="button" data-mp-event="add_to_cart" data-mp-quantity="1" data-elbaction="click:add">Add to cart</button>
<video id="film" preload="none" title="How it is made"></video>
<form id="contact" action="/sent.html" onsubmit="return false" data-elbaction="submit:send">
${["name", "email", "street", "city", "message"].map((name) => `<label>${name} <input id="f-${name}" name="${name}"></label>`).join("\n")}
<button id="send">Send</button></form>
${Array.from({ length: 60 }, (_, i) => `<section><h2>Part ${i + 1}</h2><p>${"The clay is dug in spring and rests until it is thrown, dried, glazed and fired twice. ".repeat(2)}</p><a href="/part-${i + 1}.html">More on part ${i + 1}</a> <button type="button">Save</button></section>`).join("\n")}
</main><footer>Stone &amp; Clay</footer></body></html>`;
}
