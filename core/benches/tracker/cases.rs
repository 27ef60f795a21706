//! The core's steps that are measured: what a page's events cost, and both ends of the wire.
//! Deliberately not here: measuring, and what the page is told.

use std::hint::black_box;

use milepost_core::wire;

use crate::harness::{Case, Work};
use crate::shop::{self, Page, Told, object, told};

/// Events in a batch of the cases about batches.
const BATCH: usize = 20;

/// The page is being left, as js/host.js numbers it.
const LEFT: u32 = 5;

/// A macro conversion.
const PURCHASE: &str = r#"{"name":"purchase","params":{"transaction_id":"T-20417","currency":"EUR","value":96.5,"tax":15.41,"shipping":4.9,"coupon":"AUTUMN","items":[{"item_id":"SM-101","item_name":"Dune mug","item_category":"Cups","price":24,"quantity":2},{"item_id":"SM-117","item_name":"Tide side plates","item_category":"Plates","price":14.5,"quantity":3,"discount":1}]}}"#;

pub(crate) const ALL: &[Case] = &[
    Case { name: "track an add_to_cart", prepare: || handle(Page::busy(1, 3), told(shop::TRACK, shop::ADD_TO_CART)) },
    Case { name: "track an add_to_cart, from its JSON on", prepare: track_from_json },
    Case { name: "track a purchase, with its batch", prepare: || handle(Page::busy(1, 3), told(shop::TRACK, PURCHASE)) },
    Case { name: "a click on marked markup", prepare: || handle(Page::busy(1, 3), told(shop::MARKED, shop::CLICK)) },
    Case { name: "a scroll that reaches two depths", prepare: || handle(Page::open(1), told(shop::SCROLLED, shop::HALFWAY)) },
    Case { name: "a scroll that reaches nothing new", prepare: || handle(Page::busy(1, 3), told(shop::SCROLLED, shop::HALFWAY)) },
    Case { name: "write 20 events to the log", prepare: log },
    Case { name: "send a batch of 20", prepare: || handle(Page::busy(1, BATCH), told(shop::FLUSH, "{}")) },
    Case { name: "leave with 20 events waiting", prepare: || handle(Page::busy(1, BATCH), told(LEFT, "{}")) },
    Case { name: "settle a batch of 20", prepare: settle },
    Case { name: "encode a batch of 20", prepare: encode },
    Case { name: "decode a batch of 20", prepare: decode },
];

/// One call of the tracker.
fn handle(mut page: Page, Told(kind, mut fields): Told) -> Work {
    let mut asks = Vec::with_capacity(16);
    Box::new(move || page.tracker.hear(kind, black_box(&mut fields), page.now, &mut asks))
}

/// What a call of `track` costs on this side of the boundary: the text is read, too.
fn track_from_json() -> Work {
    let mut page = Page::busy(1, 3);
    let mut asks = Vec::with_capacity(16);
    Box::new(move || {
        let mut fields = object(black_box(shop::ADD_TO_CART));
        page.tracker.hear(shop::TRACK, &mut fields, page.now, &mut asks);
    })
}

fn log() -> Work {
    let mut page = Page::busy(1, BATCH - 1);
    page.tell(told(shop::TRACK, shop::ADD_TO_CART));
    page.pass(100);
    handle(page, told(shop::WOKEN, "{}"))
}

fn settle() -> Work {
    let mut page = Page::busy(1, BATCH);
    page.tell(told(shop::FLUSH, "{}"));
    let (batch, _) = page.sent.last().expect("a batch was sent");
    let answer = told(shop::SETTLED, &shop::answer(*batch));
    handle(page, answer)
}

fn encode() -> Work {
    let batch = wire::decode(shop::body(1, BATCH).as_bytes()).expect("a good batch").batch;
    let mut text = None;
    Box::new(move || {
        black_box(text.insert(black_box(&batch).encode()));
    })
}

fn decode() -> Work {
    let body = shop::body(1, BATCH);
    let mut decoded = None;
    Box::new(move || {
        black_box(decoded.insert(wire::decode(black_box(body.as_bytes()))));
    })
}
