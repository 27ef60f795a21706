//! Leaving: copies of all that isn't settled go by beacon, within what browsers carry, and again by request if the
//! page lives on.

use milepost_core::Urgency;

use crate::page::Page;
use crate::script::{check, run, step};

/// What browsers carry of a page that is gone, all requests together.
const CARRIED: usize = 60_000;

#[test]
fn what_waits_goes_by_one_beacon_however_often_the_page_says_that_it_is_left() {
    check("start /\ntrack a\nhide\nleave\nhide", "beacon 0: page_view a");
    check("start /\nhide\ntrack a\nleave", "beacon 0: page_view\nbeacon 1: a");
    check("start /\nflush\nanswer 200\nhide\nleave", "send 0: page_view");
}

#[test]
fn what_is_under_way_is_copied() {
    check("start /\nflush\ntrack a\nhide", "send 0: page_view\nbeacon 1: page_view a");
}

#[test]
fn a_beacon_is_no_delivery() {
    let page = check("start /\nhide\nshow\n+ 5s\nanswer 200", "beacon 0: page_view\nsend 1: page_view");
    assert_eq!((page.tracker.pending(), page.tracker.ledger().delivered), (0, 1));
}

#[test]
fn what_a_beacon_may_have_carried_goes_again_with_the_next_leaving() {
    check("start /\nhide\nshow\nhide", "beacon 0: page_view\nbeacon 1: page_view");
    check("start /\nhide\nleave\nreturn /\nleave", "beacon 0: page_view\nbeacon 1: page_view\nbeacon 2: page_view");
}

#[test]
fn each_epoch_has_a_beacon_of_its_own() {
    let page = check("start /\nidentify user-7\ntrack a\nhide", "beacon 0: a\nbeacon 1: page_view");
    assert_eq!((page.sent[0].batch.user.as_deref(), page.sent[1].batch.user.as_deref()), (Some("user-7"), None));
}

#[test]
fn what_is_seen_is_told_on_leaving() {
    check("start /\nscroll 0/2000\nhide", "beacon 0: page_view scroll scroll");
}

/// A page with all this tracked, then hidden: beacons' bytes, and how many of its events they carry.
fn leave(mut page: Page, lines: impl Iterator<Item = String>) -> (Vec<usize>, usize) {
    for line in lines {
        step(&mut page, &line);
    }
    page.sent.clear();
    step(&mut page, "hide");
    let beacons: Vec<_> = page.sent.iter().filter(|sent| sent.urgency == Urgency::Leaving).collect();
    (beacons.iter().map(|sent| sent.body.len()).collect(), beacons.iter().map(|sent| sent.batch.events.len()).sum())
}

#[test]
fn beacons_stay_within_what_browsers_carry() {
    let note = "x".repeat(450);
    let quiet = || run("site \"batch\":{\"maxEvents\":500,\"maxBytes\":60000}\nstart /\nflush");
    let long = "p".repeat(900);
    let events: [(&str, Box<dyn Iterator<Item = String>>); 6] = [
        ("small", Box::new((0..900).map(|n| format!("track e{n}")))),
        ("large", Box::new((0..300).map(|n| format!("track e{n} {{\"note\":\"{note}\"}}")))),
        ("on a page each", Box::new((0..400).map(|n| format!("route /{long}/{n}")))),
        ("by a person each", Box::new((0..200).flat_map(|n| [format!("identify u{n}"), format!("track e{n}")]))),
        ("after a long landing page", Box::new((0..400).map(|n| format!("track e{n} {{\"note\":\"{note}\"}}")))),
        ("few", Box::new((0..10).map(|n| format!("track e{n}")))),
    ];
    for (name, lines) in events {
        let page = if name.contains("landing") {
            run(&format!("site \"batch\":{{\"maxEvents\":500,\"maxBytes\":60000}}\nstart /{long}?utm_source={long}&utm_term={long}\nflush"))
        } else {
            quiet()
        };
        let (bytes, carried) = leave(page, lines);
        let sum: usize = bytes.iter().sum();
        assert!(sum <= CARRIED, "{name}: {sum} bytes in {bytes:?}");
        assert!(name == "few" || sum > CARRIED / 2, "{name}: only {sum} bytes with {carried} events in {bytes:?}");
        assert!(name != "few" || (carried == 11 && bytes.len() == 1), "{name}: {carried} in {bytes:?}");
    }
}

#[test]
fn an_event_that_no_beacon_can_carry_does_not_hold_back_the_others() {
    let items: Vec<_> = (0..200).map(|n| format!("{{\"item_id\":\"{n}-{}\"}}", "x".repeat(300))).collect();
    let mut page = run("start /");
    step(&mut page, &format!("track view_item_list {{\"items\":[{}]}}", items.join(",")));
    page.sent.clear();
    for line in ["track small", "hide"] {
        step(&mut page, line);
    }
    let names: Vec<_> = page.sent.iter().flat_map(|sent| &sent.batch.events).map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["small", "page_view"]);
}
