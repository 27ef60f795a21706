//! Visits: when one ends, what is kept of it between pages, and what another tab has to say.

use milepost_core::Input;

use crate::page::{Page, START};
use crate::script::{self, check, run, step};

/// Number, start (seconds after the first page) and landing page of each event's session.
fn sessions(page: &mut Page) -> Vec<(u32, u64, String)> {
    page.drain();
    let told = |(batch, _): (&milepost_core::wire::Batch, _)| {
        let session = &batch.session;
        (session.number, (session.started_at - START.wall_ms) / 1_000, session.landing.trim_start_matches("https://shop.example").into())
    };
    page.events().into_iter().map(told).collect()
}

#[track_caller]
fn check_sessions(script: &str, expected: &[(u32, u64, &str)]) {
    let expected: Vec<_> = expected.iter().map(|(number, start, landing)| (*number, *start, String::from(*landing))).collect();
    assert_eq!(sessions(&mut run(script)), expected, "{script}");
}

#[test]
fn half_an_hour_without_activity_ends_a_visit() {
    check_sessions("start /\n+ 30m\ntrack a", &[(1, 0, "/"), (1, 0, "/")]);
    check_sessions("start /\n+ 30m\n+ 1ms\ntrack a", &[(1, 0, "/"), (2, 1_800, "/")]);
    check_sessions("start /\nroute /b\n+ 20m\ntrack a\n+ 20m\ntrack b", &[(1, 0, "/"); 4]);
    check_sessions("site \"sessionMinutes\":1\nstart /\nroute /b\n+ 61s\ntrack a", &[(1, 0, "/"), (1, 0, "/"), (2, 61, "/b")]);
}

#[test]
fn events_of_two_visits_are_never_in_one_batch() {
    check(
        "site \"batch\":{\"maxWaitMs\":600000}
         start /
         track a
         flush
         fail
         + 31m
         track b
         flush
         answer 200",
        "send 0: page_view a
         ! collector_unavailable
         send 1: page_view a
         send 2: b",
    );
}

#[test]
fn the_next_page_goes_on_with_the_visit() {
    check_sessions("start /\nflush\nanswer 200\nhide\nnew\n+ 20m\nstart /b", &[(1, 0, "/")]);
    check_sessions("start /\nflush\nanswer 200\nhide\nnew\n+ 31m\nstart /b", &[(2, 1_860, "/b")]);
    let first = run("start /\nidentify user-7\ntrack a\nflush");
    let mut second = Page::new("\"consent\":{\"mode\":\"granted\"}", 9, first.store.clone());
    for line in ["start /b", "flush"] {
        step(&mut second, line);
    }
    let (first, second) = (first.last(), second.last());
    assert_eq!((&first.visitor, &first.session, second.user.as_deref()), (&second.visitor, &second.session, Some("user-7")));
    assert_ne!(first.stream, second.stream, "each page numbers its own events");
}

#[test]
fn what_is_kept_is_written_seldom_while_the_visitor_is_active_and_always_on_leaving() {
    let writes = |script: &str| run(script).log.iter().filter(|line| *line == "persist").count();
    assert_eq!(writes("start /\ntrack a\ntrack b\n+ 30s\ntrack c"), 1);
    assert_eq!(writes("start /\n+ 31s\ntrack a\ntrack b"), 2);
    assert_eq!(writes("start /\nhide"), 2);
    assert_eq!(writes("start /\nreset"), 2);
}

#[test]
fn garbage_in_storage_is_a_first_visit() {
    for kept in ["", "null", "{}", "[]", "{\"visitor\":1}", "\u{0}", "{\"visitor\":\"<script>\",\"session\":\"x\"}"] {
        let mut page = Page::new("\"consent\":{\"mode\":\"granted\"}", 1, Some(kept.into()));
        step(&mut page, "start /");
        assert_eq!(sessions(&mut page), [(1, 0, "/".into())], "{kept}");
    }
}

#[test]
fn a_clock_that_was_ahead_does_not_keep_a_visit_alive() {
    let ahead = run("clock +24h\nstart /\nhide");
    let mut page = Page::new("\"consent\":{\"mode\":\"granted\"}", 9, ahead.store.clone());
    for line in ["start /b", "flush"] {
        step(&mut page, line);
    }
    assert_ne!(page.last().visitor, run("clock +24h\nstart /\nflush").last().visitor);
    assert_eq!(page.last().session.number, 1);
}

/// Two pages of one browser: each writes what it knows where the other reads it.
struct Tabs([Page; 2]);

impl Tabs {
    fn open() -> Self {
        let first = run("start /");
        let mut second = Page::new("\"consent\":{\"mode\":\"granted\"}", 9, first.store.clone());
        step(&mut second, "start /b");
        Self([first, second])
    }

    /// Both clocks go on; the tab's storage is what the other one left.
    fn tab(&mut self, which: usize, lines: &[&str]) {
        let store = self.0[1 - which].store.clone();
        let [first, second] = &self.0;
        let now = if first.now.mono_ms > second.now.mono_ms { first.now } else { second.now };
        (self.0[which].store, self.0[which].now) = (store, now);
        for line in lines {
            step(&mut self.0[which], line);
        }
    }

    fn numbers(&mut self) -> [Vec<u32>; 2] {
        self.0.each_mut().map(|page| sessions(page).into_iter().map(|(number, ..)| number).collect())
    }
}

#[test]
fn activity_in_another_tab_keeps_the_visit_alive() {
    let mut tabs = Tabs::open();
    tabs.tab(1, &["+ 25m", "track a", "hide"]);
    tabs.tab(0, &["+ 10m", "show", "track b"]);
    assert_eq!(tabs.numbers(), [vec![1, 1], vec![1, 1]]);
}

#[test]
fn a_visit_that_another_tab_began_is_taken_over() {
    let mut tabs = Tabs::open();
    tabs.tab(1, &["+ 31m", "track a", "hide"]);
    tabs.tab(0, &["+ 1m", "show", "track b"]);
    assert_eq!(tabs.numbers(), [vec![1, 2], vec![1, 2]]);
    let [first, second] = &tabs.0;
    assert_eq!(first.events()[1].0.session, second.events()[1].0.session);
}

#[test]
fn an_id_given_here_holds_against_that_of_a_visit_taken_over() {
    let mut tabs = Tabs::open();
    tabs.tab(0, &["identify user-7", "track a", "hide"]);
    tabs.tab(1, &["+ 31m", "reset", "identify user-8", "track b", "hide"]);
    tabs.tab(0, &["+ 1s", "show", "identify user-7", "track c"]);
    tabs.0[0].drain();
    assert_eq!(tabs.0[0].last().user.as_deref(), Some("user-7"));
}

#[test]
fn a_page_back_from_the_cache_goes_on_with_the_visit_of_the_page_it_was_left_for() {
    let mut tabs = Tabs::open();
    tabs.tab(0, &["hide", "leave"]);
    tabs.tab(1, &["+ 20m", "track a", "+ 20m", "track b", "hide"]);
    tabs.tab(0, &["+ 1s", "return /"]);
    assert_eq!(tabs.numbers(), [vec![1, 1], vec![1, 1, 1]]);
}

#[test]
fn an_order_that_another_tab_told_is_known() {
    let order = r#"track purchase {"transaction_id":"T","currency":"EUR","value":1,"items":[{"item_id":"a"}]}"#;
    let mut tabs = Tabs::open();
    tabs.tab(1, &[order]);
    tabs.tab(0, &["show", order]);
    assert_eq!(tabs.0[0].log.last().map(String::as_str), Some("! purchase_repeated purchase transaction_id"));
}

#[test]
fn no_more_than_twenty_orders_are_kept_however_many_tabs_tell_theirs() {
    let order = |n: usize| format!(r#"track purchase {{"transaction_id":"T-{n}","currency":"EUR","value":1,"items":[{{"item_id":"a"}}]}}"#);
    let mut tabs = Tabs::open();
    for n in 0..20 {
        step(&mut tabs.0[0], &order(n));
        step(&mut tabs.0[1], &order(n + 20));
    }
    tabs.tab(1, &["show", "hide"]);
    let kept = script::map(tabs.0[1].store.as_ref().unwrap());
    assert!(matches!(kept.get("orders"), Some(milepost_core::json::Value::List(orders)) if orders.len() == 20), "{kept:?}");
}

#[test]
fn a_page_that_hears_of_storage_without_having_asked_takes_no_harm() {
    let mut page = Page::new("\"consent\":{\"mode\":\"granted\"}", 1, None);
    page.tell(Input::Loaded(None));
    for line in ["start /", "flush"] {
        step(&mut page, line);
    }
    assert_eq!(page.last().stream.len(), 16);
}
