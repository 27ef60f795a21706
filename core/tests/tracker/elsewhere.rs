//! Choices made in other tabs, on other pages or while leaving; being forgotten; and doing without anything kept.

use crate::page::START;
use crate::script::{check_all, run, step};

const ASK: &str = "site \"consent\":{\"mode\":\"required\"}";

#[test]
fn a_withdrawal_in_another_tab_ends_everything_here() {
    let page = check_all(
        "start /
         flush
         track a
         elsewhere
         answer 200
         track b
         hide
         + 1h",
        "load
         persist
         log 0: page_view
         recover
         wake +5000
         release
         send 0: page_view
         wake +300000
         wake +50
         ! consent_withdrawn
         forget
         wake never",
    );
    assert_eq!((page.store.as_deref(), page.tracker.pending(), page.tracker.held()), (None, 0, (0, 3)));
}

#[test]
fn a_choice_here_lifts_what_another_tab_took_back() {
    let page = run("start /\nelsewhere\ntrack lost\nconsent {\"analytics\":\"granted\"}\ntrack a\nflush");
    assert_eq!(page.last().events.iter().map(|event| event.name.as_str()).collect::<Vec<_>>(), ["a"]);
    let page = run(
        "start /\nsignal own {\"governs\":[\"analytics\"],\"choices\":{\"analytics\":\"granted\"}}\nelsewhere\nsignal own {\"governs\":[\"analytics\"],\"choices\":{\"analytics\":\"granted\"}}\ntrack a\nflush",
    );
    assert_eq!(page.sent.len(), 0, "a signal that repeats itself is no new choice");
}

#[test]
fn a_grant_in_another_tab_counts_for_what_is_unknown_here() {
    let at = START.wall_ms + 5_000;
    let granted = format!("elsewhere {{\"chosen\":{at},\"marketing\":\"granted\"}}");
    let agreed = |script: &str| {
        run(&format!("{ASK}\nstart /?gclid=1\n+ 9s\n{script}\nflush"))
            .sent
            .pop()
            .map(|sent| (sent.batch.consent.source, sent.body.contains("gclid")))
    };
    assert_eq!(agreed(&granted), Some(("tab".into(), true)));
    assert_eq!(agreed(&format!("consent {{\"analytics\":\"denied\"}}\n{granted}")), None, "an answer here is the newer one");
    assert_eq!(
        agreed(&format!("signal tcf {{\"governs\":[\"analytics\"],\"at\":7,\"choices\":{{\"analytics\":\"denied\"}}}}\n{granted}")),
        None
    );
    assert_eq!(agreed(&format!("{granted}\nconsent {{\"analytics\":\"denied\"}}")), None);
    assert_eq!(agreed("elsewhere {\"chosen\":1}"), None, "a choice from before this page is its consent banner's to tell");
    assert_eq!(agreed("elsewhere {}"), None);
}

#[test]
fn what_one_tab_keeps_tells_the_other_of_its_choice() {
    let mut one = run("start /?gclid=abc");
    let mut two = run("start /?gclid=abc");
    one.now.wall_ms += 9_000;
    two.now = one.now;
    step(&mut two, "consent {\"marketing\":\"granted\"}");
    step(&mut two, "track a");
    for (choice, expected) in [("granted", false), ("denied", false)] {
        step(&mut one, &format!("consent {{\"marketing\":\"{choice}\"}}"));
        one.now.wall_ms += 1;
        two.now = one.now;
        two.tell(milepost_core::Input::Elsewhere(one.store.clone()));
        step(&mut two, "flush");
        step(&mut two, "answer 200");
        step(&mut two, "track b");
        if choice == "denied" {
            assert_eq!(two.store.as_ref().unwrap().contains("abc"), expected);
        }
    }
    step(&mut two, "flush");
    assert!(!two.sent.last().unwrap().body.contains("abc"));
}

#[test]
fn a_page_that_comes_back_to_find_its_visit_deleted_takes_that_for_a_withdrawal() {
    let mut page = run("start /\nflush\nanswer 200\nleave");
    page.log.clear();
    // What js/host.js tells in place of what was kept, when that is gone.
    step(&mut page, "elsewhere");
    for line in ["return /", "track a", "flush", "+ 1h"] {
        step(&mut page, line);
    }
    assert_eq!(page.log, ["forget"]);
}

#[test]
fn a_choice_made_while_the_page_leaves_leaks_nothing() {
    let after = |script: &str| {
        let mut page = run(&format!("{ASK}\nstart /\ntrack a\n{script}"));
        page.pass(3_600_000);
        page.log.retain(|line| !line.starts_with("wake"));
        page.log
    };
    for script in [
        "hide\nleave\nconsent {\"analytics\":\"denied\"}",
        "consent {\"analytics\":\"denied\"}\nhide\nleave",
        "hide\nconsent {\"analytics\":\"denied\"}\nleave",
    ] {
        assert_eq!(after(script), ["forget"], "{script}");
    }
    let granted = "consent {\"analytics\":\"granted\"}";
    let log = after(&format!("{granted}\nhide\nleave\nconsent {{\"analytics\":\"denied\"}}\ntrack b"));
    let end = log.iter().rposition(|line| line == "forget").unwrap();
    assert_eq!(end + 1, log.len(), "{log:?}");
}

#[test]
fn to_forget_deletes_all_and_denies_until_the_next_choice() {
    let page = check_all(
        "start /
         forget
         track a
         flush
         + 1h",
        "load
         persist
         log 0: page_view
         recover
         wake +5000
         release
         ! consent_withdrawn
         forget
         wake never",
    );
    assert_eq!(page.store, None);
    let page = check_all(&format!("{ASK}\nstart /\nforget\ntrack a\n+ 1h"), "forget");
    assert_eq!(page.tracker.held(), (0, 2));
    let page = run("start /\nflush\nforget\nconsent {\"marketing\":\"granted\"}\ntrack a\nflush");
    assert_eq!(page.sent.len(), 1, "a choice of another purpose is none of this one");
    let page = run("start /\nflush\nforget\nconsent {\"analytics\":\"granted\"}\ntrack a\nflush");
    assert!(page.sent.len() == 2 && page.sent[0].batch.visitor != page.sent[1].batch.visitor);
}

#[test]
fn without_cookies_nothing_is_read_or_kept_and_a_batch_names_no_visitor() {
    let page = check_all(
        "site \"cookieless\":true
         start /
         track a
         hide
         show
         leave
         return /
         + 5s",
        "wake +5000
         wake +50
         beacon 0: page_view a
         beacon 1: page_view a
         wake +5000
         wake +50
         wake +4950
         send 2: page_view a page_view",
    );
    let batch = page.last();
    assert_eq!((batch.visitor.as_deref(), batch.session.number, batch.session.id.len()), (None, 1, 16));
}

#[test]
fn click_ids_leave_the_log_with_the_withdrawal_of_marketing() {
    let page = run("start /?gclid=abc123\nconsent {\"marketing\":\"granted\"}\ntrack a\n+ 1s\nconsent {\"marketing\":\"denied\"}\n+ 1s");
    assert!(!page.written.is_empty() && page.written.values().all(|text| !text.contains("abc123")));
}
