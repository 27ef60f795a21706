// dist/consent.js, which the tag loads when its options name signals: hands it the adapters by the names they have there.

import { cookieConsent, googleConsentMode, gpp, klaro, tarteaucitron, tcf } from "./index.js";

(window as any).milepost.signals = { tcf, gpp, google: googleConsentMode, klaro, cookieconsent: cookieConsent, tarteaucitron };
