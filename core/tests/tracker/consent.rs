//! The gate: what waits for the visitor's choice, and what a choice sets off.

use crate::page::{Page, START};
use crate::script::{check, check_all, run, step};

const ASK: &str = "site \"consent\":{\"mode\":\"required\"}";

#[test]
fn nothing_happens_while_the_choice_is_unknown() {
    let page = check_all(&format!("{ASK}\nstart /\nscroll 5000/9000\nidentify user-7\ntrack a\nflush\nhide\nshow\nreset\n+ 1h"), "");
    assert_eq!((page.tracker.held(), page.tracker.ledger().accepted), ((4, 0), 0));
}

#[test]
fn a_grant_sends_what_waited_with_its_own_times_and_the_landing_pages_campaign() {
    let page = check_all(
        &format!(
            "{ASK}
             start /?utm_source=news&gclid=abc
             + 40s
             route /b
             + 20s
             consent {{\"analytics\":\"granted\"}}
             + 5s"
        ),
        "load
         persist
         log 0: page_view page_view
         recover
         wake +5000
         release
         send 0: page_view page_view
         wake +295000",
    );
    let batch = page.last();
    let at: Vec<_> = batch.events.iter().map(|event| event.at - START.wall_ms).collect();
    assert_eq!((at.as_slice(), batch.sent_at - START.wall_ms), ([0, 40_000].as_slice(), 65_000));
    let campaign = batch.campaign.as_ref().unwrap();
    assert_eq!((campaign.source.as_str(), campaign.click_ids.len()), ("news", 0));
    assert_eq!((batch.session.started_at - START.wall_ms, batch.session.landing.as_str()), (0, "https://shop.example/"));
    assert_eq!((milepost_core::json::to_string(&batch.consent.source), batch.consent.at - START.wall_ms), ("\"api\"".into(), 60_000));
    assert_eq!(batch.visitor.as_ref().map(String::len), Some(32));
}

#[test]
fn a_denial_drops_what_waits_and_what_comes() {
    let page = check_all(&format!("{ASK}\nstart /\ntrack a\nconsent {{\"analytics\":\"denied\"}}\ntrack b\nflush\nhide\n+ 1h"), "forget");
    assert_eq!((page.tracker.held(), page.tracker.ledger().accepted), ((0, 3), 0));
}

#[test]
fn a_withdrawal_stops_everything_and_forgets_at_once() {
    let page = check_all(
        "start /
         flush
         track a
         consent {\"analytics\":\"denied\"}
         answer 200
         track b
         flush
         hide
         leave
         show
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
fn a_choice_that_is_taken_back_to_unknown_is_a_withdrawal() {
    let page = check("start /\nconsent {\"analytics\":\"unknown\"}\ntrack a\nflush\n+ 1h", "! consent_withdrawn");
    assert_eq!((page.store.as_deref(), page.tracker.held()), (None, (1, 1)));
}

#[test]
fn a_new_grant_makes_new_identifiers_and_counts_from_zero() {
    let mut page = run("start /\nidentify user-7\ntrack a\nflush\nanswer 200\nconsent {\"analytics\":\"denied\"}\ntrack lost");
    step(&mut page, "consent {\"analytics\":\"granted\"}");
    for line in ["track b", "flush"] {
        step(&mut page, line);
    }
    let (old, new) = (&page.sent[1].batch, page.last());
    assert!(old.stream != new.stream && old.visitor != new.visitor && old.session.id != new.session.id);
    assert_eq!((new.events[0].name.as_str(), new.events[0].seq, new.ledger.accepted, new.session.number), ("b", 0, 1, 1));
    assert_eq!((old.user.as_deref(), new.user.as_deref()), (Some("user-7"), None));
    assert_eq!(new.pages.len(), 1, "the page it happened on is still told");
}

#[test]
fn a_late_answer_of_a_withdrawn_stream_settles_nothing() {
    let mut page = run("start /\nflush");
    let late = page.sent[0].number;
    for line in ["consent {\"analytics\":\"denied\"}", "consent {\"analytics\":\"granted\"}", "track a", "flush"] {
        step(&mut page, line);
    }
    let outcome = milepost_core::Outcome::Answered { status: 200, retry_after_ms: None, body: r#"{"accepted":1}"#.into() };
    page.tell(milepost_core::Input::Settled { batch: late, outcome });
    assert_eq!((page.tracker.pending(), page.tracker.ledger().delivered), (1, 0));
}

#[test]
fn a_site_that_needs_no_consent_says_so() {
    let page = check_all("start /\n+ 5s", "load\npersist\nlog 0: page_view\nrecover\nwake +5000\nrelease\nsend 0: page_view\nwake +295000");
    let record = &page.last().consent;
    assert_eq!(
        milepost_core::json::to_string(record),
        r#"{"analytics":"granted","marketing":"unknown","functional":"unknown","source":"config","at":1763752000000}"#
    );
}

#[test]
fn a_call_changes_only_the_purposes_it_names() {
    let page = run(&format!(
        "{ASK}\nstart /\nconsent {{\"marketing\":\"granted\"}}\nconsent {{\"analytics\":\"granted\",\"functional\":\"denied\"}}\nconsent {{}}\nflush"
    ));
    let record = milepost_core::json::to_string(&page.last().consent);
    assert!(record.starts_with(r#"{"analytics":"granted","marketing":"granted","functional":"denied""#), "{record}");
}

#[test]
fn an_invalid_choice_is_told_and_nothing_of_the_call_is_taken() {
    for call in [r#"{"analytics":"granted","marketing":"yes"}"#, r#"{"analytics":"granted","marketing":true}"#] {
        check_all(&format!("{ASK}\nstart /\nconsent {call}"), "! consent_invalid  marketing");
    }
    check_all(&format!("{ASK}\nstart /\nconsent {{\"analytics\":\"granted\",\"ads\":\"granted\"}}"), "! consent_invalid  ads");
}

#[test]
fn click_ids_are_sent_and_kept_only_while_marketing_is_granted() {
    let mut page = run("start /?gclid=abc123");
    let mut told = |line| {
        for line in [line, "track a", "flush", "answer 200"] {
            step(&mut page, line);
        }
        let sent = page.last().campaign.as_ref().unwrap().click_ids.get("gclid").is_some();
        (sent, page.store.as_ref().unwrap().contains("abc123"))
    };
    assert_eq!(told("track a"), (false, false));
    assert_eq!(told("consent {\"marketing\":\"granted\"}"), (true, true));
    assert_eq!(told("consent {\"marketing\":\"denied\"}"), (false, false));
}

#[test]
fn click_ids_leave_the_browser_with_the_withdrawal_itself() {
    let page = run("start /?gclid=abc123\nconsent {\"marketing\":\"granted\"}\ntrack a\nconsent {\"marketing\":\"denied\"}");
    assert!(!page.store.unwrap().contains("abc123"));
}

#[test]
fn what_waits_is_bounded_and_what_finds_no_room_is_counted_and_told() {
    let mut page = run(ASK);
    for _ in 0..205 {
        step(&mut page, "track a");
    }
    assert_eq!((page.tracker.held(), page.log.len(), page.log[0].as_str()), ((200, 5), 5, "! waiting_full"));
    let mut page = run(ASK);
    let text = "x".repeat(499);
    for _ in 0..200 {
        step(&mut page, &format!("track a {{\"note\":\"{text}\"}}"));
    }
    let (held, dropped) = page.tracker.held();
    assert!(held > 100 && held * 560 < 64 * 1024 && dropped == 200 - held as u64, "{held} {dropped}");
}

#[test]
fn what_the_browser_keeps_is_asked_for_only_once_it_may_be_read() {
    let mut page = Page::new("\"consent\":{\"mode\":\"required\"}", 1, Some("garbage".into()));
    for line in ["start /", "show", "hide"] {
        step(&mut page, line);
    }
    page.tell(milepost_core::Input::Loaded(Some("garbage".into())));
    assert!(page.log.is_empty(), "{:?}", page.log);
}

#[test]
fn the_strictest_signal_wins_and_one_that_never_answers_leaves_unknown() {
    let check = |script: &str, expected: &str| {
        let page = run(&format!(
            "{ASK}\nsignal tcf {{\"governs\":[\"analytics\",\"marketing\"]}}\nsignal own {{\"governs\":[\"analytics\"]}}\nstart /\n{script}\nflush"
        ));
        let told = page.sent.last().map_or("nothing".into(), |sent| milepost_core::json::to_string(&sent.batch.consent));
        assert_eq!(told, expected, "{script}");
    };
    let tcf = |choice| {
        format!(
            r#"signal tcf {{"governs":["analytics","marketing"],"version":"2.3","at":7,"choices":{{"analytics":"{choice}","marketing":"denied"}}}}"#
        )
    };
    let own =
        |choice| format!(r#"signal own {{"governs":["analytics"],"at":9,"choices":{{"analytics":"{choice}","marketing":"granted"}}}}"#);
    let api = |choice| format!(r#"consent {{"analytics":"{choice}"}}"#);
    for script in [
        tcf("granted"),
        api("granted"),
        [tcf("granted"), own("unknown")].join("\n"),
        [tcf("granted"), own("denied"), api("granted")].join("\n"),
        [tcf("granted"), api("denied"), own("granted")].join("\n"),
        [tcf("granted"), api("unknown"), own("granted")].join("\n"),
    ] {
        check(&script, "nothing");
    }
    check(
        &[own("granted"), tcf("granted")].join("\n"),
        r#"{"analytics":"granted","marketing":"denied","functional":"unknown","source":"tcf+own","version":"2.3","at":7}"#,
    );
    check(
        &[tcf("granted"), api("granted"), own("granted")].join("\n"),
        r#"{"analytics":"granted","marketing":"denied","functional":"unknown","source":"tcf+own+api","version":"2.3","at":9}"#,
    );
}

#[test]
fn a_site_that_needs_no_consent_still_waits_for_its_signals() {
    let announced = "site \"consent\":{\"mode\":\"granted\"}\nsignal tcf {\"governs\":[\"analytics\"]}\nstart /";
    check_all(announced, "");
    let page = run(&format!("{announced}\nsignal tcf {{\"governs\":[\"analytics\"],\"choices\":{{\"analytics\":\"granted\"}}}}\nflush"));
    assert_eq!(page.last().consent.source, "config+tcf");
}

#[test]
fn what_the_browser_refuses_is_denied_whatever_signals_say() {
    let record = |options: &str, browser: &str| {
        let page = run(&format!(
            "site \"consent\":{{\"mode\":\"granted\"{options}}}\nstarts {browser} /?gclid=1\nconsent {{\"marketing\":\"granted\"}}\nflush"
        ));
        page.sent.last().map(|sent| (sent.batch.consent.marketing.to_owned(), sent.batch.consent.gpc, sent.body.contains("gclid")))
    };
    use milepost_core::consent::Grant::{Denied, Granted};
    assert_eq!(record("", "none"), Some((Granted, false, true)));
    assert_eq!(record("", "gpc"), Some((Denied, true, false)));
    assert_eq!(record("", "dnt"), Some((Granted, false, true)));
    assert_eq!(record(",\"gpc\":[]", "gpc"), Some((Granted, true, true)));
    assert_eq!(record(",\"dnt\":[\"marketing\"]", "dnt"), Some((Denied, false, false)));
    assert_eq!(record(",\"dnt\":[\"analytics\"]", "dnt"), None);
    assert_eq!(record(",\"gpc\":[\"analytics\"]", "gpc+dnt"), None);
}
