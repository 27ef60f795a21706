import { createTracker } from "milepost/lean";
// Vite serves dependencies from its cache while one develops, where no file is beside them.
import wasm from "milepost/milepost.wasm?url";
import { options } from "./options.js";

const tracker = createTracker({ ...options, wasm });
tracker.setConsent({ analytics: "granted" });
tracker.track("sign_up", { method: "Vite, lean" });
