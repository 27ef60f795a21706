// Segment's Analytics.js 2 as an npm package; its source settings come from the stub as they would from the CDN.

import { jsonOf } from "../support/encodings.mjs";

const KEY = "bench";

const SETTINGS = {
  integrations: { "Segment.io": { apiKey: KEY, unbundledIntegrations: [], addBundledMetadata: true, maybeBundledConfigIds: {}, versionSettings: { version: "4.4.7", componentTypes: ["browser"] } } },
  plan: { track: { __default: { enabled: true, integrations: {} } }, identify: { __default: { enabled: true } }, group: { __default: { enabled: true } } },
  edgeFunction: {},
  analyticsNextEnabled: true,
  middlewareSettings: {},
  enabledMiddleware: {},
  metrics: { sampleRate: 0 },
  legacyVideoPluginsEnabled: false,
  remotePlugins: [],
  autoInstrumentationSettings: { disableTraffic: false, sampleRate: 0 },
};

export default {
  name: "segment",
  title: "Segment",
  packages: ["@segment/analytics-next"],
  captures: "nothing by itself: page() and track() are called by the site",
  byItself: [],
  notes: [
    "It captures nothing by itself, so its rows for start-up, scroll and input are of a tracker that does less.",
    "Batching is an option of its own and off by default: one request an event.",
  ],
  script: `
    import { AnalyticsBrowser } from "@segment/analytics-next";
    const { host } = new URL(COLLECTOR);
    const analytics = AnalyticsBrowser.load({ writeKey: "${KEY}", cdnURL: COLLECTOR }, { integrations: { "Segment.io": { apiHost: host + "/v1", protocol: "http" } } });
    analytics.page();
    globalThis.track = (name, params) => analytics.track(name, params);
  `,
  ingests: (path, method) => method === "POST" && /^\/v1\/([tpigab]|batch)$/.test(path),
  answer({ path, method }) {
    if (path === `/v1/projects/${KEY}/settings`) return { body: JSON.stringify(SETTINGS) };
    return this.ingests(path, method) || path === "/v1/m" ? { body: '{"success":true}' } : null;
  },
  events({ body }) {
    const value = jsonOf(body);
    return (value?.batch ?? (value ? [value] : [])).map(({ type, event, properties, messageId }) => ({ name: event ?? type, params: properties ?? {}, id: messageId }));
  },
};
