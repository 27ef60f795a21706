// PostHog with autocapture; session replay, surveys and the toolbar off.

import { base64Of, formOf, jsonOf, textOf } from "../support/encodings.mjs";

const TOKEN = "phc_bench";

/** What a project answers that uses product analytics only. */
const REMOTE = {
  token: TOKEN,
  supportedCompression: ["gzip", "gzip-js"],
  hasFeatureFlags: false,
  captureDeadClicks: false,
  capturePerformance: false,
  autocapture_opt_out: false,
  autocaptureExceptions: false,
  analytics: { endpoint: "/i/v0/e/" },
  elementsChainAsString: true,
  sessionRecording: false,
  heatmaps: false,
  conversations: false,
  logs: { captureConsoleLogs: false },
  surveys: false,
  productTours: false,
  defaultIdentifiedOnly: true,
  siteApps: [],
};

export default {
  name: "posthog",
  title: "PostHog",
  packages: ["posthog-js"],
  captures: "page views and leaves with scroll depth, all clicks, changes and submissions",
  byItself: ["clicks", "forms", "scroll"],
  notes: [
    "Session replay and surveys are off in the options and in the remote configuration; so are heatmaps, web vitals and exceptions, which no other tracker here has.",
    "From 100 calls in a burst on it drops events (rate_limiting); the limit is raised, or the burst of 1,000 could not be counted.",
  ],
  script: `
    import posthog from "posthog-js";
    posthog.init("${TOKEN}", {
      api_host: COLLECTOR,
      defaults: "2026-08-30",
      disable_session_recording: true,
      disable_surveys: true,
      rate_limiting: { events_per_second: 1000, events_burst_limit: 3000 },
    });
    globalThis.track = (name, params) => posthog.capture(name, params);
  `,
  ingests: (path) => path === "/i/v0/e/" || path === "/e/" || path === "/batch/",
  answer({ path }) {
    if (path === `/array/${TOKEN}/config.js`) {
      const body = `(function(){window._POSTHOG_REMOTE_CONFIG=window._POSTHOG_REMOTE_CONFIG||{};window._POSTHOG_REMOTE_CONFIG["${TOKEN}"]={config:${JSON.stringify(REMOTE)},siteApps:[]}})();`;
      return { type: "text/javascript", body };
    }
    if (path === `/array/${TOKEN}/config`) return { body: JSON.stringify(REMOTE) };
    if (path.startsWith("/flags")) return { body: JSON.stringify({ ...REMOTE, flags: {}, featureFlags: {}, errorsWhileComputingFlags: false }) };
    return this.ingests(path) ? { body: '{"status":"Ok"}' } : null;
  },
  events({ body }) {
    let value = jsonOf(body);
    if (!value && textOf(body).startsWith("data=")) value = jsonOf(base64Of(formOf(body).data));
    const list = Array.isArray(value) ? value : (value?.batch ?? (value ? [value] : []));
    return list.map(({ event, properties, uuid }) => ({ name: event, params: properties ?? {}, id: uuid }));
  },
};
