// Snowplow's browser tracker with the plugins that together capture what Milepost does.

import { base64Of, jsonOf } from "../support/encodings.mjs";

const SCHEMA = "iglu:com.example/product_compared/jsonschema/1-0-0";

export default {
  name: "snowplow",
  title: "Snowplow",
  packages: ["@snowplow/browser-tracker", "@snowplow/browser-plugin-media"],
  captures: "page views, page pings with scroll offsets, links, buttons, forms; media and e-commerce by plugins",
  byItself: ["clicks", "forms", "scroll"],
  notes: [
    "Plugins: link, button, form, media, e-commerce. Activity tracking (page pings with scroll offsets) every 10 s, as its documentation shows.",
    "Plugins of 4.6.8 and 4.10.2 are the newest to be had; overrides in package.json make them share one core, so that none is counted twice.",
    "Its default of one event a request (bufferSize 1) is kept; each event rewrites its whole queue in localStorage.",
  ],
  script: `
    import { enableActivityTracking, newTracker, trackPageView, trackSelfDescribingEvent } from "@snowplow/browser-tracker";
    import { ButtonClickTrackingPlugin, enableButtonClickTracking } from "@snowplow/browser-plugin-button-click-tracking";
    import { FormTrackingPlugin, enableFormTracking } from "@snowplow/browser-plugin-form-tracking";
    import { LinkClickTrackingPlugin, enableLinkClickTracking } from "@snowplow/browser-plugin-link-click-tracking";
    import { SnowplowMediaPlugin } from "@snowplow/browser-plugin-media";
    import { SnowplowEcommercePlugin } from "@snowplow/browser-plugin-snowplow-ecommerce";
    newTracker("sp", COLLECTOR, {
      appId: "shop",
      plugins: [LinkClickTrackingPlugin(), ButtonClickTrackingPlugin(), FormTrackingPlugin(), SnowplowMediaPlugin(), SnowplowEcommercePlugin()],
    });
    enableActivityTracking({ minimumVisitLength: 10, heartbeatDelay: 10 });
    enableLinkClickTracking();
    enableButtonClickTracking();
    enableFormTracking();
    trackPageView();
    globalThis.track = (name, data) => trackSelfDescribingEvent({ event: { schema: "${SCHEMA}", data } });
  `,
  ingests: (path, method) => method === "POST" && path === "/com.snowplowanalytics.snowplow/tp2",
  answer: ({ path }) => (path === "/com.snowplowanalytics.snowplow/tp2" ? { type: "text/plain", body: "ok" } : null),
  events({ body }) {
    return (jsonOf(body)?.data ?? []).map((event) => {
      const own = jsonOf(event.ue_pr ?? base64Of(event.ue_px ?? ""))?.data;
      return { name: own ? own.schema.split("/")[1] : event.e, params: own?.data ?? {}, id: event.eid };
    });
  },
};
