//! Who it is: `identify` and `reset` draw a line; events keep the ids they happened under.

use crate::page::Page;
use crate::script::{check, run, step};

/// Each batch as `visitor user: events`, visitors as letters in order of appearance.
fn batches(page: &mut Page) -> Vec<String> {
    page.drain();
    let mut visitors = Vec::new();
    let told = |sent: &crate::page::Sent| {
        let visitor = sent.batch.visitor.clone().unwrap_or_default();
        let at = visitors.iter().position(|known| *known == visitor).unwrap_or_else(|| {
            visitors.push(visitor);
            visitors.len() - 1
        });
        let names: Vec<_> = sent.batch.events.iter().map(|event| event.name.as_str()).collect();
        format!("{} {}: {}", ["A", "B", "C"][at], sent.batch.user.as_deref().unwrap_or("-"), names.join(" "))
    };
    page.sent.iter().map(told).collect()
}

#[track_caller]
fn check_batches(script: &str, expected: &[&str]) {
    assert_eq!(batches(&mut run(script)), expected, "{script}");
}

#[test]
fn events_keep_the_ids_they_happened_under() {
    check_batches(
        "start /\ntrack a\nidentify user-7\ntrack b\nreset\ntrack c\nidentify user-8\ntrack d",
        &["A -: page_view a", "A user-7: b", "B -: c", "B user-8: d"],
    );
}

#[test]
fn an_id_that_was_given_before_consent_is_that_of_all_that_waited() {
    check_batches(
        "site \"consent\":{\"mode\":\"required\"}\nstart /\nidentify user-7\ntrack a\nconsent {\"analytics\":\"granted\"}",
        &["A user-7: page_view a"],
    );
}

#[test]
fn the_same_id_again_divides_nothing() {
    check_batches(
        "start /\nidentify user-7\ntrack a\nidentify user-7\ntrack b\nidentify user-7\ntrack c",
        &["A -: page_view", "A user-7: a b c"],
    );
}

#[test]
fn an_id_that_is_none_is_told() {
    let long = "u".repeat(257);
    check(&format!("start /\nidentify \nidentify {long}"), "! user_id_invalid\n! user_id_invalid");
    check_batches(&format!("start /\nidentify {}\ntrack a", "u".repeat(256)), &["A -: page_view", &format!("A {}: a", "u".repeat(256))]);
}

#[test]
fn a_reset_forgets_in_the_browser_too() {
    let page = run("start /\nidentify user-7\ntrack a\nreset");
    let kept = page.store.unwrap();
    assert!(!kept.contains("user-7"), "{kept}");
    let mut next = Page::new("\"consent\":{\"mode\":\"granted\"}", 9, Some(kept));
    step(&mut next, "start /b");
    assert_eq!(batches(&mut next), ["A -: page_view"]);
}

/// What a tracker holds shows in its debug text.
#[track_caller]
fn check_leaves_nothing(lines: &[&str]) {
    let mut page = run("start /");
    let weight = |page: &Page| format!("{:?}", page.tracker).len();
    page.drain();
    let before = weight(&page);
    for line in lines.iter().cycle().take(1_000) {
        step(&mut page, line);
    }
    page.drain();
    assert!(weight(&page) < before + 1_000, "{before} bytes before, {} after", weight(&page));
}

#[test]
fn ids_that_no_event_was_told_under_leave_nothing_behind() {
    check_leaves_nothing(&["identify user-0", "reset", "identify user-1", "reset"]);
}

#[test]
fn ids_whose_events_are_delivered_leave_nothing_behind() {
    check_leaves_nothing(&["identify user-0", "track a", "flush", "identify user-1", "track b", "reset"]);
}
