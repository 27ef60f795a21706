// Countly's Web SDK with the automatic captures that its documentation lists.

import { formOf, jsonOf } from "../support/encodings.mjs";

export default {
  name: "countly",
  title: "Countly",
  packages: ["countly-sdk-web"],
  captures: "sessions, page views, clicks, scrolls, links, forms",
  byItself: ["clicks", "forms", "scroll"],
  notes: [
    "Clicks and scrolls go to its heatmaps. Crash reports, remote configuration and feedback widgets are not called for.",
    "After a failed request it waits for 60 s (fail_timeout), longer than the bench does; the next visit sends at once.",
    "Events carry no identity by which its server could drop one that comes twice.",
  ],
  script: `
    import Countly from "countly-sdk-web";
    Countly.init({ app_key: "bench", url: COLLECTOR });
    Countly.track_sessions();
    Countly.track_pageview();
    Countly.track_clicks();
    Countly.track_scrolls();
    Countly.track_links();
    Countly.track_forms();
    globalThis.track = (key, segmentation) => Countly.add_event({ key, count: 1, segmentation });
  `,
  ingests: (path) => path === "/i",
  answer({ path }) {
    if (path === "/i") return { body: '{"result":"Success"}' };
    return path.startsWith("/o/sdk") ? { body: '{"v":1,"t":1,"c":{}}' } : null;
  },
  events({ method, body, query }) {
    const fields = method === "GET" ? query : formOf(body);
    const own = (jsonOf(fields.events ?? "[]") ?? []).map(({ key, segmentation }) => ({ name: key, params: segmentation ?? {} }));
    return fields.begin_session ? [{ name: "begin_session", params: {} }, ...own] : own;
  },
};
