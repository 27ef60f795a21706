import { createTracker, OptionError, type Diagnostic, type EventParams, type Options, type Tracker } from "milepost";
import { klaro, tcf, type ConsentSignal } from "milepost/consent";
import { createTracker as createLean, type LeanOptions } from "milepost/lean";

const signals: ConsentSignal[] = [tcf(), klaro()];
const options: Options = { site: "shop", collector: "https://collect.example.com", conversions: "ecommerce", consent: { signals } };
const params: EventParams = { currency: "EUR", value: "19.99", items: [{ item_id: "sku-1", quantity: 1 }] };

const tracker: Tracker = createTracker(options);
tracker.track("add_to_cart", params);
tracker.setConsent({ analytics: "granted", marketing: "denied" });
const end: () => void = tracker.on("diagnostic", ({ code }: Diagnostic) => console.log(code));
end();

const lean: LeanOptions = { ...options, wasm: fetch("/milepost.wasm") };
createLean(lean).identify("user-7");

// @ts-expect-error -- there is no such option
createTracker({ site: "shop", collector: "/c", capture: { scrol: true } });
// @ts-expect-error -- there is no such choice
tracker.setConsent({ analytics: "yes" });

export const isOurs = (error: unknown): error is OptionError => error instanceof OptionError;
