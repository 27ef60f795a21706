import type { Options } from "milepost";

// A site writes its own names here; the test gives them in the address.
const asked = new URLSearchParams(location.search);

export const options: Options = { site: asked.get("site") ?? "", collector: asked.get("collector") ?? "", batch: { maxWaitMs: 20 } };
