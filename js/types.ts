// The types of the JavaScript API, made from the Rust types of the core. Don't edit:
// MILEPOST_BLESS=1 cargo test -p milepost-core --features typescript --test typescript

/** Everything a site can set. Names are those of the JavaScript API. */
export interface Options {
  /** Names the data set: 1 to 64 letters, digits, dots, hyphens and underscores. */
  site: string;
  /** Address of the collector, without a path of its own: `https://collect.example.com`. */
  collector: string;
  /** When events may be stored and sent. */
  consent?: ConsentOptions;
  /** What is captured without a call. */
  capture?: Capture;
  /** How scroll depth is measured. */
  scroll?: ScrollOptions;
  /** Which events count as what: `ecommerce`, `saas`, `lead`, `media`, or a map of event names to definitions. */
  conversions?: Preset | Record<string, Definition>;
  /** Events for markup that can't carry `data-mp-*` attributes. */
  rules?: Rule[];
  /** Currency of events that say none, three capital letters (ISO 4217). */
  currency?: string;
  /** Names of parameters that addresses of pages keep; all others are left out, but for what tells of a campaign. */
  urlParams?: readonly string[];
  /** When events are sent. */
  batch?: BatchOptions;
  /** Nothing at all is kept in the browser, and there is no visitor id: a visit lives as long as the page. */
  cookieless?: boolean;
  /** Minutes without activity after which a visit is over, 1 to 1440; 30 by default. */
  sessionMinutes?: number;
}

/** When events may be stored and sent. */
export interface ConsentOptions {
  /** `required` (the default): only once the signals grant `analytics`. `granted`: at once, where the law needs no consent. */
  mode?: ConsentMode;
  /** What else is listened to beside `setConsent`. Where several govern a purpose, the strictest wins. */
  signals?: readonly ConsentSignal[];
  /** What a browser refuses that sends Global Privacy Control; `["marketing"]` by default. */
  gpc?: readonly Purpose[];
  /** What a browser refuses that sends Do Not Track; nothing by default. */
  dnt?: readonly Purpose[];
}

/** Whether consent must be given first. */
export type ConsentMode = "required" | "granted";

/** What is captured without a call; all of it by default. */
export interface Capture {
  /** `page_view` on load, on history changes and on return from the back/forward cache. */
  pageViews?: boolean;
  /** `scroll` at each configured depth. */
  scroll?: boolean;
  /** `video_*` and `audio_*` of media elements. */
  media?: boolean;
  /** `form_start`, `form_submit`, `form_error`; never a field's value. */
  forms?: boolean;
  /** `add_to_cart`, `remove_from_cart` and `view_cart` from markup and rules. */
  cart?: boolean;
  /** `begin_checkout`, `add_shipping_info`, `add_payment_info` and `purchase` from markup and rules. */
  checkout?: boolean;
}

/** How scroll depth is measured. */
export interface ScrollOptions {
  /** Depths in percent of the page's height, 1 to 100, at most 20; 25, 50, 75, 90 and 100 by default. */
  depths?: number[];
  /** Whether a page that fits the window counts as scrolled to its end; no by default. */
  shortPages?: boolean;
}

/** When events are sent: whichever comes first. */
export interface BatchOptions {
  /** So many events wait, 1 to 500; 50 by default. */
  maxEvents?: number;
  /** So many bytes of events wait, 1,000 to 60,000; 16,000 by default. */
  maxBytes?: number;
  /** The oldest has waited so many milliseconds, 0 to 600,000; 5,000 by default. */
  maxWaitMs?: number;
}

/** An event for elements that match a selector. */
export interface Rule {
  /** What sets it off. */
  on: Trigger;
  /** A CSS selector. */
  selector: string;
  /** The event's name. */
  event: string;
  /** The event's parameters, over those of the element's `data-mp-*` attributes. */
  params?: EventParams;
}

/** What sets a rule or a marked element off. */
export type Trigger = "click" | "submit" | "view" | "load";

/** A conversion map for a kind of business, to start from. */
export type Preset = "ecommerce" | "saas" | "lead" | "media";

/** What the configuration says of an event name. */
export interface Definition {
  /** Micro or macro. */
  tier: Tier;
  /** What kind of step. */
  category?: Category;
  /** How far along. */
  stage?: Stage;
  /** Event name of the macro conversion that a micro leads to. */
  macro?: string;
  /** Whether a macro conversion is the primary one. */
  primary?: boolean;
  /** Estimated worth of a micro conversion: a fixed amount. */
  value?: number | string;
  /** Estimated worth of a micro conversion: this share of `macroValue` (0.1 when one in ten goes on). */
  rate?: number | string;
  /** What the macro conversion is worth on average; needed with `rate`. */
  macroValue?: number | string;
}

/** The outcome a business lives on, or a step that tells it is coming. */
export type Tier = "micro" | "macro";

/** What kind of step it is. */
export type Category = "process" | "engagement" | "lead";

/** How far along the visitor is. */
export type Stage = "awareness" | "consideration" | "decision" | "retention";

/** Parameters of an event, in GA4's terms, and any others of the site's own: at most 40, named by a letter and up to 39 letters, digits and underscores. */
export interface EventParams {
  currency?: string;
  value?: Money;
  transaction_id?: string | number;
  tax?: Money;
  shipping?: Money;
  coupon?: string;
  item_list_id?: string | number;
  item_list_name?: string;
  items?: readonly Item[];
  [param: string]: ParamValue | readonly Item[];
}

/** One of at most 200 items of an event; `item_id` or `item_name` must be there. */
export interface Item {
  item_id?: string | number;
  item_name?: string;
  item_brand?: string;
  item_category?: string;
  item_category2?: string;
  item_category3?: string;
  item_category4?: string;
  item_category5?: string;
  item_variant?: string;
  item_list_id?: string | number;
  item_list_name?: string;
  affiliation?: string;
  coupon?: string;
  price?: Money;
  discount?: Money;
  quantity?: number | string;
  index?: number | string;
  [param: string]: ParamValue;
}

/** An amount: as text it is carried exactly; a number loses what a double adds past its 15th digit. */
export type Money = number | string;

/** A parameter's value: a text of at most 500 bytes, a number or a boolean; `null` and `undefined` leave it out. */
export type ParamValue = string | number | boolean | null | undefined;

/** What a visitor is asked for. */
export type Purpose = "analytics" | "marketing" | "functional";

/** What a visitor answers. Unknown is never granted. */
export type Choice = "granted" | "denied" | "unknown";

/** What `setConsent` takes: purposes that are left out keep their choice. */
export interface ConsentChoices {
  /** Storing and sending events. */
  analytics?: Choice;
  /** Click ids, advertising destinations, audiences. */
  marketing?: Choice;
  /** What the site itself needs. */
  functional?: Choice;
}

/** Something besides `setConsent` that says what the visitor agreed to. */
export interface ConsentSignal {
  /** Its name in the consent record: 1 to 40 letters, digits, dots, hyphens and underscores. */
  readonly name: string;
  /** What it has a say in: unknown until it has answered. */
  readonly governs: readonly Purpose[];
  /** Begins to listen: `tell` takes each answer, and what the signal calls its version. Returns what ends it. */
  start(tell: (choices: ConsentChoices, version?: string) => void): () => void;
}

/** Something the site's developers should know. */
export interface Diagnostic {
  /**
   * What it is.
   * Of an event that isn't taken: `event_name_invalid`, `event_name_reserved`, `param_name_invalid`, `param_missing`, `param_type`, `param_too_long`, `param_too_many`, `decimal_invalid`, `param_out_of_range`, `currency_invalid`, `items_too_many`, `item_unnamed`.
   * Of events given up: `queue_full`, `consent_withdrawn`, `rejected`, `refused`.
   */
  code: string;
  /** The event it is about. */
  event?: string;
  /** The parameter, option or purpose it is about. */
  param?: string;
}
