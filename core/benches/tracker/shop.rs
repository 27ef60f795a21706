//! What the benches tell the core and the collector: a visit of a shop, of the size that shops have.
//! Deliberately not here: measuring. The collector's benches use this file too.

use std::time::{SystemTime, UNIX_EPOCH};

use milepost_core::json::{Map, read};
use milepost_core::options::Options;
use milepost_core::{Effect, Now, Tracker, Urgency};

/// Kinds of inputs, as js/host.js numbers them.
pub(crate) const SCROLLED: u32 = 7;
pub(crate) const MARKED: u32 = 10;
pub(crate) const TRACK: u32 = 11;
pub(crate) const SETTLED: u32 = 14;
pub(crate) const WOKEN: u32 = 15;
pub(crate) const FLUSH: u32 = 16;
const STARTED: u32 = 0;
const LOADED: u32 = 19;

const OPTIONS: &str = r#"{"site":"shop","collector":"https://collect.example","consent":{"mode":"granted"},"conversions":"ecommerce","currency":"EUR","batch":{"maxEvents":500,"maxBytes":60000,"maxWaitMs":5000}}"#;

const FACTS: &str = r#"{"url":"https://shop.example/products/dune-mug.html?utm_source=letter&utm_medium=email&utm_campaign=autumn&gclid=Cj0KCQiA1rSs","title":"Dune mug · Saltmarsh Pottery","referrer":"https://search.example/","coarse":true,"width":412,"height":915,"language":"en-GB","screen":"412x915","viewport":"412x784","engine":"wasm"}"#;

/// A call of `track`.
pub(crate) const ADD_TO_CART: &str = r#"{"name":"add_to_cart","params":{"currency":"EUR","value":48,"items":[{"item_id":"SM-101","item_name":"Dune mug","item_brand":"Saltmarsh","item_category":"Cups","item_variant":"Dune","price":24,"quantity":2}]}}"#;

/// The same by a click on a button with `data-mp-event`, inside the product's element.
pub(crate) const CLICK: &str = r#"{"chain":[{"mpEvent":"add_to_cart"},{"mpEvent":"view_item","mpOn":"load","mpItemId":"SM-101","mpItemName":"Dune mug","mpItemBrand":"Saltmarsh","mpItemCategory":"Cups","mpItemVariant":"Dune","mpPrice":"24.00","mpQuantity":"2"},{"mpCurrency":"EUR"}],"inside":[]}"#;

/// Half of a long page lies above the window's lower edge.
pub(crate) const HALFWAY: &str = r#"{"top":1416,"window":784,"page":4400}"#;

/// What js/host.js tells.
pub(crate) struct Told(pub(crate) u32, pub(crate) Map);

/// A kind and its fields.
pub(crate) fn told(kind: u32, fields: &str) -> Told {
    Told(kind, object(fields))
}

/// Text as an object.
pub(crate) fn object(text: &str) -> Map {
    read(text).expect("JSON").into_map()
}

/// A page with a visitor who has agreed, and what it has sent.
#[derive(Clone)]
pub(crate) struct Page {
    pub(crate) tracker: Tracker,
    pub(crate) now: Now,
    /// Bodies, with their numbers.
    pub(crate) sent: Vec<(u32, String)>,
}

impl Page {
    /// The first page of the visitor numbered `seed`, its `page_view` delivered.
    ///
    /// It is open now: the collector sets the times of what was sent at another time right, which costs more or less
    /// as the difference is.
    pub(crate) fn open(seed: u64) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock that is right");
        let now = Now { wall_ms: since.as_millis() as u64, mono_ms: 1_000 };
        let tracker = Tracker::new(Options::parse(OPTIONS).expect("good options"), [seed << 1, 2]);
        let mut page = Self { tracker, now, sent: Vec::new() };
        page.tell(told(STARTED, FACTS));
        page.deliver();
        page
    }

    /// The same with this many events of a typical visit waiting, all of them in the log.
    pub(crate) fn busy(seed: u64, events: usize) -> Self {
        let mut page = Self::open(seed);
        for (kind, fields) in [(MARKED, CLICK), (SCROLLED, HALFWAY), (TRACK, ADD_TO_CART)].into_iter().cycle() {
            if page.tracker.pending() >= events {
                break;
            }
            page.tell(told(kind, fields));
            page.pass(40);
        }
        page.pass(100);
        page.tell(told(WOKEN, "{}"));
        page
    }

    /// Lets time go by.
    pub(crate) fn pass(&mut self, ms: u64) {
        self.now.wall_ms += ms;
        self.now.mono_ms += ms;
    }

    /// Says what happened and does what the browser would do about it.
    pub(crate) fn tell(&mut self, Told(kind, mut fields): Told) {
        let mut asks = Vec::new();
        self.tracker.hear(kind, &mut fields, self.now, &mut asks);
        for effect in asks.into_iter().map(Effect::from) {
            match effect {
                Effect::Load => self.tell(told(LOADED, "{}")),
                Effect::Send { batch, body, urgency: Urgency::Normal } => self.sent.push((batch, body)),
                _ => {}
            }
        }
    }

    /// Sends what waits; the collector takes all of it.
    pub(crate) fn deliver(&mut self) {
        self.tell(told(FLUSH, "{}"));
        let (batch, _) = self.sent.last().expect("a batch was sent");
        self.tell(told(SETTLED, &answer(*batch)));
    }
}

/// The fields of a good answer.
pub(crate) fn answer(batch: u32) -> String {
    format!(r#"{{"batch":{batch},"status":200,"body":"{{\"accepted\":20,\"duplicates\":0,\"rejected\":[]}}"}}"#)
}

/// The body of a batch with this many events of the visitor numbered `seed`.
pub(crate) fn body(seed: u64, events: usize) -> String {
    let mut page = Page::busy(seed, events);
    page.tell(told(FLUSH, "{}"));
    page.sent.pop().expect("a batch was sent").1
}
