// A banner of the site's own: an event, and a global that is there before it on later pages.

import { banner, keep, kept } from "./banner.mjs";

const COOKIE = "banner";

const tell = (agreed) => dispatchEvent(new CustomEvent("banner-choice", { detail: (window.bannerChoice = { statistics: agreed, advertising: agreed }) }));
const before = kept(COOKIE);
if (before) window.bannerChoice = { statistics: before === "yes", advertising: before === "yes" };
banner((agreed) => {
  keep(COOKIE, agreed ? "yes" : "no");
  tell(agreed);
});
