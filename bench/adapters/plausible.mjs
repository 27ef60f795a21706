// Plausible: one request an event, nothing kept; the smallest of the peers.

import { jsonOf } from "../support/encodings.mjs";

export default {
  name: "plausible",
  title: "Plausible",
  packages: ["@plausible-analytics/tracker"],
  captures: "page views, outbound clicks, downloads, form submissions, scroll depth (sent on leaving)",
  byItself: ["forms", "scroll"],
  notes: [
    "Optional captures that its README lists are switched on: outboundLinks, fileDownloads, formSubmissions.",
    "It has no batches and no retry by design, and takes no media or cart; properties must be scalars.",
  ],
  script: `
    import { init, track } from "@plausible-analytics/tracker";
    init({ domain: "shop.example", endpoint: COLLECTOR + "/api/event", outboundLinks: true, fileDownloads: true, formSubmissions: true });
    globalThis.track = (name, params) => track(name, { props: params });
  `,
  ingests: (path) => path === "/api/event",
  answer: ({ path }) => (path === "/api/event" ? { status: 202, type: "text/plain", body: "ok" } : null),
  events({ body }) {
    const event = jsonOf(body);
    return event?.n ? [{ name: event.n, params: event.p ?? {} }] : [];
  },
};
