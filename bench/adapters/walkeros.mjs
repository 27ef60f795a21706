// walkerOS: collector, browser source, and a destination that posts to an address as its API destination does.

import { jsonOf } from "../support/encodings.mjs";

export default {
  name: "walkeros",
  title: "walkerOS",
  packages: ["@walkeros/collector", "@walkeros/web-source-browser"],
  captures: "page views, and what is marked with data-elb attributes: clicks, submissions, visibility, scroll",
  byItself: [],
  notes: [
    "Its API destination cannot be had from npm any more; the destination here does the same in four lines, with walkerOS's own sendWeb.",
    "One request an event, its default, with keepalive: browsers let 64 KiB of those be under way at a time, so that a fast burst loses some.",
    "It captures clicks and forms only where the markup says so, as Milepost does for clicks; the page carries both kinds of markup.",
  ],
  script: `
    import { startFlow } from "@walkeros/collector";
    import { sourceBrowser } from "@walkeros/web-source-browser";
    import { sendWeb } from "@walkeros/web-core";
    const api = {
      type: "api",
      config: {},
      push: (event, { config, data }) => sendWeb(config.settings.url, JSON.stringify(data === undefined ? event : data), { transport: "fetch" }),
    };
    const started = startFlow({
      consent: { functional: true, marketing: true },
      sources: { browser: { code: sourceBrowser, config: { settings: { pageview: true } } } },
      destinations: { api: { code: api, config: { settings: { url: COLLECTOR + "/events" } } } },
      run: true,
    });
    globalThis.track = (name, params) => started.then(({ elb }) => elb(name.replace("_", " "), params));
    started.then(({ elb }) => (globalThis.track = (name, params) => elb(name.replace("_", " "), params)));
  `,
  ingests: (path) => path === "/events",
  answer: ({ path }) => (path === "/events" ? { body: '{"success":true}' } : null),
  events({ body }) {
    const event = jsonOf(body);
    return event?.name ? [{ name: event.name.replace(" ", "_"), params: event.data ?? {}, id: event.id }] : [];
  },
};
