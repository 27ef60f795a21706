//! A day without a network, and clocks that jump: what is kept, what makes room, and which order and times remain.

use milepost_core::{Outcome, Urgency};

use crate::page::Page;
use crate::script::{run, step};

const DAY_MS: u64 = 86_400_000;
/// Events of that day, and how many of them are between two purchases.
const EVENTS: u64 = 5_000;
const BETWEEN: u64 = 250;
/// Most events that wait.
const MOST: usize = 1_000;

/// Lets time pass on a network that carries nothing; returns how many requests it swallowed.
fn pass_in_vain(page: &mut Page, ms: u64) -> usize {
    let mut swallowed = 0;
    let end = page.now.mono_ms + ms;
    loop {
        if page.sent.iter().any(|sent| sent.urgency == Urgency::Normal) {
            swallowed += 1;
            page.settle(Outcome::Failed);
            page.sent.clear();
        }
        if page.now.mono_ms >= end {
            return swallowed;
        }
        let next = page.wake.map_or(end, |at| at.clamp(page.now.mono_ms + 1, end));
        page.pass(next - page.now.mono_ms);
    }
}

#[test]
fn a_day_offline_keeps_purchases_and_the_newest_and_counts_the_others() {
    let mut page = run("site \"conversions\":\"ecommerce\",\"capture\":{\"pageViews\":false}\nstart /");
    let mut requests = 0;
    for n in 0..EVENTS {
        let bought = n % BETWEEN == 0;
        let line = if bought {
            format!(
                "track purchase {{\"n\":{n},\"transaction_id\":\"T-{n}\",\"currency\":\"EUR\",\"value\":1,\"items\":[{{\"item_id\":\"a\"}}]}}"
            )
        } else {
            format!("track seen {{\"n\":{n}}}")
        };
        step(&mut page, &line);
        requests += pass_in_vain(&mut page, DAY_MS / EVENTS);
        assert!(page.tracker.pending() <= MOST, "{} wait", page.tracker.pending());
    }
    assert!((288..1_200).contains(&requests), "{requests} requests in a day: pauses are 5 minutes at most, half of it on average");
    let kept = page.tracker.pending() as u64;
    let full = page.tracker.ledger().dropped.get("queue_full").and_then(|count| count.as_u64());
    assert_eq!(full, Some(EVENTS - kept));
    assert_eq!(page.log.iter().filter(|line| *line == "! queue_full").count() as u64, EVENTS - kept);

    page.pass(600_000);
    page.drain();
    let numbers: Vec<_> = page.events().iter().map(|(_, event)| event.params.get("n").and_then(|n| n.as_u64()).unwrap()).collect();
    let purchases = EVENTS / BETWEEN;
    let newest = EVENTS - (kept - numbers.iter().filter(|n| *n % BETWEEN == 0).count() as u64);
    assert_eq!(numbers.len() as u64, kept, "each once");
    assert_eq!(numbers.iter().filter(|n| *n % BETWEEN == 0).count() as u64, purchases, "every purchase");
    let others: Vec<_> = numbers.iter().filter(|n| *n % BETWEEN != 0).collect();
    assert!(others.iter().all(|n| **n > newest - purchases), "the newest of the others: from {:?}, not {newest}", others.first());
    let ledger = page.tracker.ledger();
    assert_eq!((ledger.delivered, page.tracker.pending()), (kept, 0));
}

#[test]
fn a_clock_that_jumps_changes_neither_order_nor_pauses() {
    for jump in ["clock +24h", "clock -24h", "clock +1h", "clock -1h"] {
        let mut page = run("site \"capture\":{\"pageViews\":false}\nstart /\ntrack a\nflush\nanswer 503 after 20s");
        for line in ["track b", jump, "track c"] {
            step(&mut page, line);
        }
        let (sent, before) = (page.sent.len(), page.now.mono_ms);
        while page.sent.len() == sent {
            let at = page.wake.expect("it wants to be woken");
            page.pass(at - page.now.mono_ms);
        }
        assert_eq!(page.now.mono_ms - before, 20_000, "{jump}: the pause is real time");
        assert_eq!(page.last().sent_at, page.now.wall_ms, "{jump}: it was sent now");
        page.drain();
        let events: Vec<_> = page.events().iter().map(|(batch, event)| (event.seq, event.name.clone(), batch.stream.clone())).collect();
        let stream = page.last().stream.clone();
        let expected = ["a", "b", "c"].iter().zip(0..).map(|(name, seq)| (seq, String::from(*name), stream.clone())).collect::<Vec<_>>();
        assert_eq!(events, expected, "{jump}: by number");
    }
}

#[test]
fn what_was_seen_since_a_jump_is_as_long_ago_as_it_was() {
    let mut page = run("site \"capture\":{\"pageViews\":false}\nstart /");
    for line in ["clock -24h", "track a", "+ 3s", "track b", "flush"] {
        step(&mut page, line);
    }
    let ages: Vec<_> = page.last().events.iter().map(|event| page.last().sent_at - event.at).collect();
    assert_eq!(ages, [3_000, 0], "before what the page calls now, when it was sent");
}
