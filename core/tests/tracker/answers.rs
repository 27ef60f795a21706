//! What an answer means: settled, tried again and when, halved until the event at fault is alone.

use crate::page::Page;
use crate::script::{check, check_all, run, step};

#[test]
fn an_answer_settles_and_a_failure_does_not() {
    for (status, settled) in [
        (200, true),
        (202, true),
        (204, true),
        (301, false),
        (401, false),
        (403, false),
        (404, false),
        (408, false),
        (429, false),
        (500, false),
        (502, false),
        (503, false),
        (504, false),
    ] {
        let page = run(&format!("start /\nflush\nanswer {status}"));
        assert_eq!(page.tracker.ledger().delivered, u64::from(settled), "{status}");
        assert_eq!(page.tracker.pending(), usize::from(!settled), "{status}");
        assert_eq!(page.log.iter().any(|line| line == "! collector_unavailable"), !settled, "{status}");
    }
    check("start /\nflush\nfail", "send 0: page_view\n! collector_unavailable");
}

#[test]
fn a_rejected_event_is_counted_and_told_and_the_rest_is_delivered() {
    let page = check(
        "start /\ntrack a\ntrack b\nflush\nanswer 200 {\"accepted\":2,\"rejected\":[{\"seq\":1,\"code\":\"param_type\",\"param\":\"x\"},{\"seq\":99},7]}",
        "send 0: page_view a b\n! rejected param_type x\n! rejected",
    );
    let ledger = page.tracker.ledger();
    assert_eq!((ledger.delivered, ledger.dropped.get("rejected").and_then(|count| count.as_u64())), (2, Some(1)));
}

#[test]
fn only_a_collectors_answer_settles_a_batch() {
    for (body, settled) in [
        ("{\"accepted\":1}", true),
        ("{\"accepted\":1,\"rejected\":7}", true),
        ("{\"accepted\":1,\"rejected\":[{\"seq\":\"0\"}]}", true),
        ("", false),
        ("ok", false),
        ("[]", false),
        ("<html>Log in to the hotel's network</html>", false),
    ] {
        let mut page = run("start /\nflush");
        page.answer(200, None, body);
        assert_eq!(page.tracker.ledger().delivered, u64::from(settled), "{body}");
        assert_eq!(page.tracker.pending(), usize::from(!settled), "{body}");
    }
}

#[test]
fn answers_to_batches_that_are_not_under_way_are_ignored() {
    let mut page = run("start /\nflush");
    for batch in [7, u32::MAX] {
        page.tell(milepost_core::Input::Settled { batch, outcome: milepost_core::Outcome::Failed });
    }
    step(&mut page, "answer 200");
    step(&mut page, "answer 503");
    assert_eq!((page.tracker.ledger().delivered, page.log.iter().filter(|line| line.starts_with('!')).count()), (1, 0));
}

/// How long the tracker waits after so many failures in a row, ms.
fn pause(page: &mut Page, answer: &str) -> u64 {
    step(page, answer);
    let before = page.now.mono_ms;
    let sent = page.sent.len();
    while page.sent.len() == sent {
        let wake = page.wake.expect("it wants to be woken");
        page.pass(wake - page.now.mono_ms);
    }
    page.now.mono_ms - before
}

#[test]
fn pauses_double_up_to_five_minutes_and_differ_between_browsers() {
    let mut firsts = Vec::new();
    let mut longest = [0; 14];
    for seed in 0..40 {
        let mut page = run(&format!("new {}\nstart /\n+ 10s", seed * 7_919 + 3));
        for (failures, longest) in longest.iter_mut().enumerate() {
            let pause = pause(&mut page, "answer 503");
            let bound = (1_000_u64 << failures).min(300_000);
            assert!((500..=500 + bound).contains(&pause), "{failures} failures: {pause} ms");
            *longest = pause.max(*longest);
            if failures == 0 {
                firsts.push(pause);
            }
        }
        step(&mut page, "answer 200");
        for line in ["track again", "flush"] {
            step(&mut page, line);
        }
        assert!(pause(&mut page, "fail") <= 1_500, "an answer ends the doubling");
    }
    firsts.sort_unstable();
    firsts.dedup();
    assert!(firsts.len() > 30, "browsers come back together: {firsts:?}");
    assert!(longest[13] > 150_000 && longest[3] > 3_000, "{longest:?}");
}

#[test]
fn retry_after_is_kept_to_within_an_hour() {
    let mut page = run("start /\n+ 10s");
    assert_eq!(pause(&mut page, "answer 503 after 20s"), 20_000);
    assert_eq!(pause(&mut page, "answer 429 after 90m"), 3_600_000);
    assert!(pause(&mut page, "answer 503 after 1ms") >= 500);
}

#[test]
fn neither_flush_nor_outcome_breaks_a_pause() {
    check("start /\nflush\nanswer 503 after 20s\nflush\ntrack a\n+ 19s\nflush", "send 0: page_view\n! collector_unavailable");
    check("start /\nflush\nanswer 503 after 20s\n+ 20s", "send 0: page_view\n! collector_unavailable\nsend 1: page_view");
}

#[test]
fn a_released_batch_keeps_the_order_of_events() {
    check("start /\nflush\nanswer 503\ntrack a\n+ 10s", "send 0: page_view\n! collector_unavailable\nsend 1: page_view a");
}

/// A collector that refuses every batch with an event of that name in it.
fn refuse(status: &str, events: usize, poison: &[usize]) -> (Page, usize) {
    let mut page = run("site \"batch\":{\"maxEvents\":500},\"capture\":{\"pageViews\":false}\nstart /");
    for n in 0..events {
        step(&mut page, if poison.contains(&n) { "track poison" } else { "track good" });
    }
    step(&mut page, "flush");
    for rounds in 0..10 * events {
        if page.tracker.pending() == 0 {
            return (page, rounds);
        }
        let bad = page.last().events.iter().any(|event| event.name == "poison");
        step(&mut page, if bad { status } else { "answer 200" });
        page.pass(5_000);
    }
    panic!("{} events are still there", page.tracker.pending());
}

#[test]
fn a_refused_batch_is_halved_until_the_event_at_fault_is_alone() {
    for status in ["answer 400", "answer 413", "answer 422"] {
        let (page, rounds) = refuse(status, 100, &[37]);
        let ledger = page.tracker.ledger();
        assert_eq!((ledger.delivered, ledger.dropped.get("refused").and_then(|count| count.as_u64())), (99, Some(1)), "{status}");
        assert!(rounds < 40, "{rounds} requests");
        assert!(page.log.iter().any(|line| line == "! refused"));
    }
    assert_eq!(refuse("answer 400", 40, &[0, 1, 20, 39]).0.tracker.ledger().delivered, 36);
    assert_eq!(refuse("answer 400", 1, &[0]).0.tracker.ledger().delivered, 0);
}

#[test]
fn a_halved_batch_goes_at_once_and_a_success_makes_batches_whole_again() {
    check_all(
        "site \"capture\":{\"pageViews\":false},\"batch\":{\"maxEvents\":4}
         start /
         track a\ntrack b\ntrack c\ntrack d
         answer 413
         answer 200
         track e\ntrack f
         answer 200",
        "load
         persist
         recover
         release
         wake +300000
         wake +50
         send 0: a b c d
         send 1: a b
         send 2: c d",
    );
}
