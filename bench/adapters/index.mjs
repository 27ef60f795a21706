// All trackers of the bench, Milepost first and the blank page last.

import amplitude from "./amplitude.mjs";
import blank from "./blank.mjs";
import countly from "./countly.mjs";
import milepostTag from "./milepost-tag.mjs";
import milepost from "./milepost.mjs";
import mixpanel from "./mixpanel.mjs";
import plausible from "./plausible.mjs";
import posthog from "./posthog.mjs";
import segment from "./segment.mjs";
import snowplow from "./snowplow.mjs";
import walkeros from "./walkeros.mjs";

export const adapters = [milepost, milepostTag, plausible, snowplow, walkeros, segment, countly, mixpanel, amplitude, posthog, blank];
