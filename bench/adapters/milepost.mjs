// Milepost from npm: the packed tarball in the page's own bundle.

import { jsonOf } from "../support/encodings.mjs";

/** Milepost's collector, as far as a tracker sees it: what was read is accepted. */
export const collector = {
  ingests: (path) => path === "/v1/batch",
  answer({ path, body }) {
    if (path !== "/v1/batch") return null;
    return { body: JSON.stringify({ accepted: this.events({ body }).length, duplicates: 0, rejected: [] }) };
  },
  events({ body }) {
    const batch = jsonOf(body);
    return (batch?.events ?? []).filter(({ dropped }) => !dropped).map(({ seq, name, params }) => ({ name, params: params ?? {}, id: `${batch.stream}/${seq}` }));
  },
};

export const captures = "page views, scroll depth, media, forms; clicks, cart and checkout where the markup says so";

export default {
  name: "milepost",
  title: "Milepost (npm)",
  packages: ["milepost"],
  captures,
  byItself: ["forms", "scroll", "media"],
  notes: [
    'Runs with consent.mode "granted", since the peers ask for none; by default nothing would happen before a grant.',
    "The npm bundle is complete: WebAssembly, scroll, media, forms, cart and checkout are all inside.",
  ],
  script: `
    import { createTracker } from "milepost";
    const tracker = createTracker({ site: "shop", collector: COLLECTOR, consent: { mode: "granted" }, conversions: "ecommerce" });
    globalThis.track = (name, params) => tracker.track(name, params);
  `,
  ...collector,
};
