//! The log: what isn't settled is written, spilled on leaving, and sent by a later page under the numbers it had.

use milepost_core::wire::decode;
use milepost_core::{Input, Recovered};

use crate::page::Page;
use crate::script::{check, check_all, run, step};

/// Everything of the log and of delivery that comes of a script.
#[track_caller]
fn check_log(script: &str, expected: &str) -> Page {
    let page = run(script);
    let kinds = ["log", "spill", "unlog", "recover", "release", "send", "beacon", "!"];
    let lines: Vec<_> = page.log.iter().filter(|line| kinds.iter().any(|kind| line.starts_with(kind))).map(String::as_str).collect();
    let expected: Vec<_> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(lines, expected, "{script}");
    page
}

const QUIET: &str = "site \"capture\":{\"pageViews\":false},\"conversions\":\"ecommerce\"\nstart /";
const ORDER: &str = r#"{"transaction_id":"T","currency":"EUR","value":1,"items":[{"item_id":"a"}]}"#;

#[test]
fn what_happens_within_50_ms_is_written_together() {
    check_log(
        &format!("{QUIET}\ntrack a\n+ 20ms\ntrack b\n+ 29ms\ntrack c\n+ 1ms\ntrack d\n+ 50ms"),
        "recover\nrelease\nlog 0: a b c\nlog 0: a b c d",
    );
}

#[test]
fn what_matters_most_is_written_at_once() {
    check_log(&format!("{QUIET}\ntrack purchase {ORDER}"), "recover\nrelease\nlog 0: purchase\nsend 0: purchase");
    for step in ["begin_checkout", "add_shipping_info", "add_payment_info"] {
        let page = run(&format!("{QUIET}\ntrack {step} {{\"currency\":\"EUR\",\"value\":1,\"items\":[{{\"item_id\":\"a\"}}]}}"));
        assert!(page.log.contains(&format!("log 0: {step}")), "{step}: {:?}", page.log);
    }
}

#[test]
fn a_part_goes_once_all_of_it_is_settled() {
    let page = check_log(
        "site \"batch\":{\"maxEvents\":2},\"capture\":{\"pageViews\":false}\nstart /\ntrack a\n+ 50ms\ntrack b\ntrack c\n+ 50ms\nanswer 200\nflush\nanswer 200",
        "recover\nrelease\nlog 0: a\nsend 0: a b\nlog 0: a b c\nsend 1: c\nunlog 0",
    );
    assert!(page.written.is_empty());
}

#[test]
fn a_part_holds_16_kb_or_one_event() {
    let note = "x".repeat(450);
    let mut page = run("site \"batch\":{\"maxEvents\":500,\"maxBytes\":60000},\"capture\":{\"pageViews\":false}\nstart /");
    for n in 0..80 {
        step(&mut page, &format!("track e{n} {{\"note\":\"{note}\"}}"));
    }
    page.pass(50);
    assert_eq!(page.written.len(), 3, "{:?}", page.written.keys());
    assert!(page.written.values().all(|text| text.len() < 20_000));
}

#[test]
fn each_person_and_visit_has_parts_of_its_own() {
    check_log(&format!("{QUIET}\ntrack a\nidentify user-7\ntrack b\n+ 50ms"), "recover\nrelease\nlog 0: a\nlog 1: b");
}

#[test]
fn leaving_spills_what_is_not_settled_outcomes_first_then_the_newest() {
    check_log(
        &format!("{QUIET}\nflush\ntrack purchase {ORDER}\nidentify u\ntrack b\nidentify v\ntrack c\nleave"),
        "recover\nrelease\nlog 0: purchase\nsend 0: purchase
         spill 0: purchase\nbeacon 1: purchase\nspill 2: c\nbeacon 2: c\nspill 1: b\nbeacon 3: b\nrelease",
    );
}

#[test]
fn what_is_spilled_stays_as_it_is() {
    check_log(
        &format!("{QUIET}\ntrack a\nhide\ntrack b\n+ 50ms\nleave"),
        "recover\nrelease\nspill 0: a\nbeacon 0: a\nlog 0: a\nlog 1: b\nspill 1: b\nbeacon 1: b\nrelease",
    );
}

#[test]
fn a_pages_last_words_are_spilled_too() {
    check_log(
        &format!("{QUIET}\nleave\ntrack last\ntrack words"),
        "recover\nrelease\nrelease\nspill 0: last\nbeacon 0: last\nspill 1: words\nbeacon 1: words",
    );
    check_log(&format!("{QUIET}\nleave\nreturn /\ntrack a\n+ 50ms"), "recover\nrelease\nrelease\nrecover\nrelease\nlog 0: a");
}

#[test]
fn the_spill_stays_within_its_bounds() {
    let note = "x".repeat(450);
    let mut page = run("site \"batch\":{\"maxEvents\":500,\"maxBytes\":60000},\"capture\":{\"pageViews\":false}\nstart /\ntrack z\nflush");
    for n in 0..950 {
        step(&mut page, &format!("track e{n} {{\"note\":\"{note}\"}}"));
    }
    page.pass(50);
    step(&mut page, "hide");
    let spilled: usize = page.spilled.values().map(String::len).sum();
    assert!((200_000..=256 * 1024).contains(&spilled), "{spilled}");
    assert!(page.spilled.values().any(|text| text.contains("e949")), "the newest is spilled");
    assert!(page.written.len() > page.spilled.len());
}

#[test]
fn the_next_page_sends_what_the_last_one_left_under_the_numbers_it_had() {
    let mut page = check_log(
        &format!("{QUIET}\nflush\ntrack a\ntrack b\nleave\nnew 3\n+ 8s\nstart /b\nanswer 200\nflush\nanswer 200"),
        "recover\nrelease\nspill 0: a b\nbeacon 0: a b\nrelease
         log 0: page_view\nrecover\nsend 0: a b\nunlog 0\nrelease\nsend 1: page_view\nunlog 0",
    );
    let (replay, own) = (&page.sent[0], &page.sent[1]);
    assert_ne!(own.batch.stream, replay.batch.stream);
    assert_eq!(replay.batch.events.iter().map(|event| event.seq).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(replay.batch.sent_at, page.now.wall_ms);
    assert!(page.spilled.is_empty());
    page.pass(600_000);
    assert_eq!(page.sent.len(), 2);
}

#[test]
fn nothing_is_deleted_before_an_answer_that_was_read() {
    for answer in ["answer 503", "fail", "answer 200 <html>", "answer 404"] {
        let page = run(&format!("{QUIET}\ntrack a\nleave\nnew 3\n+ 8s\nstart /b\n{answer}"));
        assert_eq!(page.spilled.len(), 1, "{answer}");
        assert!(page.log.contains(&"! collector_unavailable".into()) && page.log.last().unwrap().starts_with("wake"), "{:?}", page.log);
    }
}

#[test]
fn what_is_young_may_still_have_its_page() {
    check_log(
        &format!("{QUIET}\ntrack a\nleave\nnew 3\nstart /b\nflush\nanswer 200\n+ 6900ms\n+ 200ms\nanswer 200"),
        "recover\nrelease\nspill 0: a\nbeacon 0: a\nrelease
         log 0: page_view\nrecover\nrelease\nsend 0: page_view\nunlog 0\nrecover\nsend 1: a\nunlog 0\nrelease",
    );
}

#[test]
fn another_tab_at_the_log_is_left_to_it_and_may_have_missed_something() {
    let mut page = run(QUIET);
    step(&mut page, "online");
    page.tell(Input::Recovered(None));
    page.log.clear();
    page.pass(6_900);
    assert!(!page.log.iter().any(|line| line == "recover"));
    page.pass(200);
    assert!(page.log.iter().any(|line| line == "recover"));
}

#[test]
fn the_networks_return_ends_a_pause_unless_the_collector_asked_for_it() {
    check("start /\nflush\nfail\n+ 1ms\nonline", "send 0: page_view\n! collector_unavailable\nsend 1: page_view");
    check("start /\nflush\nanswer 503 after 5m\n+ 1m\nonline", "send 0: page_view\n! collector_unavailable");
}

#[test]
fn a_page_that_is_left_lets_others_at_the_log() {
    check_log(
        &format!("{QUIET}\ntrack a\nleave\nnew 3\n+ 8s\nstart /b\nleave\n+ 1s\nreturn /"),
        "recover\nrelease\nspill 0: a\nbeacon 0: a\nrelease
         log 0: page_view\nrecover\nsend 0: a\nspill 0: page_view\nbeacon 1: page_view\nrelease\nrecover",
    );
}

/// A page that finds these parts in the log.
fn found(parts: &[(&str, String)]) -> Page {
    let mut page = run(QUIET);
    page.log.clear();
    page.written.extend(parts.iter().map(|(key, text)| ((*key).into(), text.clone())));
    page.tell(Input::Recovered(Some(Recovered { log: page.recovered(), rest: 0 })));
    page
}

fn left_behind(events: &[&str], ago: u64) -> String {
    let mut page = run(QUIET);
    for event in events {
        step(&mut page, &format!("track {event}"));
    }
    page.now.wall_ms -= ago;
    step(&mut page, "hide");
    page.spilled.into_values().next().unwrap()
}

#[test]
fn what_is_older_than_a_week_is_told_as_expired_and_by_nothing_else() {
    let page = found(&[("1.x.0", left_behind(&["a {\"note\":\"secret\"}", "b"], 7 * 24 * 3_600_000 + 1))]);
    let batch = page.last();
    assert_eq!(batch.events.len(), 2);
    assert!(batch.events.iter().all(|event| event.dropped.as_deref() == Some("expired")), "{}", page.sent[0].body);
    assert!(!page.sent[0].body.contains("secret"));
    let page = found(&[("1.x.0", left_behind(&["a"], 7 * 24 * 3_600_000))]);
    assert_eq!(page.last().events[0].dropped, None);
}

#[test]
fn a_clock_that_was_ahead_holds_nothing_back() {
    let page = found(&[("1.x.0", left_behind(&["a"], 0).replace("\"sent_at\":\n1", "\"sent_at\":\n9"))]);
    assert_eq!(page.last().events[0].name, "a");
    assert_eq!(page.last().sent_at, page.now.wall_ms);
}

#[test]
fn beyond_a_megabyte_the_oldest_is_told_as_dropped_but_for_outcomes() {
    let large = format!("big {{\"note\":\"{}\"}}", "x".repeat(490));
    let part = left_behind(&[&large, &format!("purchase {ORDER}")], 60_000);
    let parts: Vec<_> = (0..900).map(|n| format!("{:04}.x.0", n)).collect();
    let parts: Vec<_> = parts.iter().map(|key| (key.as_str(), part.clone())).collect();
    let total: usize = parts.iter().map(|(_, text)| text.len()).sum();
    let page = found(&parts);
    let left: usize = page.written.values().map(String::len).sum();
    assert!(total > 1024 * 1024 && left <= 1024 * 1024 && left > 1000 * 1024, "{total} {left}");
    let first = decode(page.written["0000.x.0"].as_bytes()).unwrap().batch;
    assert_eq!(first.events.iter().map(|event| event.dropped.as_deref()).collect::<Vec<_>>(), [Some("queue_full"), None]);
    let last = decode(page.written["0899.x.0"].as_bytes()).unwrap().batch;
    assert_eq!(last.events.iter().map(|event| event.dropped.as_deref()).collect::<Vec<_>>(), [None, None]);
}

#[test]
fn what_was_left_out_is_fetched_later() {
    let mut page = run(QUIET);
    page.log.clear();
    page.tell(Input::Recovered(Some(Recovered { log: String::new(), rest: 5 })));
    page.pass(8_000);
    assert!(page.log.iter().any(|line| line == "recover"), "{:?}", page.log);
}

#[test]
fn an_event_that_is_refused_even_alone_is_told_as_refused() {
    let mut page = found(&[("1.x.0", left_behind(&["a", "poison", "c"], 60_000)), ("2.x.0", left_behind(&["d"], 60_000))]);
    let mut kept: Vec<String> = Vec::new();
    for _ in 0..20 {
        let batch = page.last();
        let bad = batch.events.iter().any(|event| event.name == "poison" && event.dropped.is_none());
        if !bad {
            kept.extend(batch.events.iter().map(|event| format!("{}{}", event.name, event.dropped.as_deref().unwrap_or_default())));
        }
        step(&mut page, if bad { "answer 400" } else { "answer 200" });
        if page.written.is_empty() {
            break;
        }
    }
    assert_eq!(kept, ["a", "poisonrefused", "c", "d"]);
    assert!(page.log.contains(&"! refused".into()));
}

#[test]
fn a_part_whose_envelope_is_refused_goes_in_the_end() {
    let mut page = found(&[("1.x.0", left_behind(&["a", "b"], 60_000))]);
    for _ in 0..20 {
        if page.written.is_empty() {
            break;
        }
        let sent = page.sent.len();
        step(&mut page, "answer 400");
        page.pass(300_000);
        assert!(page.sent.len() <= sent + 1);
    }
    assert!(page.written.is_empty());
}

#[test]
fn what_is_no_part_of_a_log_is_deleted() {
    let page = found(&[("1.x.0", "{".into()), ("2.x.0", "[]".into()), ("3.x.0", r#"{"events":[]}"#.into()), ("4.x.0", String::new())]);
    assert!(page.written.is_empty() && page.sent.is_empty());
}

#[test]
fn what_had_to_make_room_does_not_come_back_from_the_log() {
    let mut page =
        run("site \"batch\":{\"maxEvents\":500,\"maxWaitMs\":600000},\"capture\":{\"pageViews\":false}\nstart /\ntrack z\nflush");
    for n in 0..1_010 {
        step(&mut page, &format!("track e{n}"));
    }
    page.pass(50);
    let dropped = page.tracker.ledger().dropped.get("queue_full").and_then(|count| count.as_u64()).unwrap();
    let written: usize = page.written.values().map(|text| decode(text.as_bytes()).unwrap().batch.events.len()).sum();
    assert_eq!((dropped, written), (11, 1_000));
}

#[test]
fn a_withdrawal_deletes_the_log() {
    let page = check_all(
        "site \"capture\":{\"pageViews\":false}\nstart /\ntrack a\n+ 50ms\nconsent {\"analytics\":\"denied\"}\ntrack b\n+ 1m\nhide",
        "load\npersist\nrecover\nrelease\nwake +300000\nwake +50\nlog 0: a\nwake +4950\n! consent_withdrawn\nforget\nwake never",
    );
    assert!(page.written.is_empty());
}
