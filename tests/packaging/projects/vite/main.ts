import { createTracker, OptionError } from "milepost";
import { options } from "./options.js";

try {
  createTracker({ site: "no such name", collector: "" });
} catch (error) {
  if (!(error instanceof OptionError) || error.path !== "site") throw error;
}
const tracker = createTracker(options);
tracker.setConsent({ analytics: "granted" });
tracker.track("sign_up", { method: "Vite" });
