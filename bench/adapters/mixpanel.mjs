// Mixpanel with autocapture, from the build without session recording.

import { base64Of, formOf, jsonOf, textOf } from "../support/encodings.mjs";

export default {
  name: "mixpanel",
  title: "Mixpanel",
  packages: ["mixpanel-browser"],
  captures: "page views and leaves, clicks, inputs, submissions, scroll depth, rage and dead clicks",
  byItself: ["clicks", "forms", "scroll"],
  notes: [
    "Its README's entry without session recording (loader-module-core), or it would be three times the size.",
    "autocapture: true as in its README; bodies as its default has them: base64 in a form.",
  ],
  script: `
    import mixpanel from "mixpanel-browser/src/loaders/loader-module-core";
    mixpanel.init("bench", { api_host: COLLECTOR, autocapture: true, persistence: "localStorage" });
    globalThis.track = (name, params) => mixpanel.track(name, params);
  `,
  ingests: (path) => path === "/track/" || path === "/track",
  answer({ path, query }) {
    if (this.ingests(path)) return { body: query.verbose ? '{"status":1,"error":null}' : "1" };
    return /^\/(engage|groups|decide|settings|flags)/.test(path) ? { body: '{"status":1}' } : null;
  },
  events({ body }) {
    const text = textOf(body);
    const value = text.startsWith("data=") ? (jsonOf(formOf(body).data) ?? jsonOf(base64Of(formOf(body).data))) : jsonOf(text);
    return (Array.isArray(value) ? value : value ? [value] : []).map(({ event, properties }) => ({ name: event, params: properties ?? {}, id: properties?.$insert_id }));
  },
};
