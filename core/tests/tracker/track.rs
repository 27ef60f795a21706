//! Calls of `track`: what is taken, what is refused and how, times, conversions, and orders that come twice.

use crate::page::START;
use crate::script::{check, check_events, run};

const ORDER: &str = r#"{"transaction_id":"T-1","currency":"EUR","value":"39.98","items":[{"item_id":"sku-1"}]}"#;

#[test]
fn a_good_call_is_taken_in_its_canonical_form() {
    check_events(
        r#"start /
         track add_to_cart {"currency":"EUR","value":"39.980","note":null,"items":[{"item_id":7,"price":19.990000000000002,"quantity":"2"}]}
         track demo_booked {"plan":"pro","seats":1e3,"trial":true}"#,
        r#"page_view / {}
         add_to_cart / {"currency":"EUR","value":39.98,"items":[{"item_id":"7","price":19.99,"quantity":2}]}
         demo_booked / {"plan":"pro","seats":1e3,"trial":true}"#,
    );
}

#[test]
fn a_bad_call_is_told_by_name_and_changes_nothing() {
    for (call, told) in [
        ("ga_x {}", "event_name_reserved ga_x"),
        ("2fast {}", "event_name_invalid 2fast"),
        (r#"x {"a b":1}"#, "param_name_invalid x a b"),
        (r#"add_to_cart {}"#, "param_missing add_to_cart items"),
        (r#"add_to_cart {"value":1,"items":[{"item_id":"a"}]}"#, "param_missing add_to_cart currency"),
        (
            r#"add_to_cart {"currency":"EUR","items":[{"item_id":"a"},{"item_id":"b","price":"1,5"}]}"#,
            "decimal_invalid add_to_cart items[1].price",
        ),
        (r#"purchase {"currency":"EUR","value":1,"items":[{"item_id":"a"}]}"#, "param_missing purchase transaction_id"),
        (r#"x {"nested":{"a":1}}"#, "param_type x nested"),
    ] {
        let page = check(&format!("site \"capture\":{{\"pageViews\":false}}\nstart /\ntrack {call}\nflush\n+ 1h"), &format!("! {told}"));
        assert_eq!((page.tracker.ledger().accepted, page.tracker.pending()), (0, 0), "{call}");
    }
}

#[test]
fn a_diagnostic_does_not_repeat_endless_text() {
    let page = run(&format!("start /\ntrack {} {{}}\ntrack x {{\"{}\":1}}", "e".repeat(9_999), "p".repeat(9_999)));
    assert!(page.log.iter().all(|line| line.len() < 200), "{:?}", page.log);
}

#[test]
fn the_sites_currency_stands_in_where_an_amount_has_none() {
    check_events(
        r#"site "currency":"SEK"
         start /
         track generate_lead {"value":5}
         track view_item {"items":[{"item_id":"a","price":2}]}
         track generate_lead {"value":5,"currency":"EUR"}
         track sign_up"#,
        r#"page_view / {}
         generate_lead / {"value":5,"currency":"SEK"}
         view_item / {"items":[{"item_id":"a","price":2}],"currency":"SEK","value":2}
         generate_lead / {"value":5,"currency":"EUR"}
         sign_up / {}"#,
    );
}

#[test]
fn a_total_that_no_decimal_holds_is_left_out() {
    check_events(
        r#"start /
         track view_item {"currency":"EUR","items":[{"item_id":"a","price":999999999999999,"quantity":999}]}
         track view_item {"currency":"EUR","items":[{"item_id":"a","price":100000000000000},{"item_id":"b","price":0.000000001}]}
         track view_item {"currency":"EUR","items":[{"item_id":"a","price":"999999999999999"}]}"#,
        r#"page_view / {}
         view_item / {"currency":"EUR","items":[{"item_id":"a","price":999999999999999,"quantity":999}]}
         view_item / {"currency":"EUR","items":[{"item_id":"a","price":100000000000000},{"item_id":"b","price":0.000000001}]}
         view_item / {"currency":"EUR","items":[{"item_id":"a","price":999999999999999}],"value":999999999999999}"#,
    );
    check("start /\ntrack generate_lead {\"currency\":\"EUR\",\"value\":999999999999999.9}\n", "! decimal_invalid generate_lead value");
}

#[test]
fn a_queued_call_keeps_its_own_time_but_never_one_to_come() {
    let mut page = run("start /\ntracked 1500 early\ntracked -9000 late\ntrack now");
    page.drain();
    let times: Vec<_> = page.events().iter().map(|(_, event)| (event.name.clone(), event.at)).collect();
    let start = START.wall_ms;
    assert_eq!(times, [("page_view", start), ("early", start - 1_500), ("late", start), ("now", start)].map(|(n, t)| (n.into(), t)));
}

#[test]
fn events_of_the_conversion_map_say_what_they_count_as() {
    let mut page = run(&format!(
        "site \"conversions\":{{\"sign_up\":{{\"tier\":\"micro\",\"category\":\"lead\",\"stage\":\"consideration\",\"macro\":\"purchase\",\
         \"rate\":0.1,\"macroValue\":\"39.90\"}},\"purchase\":{{\"tier\":\"macro\",\"primary\":true}}}}\nstart /\ntrack sign_up\ntrack purchase {ORDER}"
    ));
    page.drain();
    let conversions: Vec<_> =
        page.events().iter().map(|(_, event)| event.conversion.as_ref().map(milepost_core::json::to_string).unwrap_or_default()).collect();
    assert_eq!(
        conversions,
        [
            "",
            r#"{"tier":"micro","category":"lead","stage":"consideration","macro":"purchase","worth":3.99}"#,
            r#"{"tier":"macro","primary":true}"#
        ]
    );
}

#[test]
fn an_order_counts_once_on_this_page_and_on_the_next() {
    let page = check(
        &format!(
            "start /thanks
             track purchase {ORDER}
             track purchase {ORDER}
             new
             start /thanks
             track purchase {ORDER}
             flush"
        ),
        "! purchase_repeated purchase transaction_id
         ! purchase_repeated purchase transaction_id
         send 0: page_view",
    );
    assert_eq!(page.tracker.ledger().accepted, 1);
}

#[test]
fn an_order_that_waited_for_consent_counts_once() {
    check(
        &format!(
            "site \"consent\":{{\"mode\":\"required\"}}
             start /thanks
             track purchase {ORDER}
             track purchase {ORDER}
             consent {{\"analytics\":\"granted\"}}
             flush"
        ),
        "! purchase_repeated purchase transaction_id
         send 0: page_view purchase",
    );
}

#[test]
fn too_many_micro_conversions_are_told_at_the_start() {
    let map: Vec<_> = (0..11).map(|n| format!("\"step_{n}\":{{\"tier\":\"micro\"}}")).collect();
    check(&format!("site \"conversions\":{{{}}}\nstart /", map.join(",")), "! micro_conversions_many  conversions");
    check(&format!("site \"conversions\":{{{}}}\nstart /", map[..10].join(",")), "");
}

#[test]
fn a_stopped_tracker_sends_what_waits_and_captures_nothing_more() {
    let page = check("start /\nstop\ntrack a\nscroll 5000/9000\nroute /b\nanswer 200\n+ 1h", "send 0: page_view");
    assert_eq!((page.tracker.ledger().accepted, page.tracker.pending()), (1, 0));
}
