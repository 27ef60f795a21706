// Milepost as the tag: the documented stub in the page, milepost.js from the collector.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { captures, collector } from "./milepost.mjs";

export default {
  name: "milepost-tag",
  title: "Milepost (tag)",
  packages: ["milepost"],
  /** Measured apart only where the way into the page matters. */
  entryOf: "milepost",
  captures,
  byItself: ["forms", "scroll", "media"],
  notes: ["The same tracker as a script tag; its file comes from the collector, so it arrives later than a bundle from the page's own server."],
  head: (url) => `<script>window.milepost=window.milepost||function(){(milepost.q=milepost.q||[]).push([Date.now(),arguments])};
milepost("init",{site:"shop",collector:"${url}",consent:{mode:"granted"},conversions:"ecommerce"});
globalThis.track=(name,params)=>milepost("track",name,params);</script>
<script async src="${url}/milepost.js"></script>`,
  ...collector,
  answer(request) {
    if (request.path !== "/milepost.js") return collector.answer(request);
    return { type: "text/javascript", body: readFileSync(join(process.env.MILEPOST_PACKAGE, "dist/milepost.js")) };
  },
};
