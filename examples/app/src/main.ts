// Starts the app: the choice of an earlier visit first, then what is seen.

import { attachBanner } from "./banner.ts";
import { passOn } from "./consent.ts";
import { find } from "./find.ts";
import { pageOf } from "./pages/index.ts";
import { startRouter } from "./router.ts";

passOn();
startRouter(find(document, "main"), pageOf);
attachBanner();
