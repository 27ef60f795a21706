// Amplitude's Browser SDK 2 with autocapture and remote configuration.

import { jsonOf } from "../support/encodings.mjs";

export default {
  name: "amplitude",
  title: "Amplitude",
  packages: ["@amplitude/analytics-browser"],
  captures: "page views, sessions, attribution, clicks and changes, forms, downloads, scroll depth on leaving, frustration",
  byItself: ["clicks", "forms", "scroll"],
  notes: [
    "autocapture: true, which its documentation gives for all of it; session replay is a package of its own and left out.",
    "Bodies are gzipped as they are for its own endpoints (enableRequestBodyCompression).",
    "2.47.0 is the newest whose parts can all be had from npm.",
  ],
  script: `
    import * as amplitude from "@amplitude/analytics-browser";
    amplitude.init("bench", {
      serverUrl: COLLECTOR + "/2/httpapi",
      enableRequestBodyCompression: true,
      autocapture: true,
      remoteConfig: { serverUrl: COLLECTOR + "/config" },
    });
    globalThis.track = (name, params) => amplitude.track(name, params);
  `,
  ingests: (path) => path === "/2/httpapi",
  answer({ path, body }) {
    if (path.startsWith("/config")) return { body: JSON.stringify({ configs: { analyticsSDK: { browserSDK: {} }, diagnostics: { browserSDK: { enabled: false, sampleRate: 0 } } } }) };
    if (!this.ingests(path)) return null;
    return { body: JSON.stringify({ code: 200, events_ingested: this.events({ body }).length, payload_size_bytes: body.length, server_upload_time: Date.now() }) };
  },
  events({ body }) {
    return (jsonOf(body)?.events ?? []).map(({ event_type, event_properties, insert_id }) => ({ name: event_type, params: event_properties ?? {}, id: insert_id }));
  },
};
