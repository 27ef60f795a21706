//! Too much waits: who has to make room, and how it is told.

use crate::page::Page;
use crate::script::{run, step};

const ORDER: &str = r#""currency":"EUR","value":1,"items":[{"item_id":"a"}]"#;

/// A page whose collector is down.
fn cut_off() -> Page {
    run("site \"conversions\":\"ecommerce\",\"capture\":{\"pageViews\":false}\nstart /\ntrack first\nflush\nfail")
}

fn full(page: &Page) -> u64 {
    page.tracker.ledger().dropped.get("queue_full").and_then(|count| count.as_u64()).unwrap_or(0)
}

#[test]
fn a_thousand_events_wait_and_the_oldest_make_room() {
    let mut page = cut_off();
    for n in 0..1_100 {
        step(&mut page, &format!("track e{n}"));
    }
    assert_eq!((page.tracker.pending(), full(&page)), (1_000, 101));
    assert_eq!(page.log.iter().filter(|line| *line == "! queue_full").count(), 101);
    page.pass(3_600_000);
    page.drain();
    let names: Vec<_> = page.events().iter().map(|(_, event)| event.name.clone()).collect();
    assert_eq!((names.len(), names[0].as_str(), names[1].as_str(), names[1_000].as_str()), (1_001, "first", "e100", "e1099"));
}

#[test]
fn macro_conversions_outlive_the_others() {
    let mut page = cut_off();
    for n in 0..5 {
        step(&mut page, &format!("track purchase {{\"transaction_id\":\"T-{n}\",{ORDER}}}"));
    }
    for n in 0..2_000 {
        step(&mut page, &format!("track e{n}"));
    }
    page.pass(3_600_000);
    page.drain();
    assert_eq!(page.events().iter().filter(|(_, event)| event.name == "purchase").count(), 5);
    assert_eq!(full(&page), 1_006);
}

#[test]
fn bytes_are_bounded_too() {
    let mut page = cut_off();
    let notes: Vec<_> = (0..30).map(|n| format!("\"n{n}\":\"{}\"", "x".repeat(490))).collect();
    for _ in 0..60 {
        step(&mut page, &format!("track big {{{}}}", notes.join(",")));
    }
    let weight = notes.join(",").len();
    assert!(
        page.tracker.pending() * weight < 512 * 1024 && (page.tracker.pending() + 2) * weight > 500 * 1024,
        "{}",
        page.tracker.pending()
    );
    assert_eq!(full(&page) as usize + page.tracker.pending(), 61);
}

#[test]
fn an_event_beyond_all_bounds_makes_room_for_nobody_else() {
    let mut page = cut_off();
    step(&mut page, &format!("track purchase {{\"transaction_id\":\"T\",{ORDER}}}"));
    let fields: Vec<_> = (0..25).map(|n| format!("\"n{n}\":\"{}\"", "x".repeat(490))).collect();
    let item = format!("{{\"item_id\":\"a\",{}}}", fields.join(","));
    for event in ["view_item_list {", "purchase {\"transaction_id\":\"T-2\",\"currency\":\"EUR\",\"value\":1,"] {
        step(&mut page, &format!("track {event}\"items\":[{}]}}", vec![item.as_str(); 50].join(",")));
    }
    assert_eq!((page.tracker.pending(), full(&page)), (2, 2));
    page.pass(3_600_000);
    page.drain();
    let names: Vec<_> = page.events().iter().map(|(_, event)| event.name.clone()).collect();
    assert_eq!(names, ["first", "purchase"]);
}

#[test]
fn what_is_under_way_is_not_taken_from_its_batch() {
    let mut page = run("site \"capture\":{\"pageViews\":false}\nstart /\ntrack first\nflush");
    for n in 0..1_010 {
        step(&mut page, &format!("track e{n}"));
    }
    step(&mut page, "answer 200");
    assert_eq!((page.tracker.ledger().delivered, full(&page)), (1, 11));
}
