//! When a batch goes: by count, bytes, time, at once for outcomes; and when the tracker wants to be woken.

use crate::script::{check, check_all, run, step};

const ORDER: &str = r#"{"transaction_id":"T-1","currency":"EUR","value":"39.98","items":[{"item_id":"sku-1"}]}"#;

#[test]
fn a_batch_goes_when_it_is_full() {
    check("site \"batch\":{\"maxEvents\":3}\nstart /\ntrack a\n+ 1s\ntrack b\ntrack c\nanswer 200\ntrack d", "send 0: page_view a b");
}

#[test]
fn a_batch_goes_when_its_bytes_are_enough() {
    let note = "x".repeat(430);
    let script = format!(
        "site \"batch\":{{\"maxBytes\":1000}}\nstart /\ntrack a {{\"n\":\"{note}\"}}\ntrack b {{\"n\":\"{note}\"}}\nanswer 200\n+ 5s"
    );
    check(&script, "send 0: page_view a\nsend 1: b");
}

#[test]
fn an_event_beyond_the_bytes_of_a_batch_goes_alone() {
    let notes: Vec<_> = (0..3).map(|n| format!("\"n{n}\":\"{}\"", "x".repeat(400))).collect();
    check(
        &format!("site \"batch\":{{\"maxBytes\":1000}}\nstart /\ntrack big {{{}}}\nanswer 200\nanswer 200", notes.join(",")),
        "send 0: page_view\nsend 1: big",
    );
}

#[test]
fn a_batch_goes_when_its_oldest_event_has_waited_long_enough() {
    check("start /\n+ 4999ms", "");
    check("start /\n+ 3s\ntrack a\n+ 2s", "send 0: page_view a");
    check("site \"batch\":{\"maxWaitMs\":0}\nstart /", "send 0: page_view");
}

#[test]
fn a_macro_conversion_goes_at_once() {
    let script =
        format!("site \"conversions\":\"ecommerce\"\nstart /\ntrack add_to_cart {{\"items\":[{{\"item_id\":1}}]}}\ntrack purchase {ORDER}");
    check(&script, "send 0: page_view add_to_cart purchase");
    check(&format!("start /\ntrack purchase {ORDER}"), "");
}

#[test]
fn a_macro_conversion_behind_a_batch_goes_with_its_answer() {
    check(
        &format!("site \"conversions\":\"ecommerce\"\nstart /\nflush\ntrack a\ntrack purchase {ORDER}\n+ 1s\nanswer 200"),
        "send 0: page_view\nsend 1: a purchase",
    );
}

#[test]
fn a_flush_sends_all_that_waits_batch_after_batch() {
    check(
        "site \"batch\":{\"maxEvents\":500,\"maxBytes\":1000}\nstart /\nflush\ntrack a\ntrack b\nflush\nanswer 200\ntrack c\nanswer 200",
        "send 0: page_view\nsend 1: a b",
    );
}

#[test]
fn a_flush_of_nothing_hurries_nothing() {
    check("start /\nflush\nanswer 200\nflush\ntrack a\n+ 4s", "send 0: page_view");
    check("start /\nflush\nflush\nanswer 200\ntrack a\n+ 4s", "send 0: page_view");
}

#[test]
fn one_batch_is_under_way_at_a_time() {
    check("start /\nflush\ntrack a\n+ 1h\nflush", "send 0: page_view");
    check("start /\nflush\ntrack a\n+ 10s\nanswer 200", "send 0: page_view\nsend 1: a");
}

#[test]
fn it_is_woken_when_a_batch_is_due_and_not_while_an_answer_is_awaited() {
    check_all(
        "start /\n+ 1s\ntrack a\n+ 4s\ntrack b\n+ 1m\nanswer 200",
        "load
         persist
         log 0: page_view
         recover
         wake +5000
         release
         wake +50
         log 0: page_view a
         wake +3950
         send 0: page_view a
         wake +295000
         wake +50
         log 0: page_view a b
         wake +294950
         send 1: b",
    );
}

#[test]
fn it_is_woken_for_a_page_that_has_to_settle() {
    let page = check_all(
        "site \"capture\":{\"pageViews\":false}\nstart /\nscroll 0/4000\n+ 1s",
        "load\npersist\nrecover\nrelease\nwake +300000\nwake +1000\nwake +50",
    );
    assert_eq!(page.tracker.pending(), 1);
}

#[test]
fn a_batch_tells_what_became_of_the_events_before_it() {
    let mut page =
        run("start /\nflush\nanswer 200 {\"accepted\":0,\"rejected\":[{\"seq\":0,\"code\":\"x\"}]}\ntrack a\nflush\nanswer 200\ntrack b");
    step(&mut page, "flush");
    assert_eq!(milepost_core::json::to_string(&page.last().ledger), r#"{"accepted":3,"delivered":1,"dropped":{"rejected":1}}"#);
}

#[test]
fn events_that_are_wrong_are_counted_with_the_next_batch() {
    let mut page = run("start /\nflush\nanswer 200\ntrack add_to_cart\ntrack 2fast\ntrack good");
    step(&mut page, "flush");
    assert_eq!(milepost_core::json::to_string(&page.last().ledger), r#"{"accepted":2,"delivered":1,"invalid":2}"#);
}
