import { createTracker } from "milepost";

// A site writes its own names here; the test gives them in the address.
const asked = new URLSearchParams(location.search);
const tracker = createTracker({ site: asked.get("site"), collector: asked.get("collector"), batch: { maxWaitMs: 20 } });
tracker.setConsent({ analytics: "granted" });
tracker.track("sign_up", { method: "esbuild" });
