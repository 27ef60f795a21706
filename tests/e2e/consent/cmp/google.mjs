// A banner that speaks Google's consent mode: an update on every page where the choice is known.

import { banner, keep, kept } from "./banner.mjs";

const COOKIE = "banner";

function tell(choice) {
  window.gtag("consent", "update", { ad_storage: choice, ad_user_data: choice, ad_personalization: choice, analytics_storage: choice });
}

const before = kept(COOKIE);
if (before) tell(before);
banner((agreed) => {
  const choice = agreed ? "granted" : "denied";
  keep(COOKIE, choice);
  tell(choice);
});
