//! Page views: the first page, routes, hash routes, calls of `page`, returns from the back/forward cache.

use crate::page::Page;
use crate::script::{check, check_all, check_events, run, step};

#[test]
fn the_first_page_is_a_view() {
    check_events("start /p/1", "page_view /p/1 {}");
    let page = check("start /p/1?email=me@home.example#top https://me:secret@blog.example/post?id=7 \n flush", "send 0: page_view");
    let first = &page.last().pages[0];
    assert_eq!((first.id, first.url.as_str(), first.title.as_str()), (0, "https://shop.example/p/1", "Mugs"));
    assert_eq!(first.referrer, "https://blog.example/post");
    let device = page.last().device.as_ref().unwrap();
    assert_eq!((device.class.as_str(), device.screen.as_str(), page.last().engine.as_str()), ("desktop", "1920x1080", "wasm"));
}

#[test]
fn another_address_is_another_view_and_a_fragment_is_not() {
    check_events(
        "start /
         route /
         route /#reviews
         track a
         route /p/1
         route /p/1?colour=red
         track b",
        "page_view / {}
         a / {}
         page_view /p/1 {}
         page_view /p/1 {}
         b /p/1 {}",
    );
    let page = run("start /a?x=1 https://blog.example/\nroute /b\nflush");
    let referrers: Vec<_> = page.last().pages.iter().map(|page| page.referrer.as_str()).collect();
    assert_eq!(referrers, ["https://blog.example/", "https://shop.example/a"]);
}

#[test]
fn a_fragment_that_is_a_route_is_a_view() {
    check_events(
        "start /#/
         route /#/cart
         route /#/cart
         route /#!/pay
         route /#top",
        "page_view / {}
         page_view / {}
         page_view / {}
         page_view / {}",
    );
}

#[test]
fn the_site_may_say_that_a_view_begins() {
    check_events("start /\npage /\npage /step-2", "page_view / {}\npage_view / {}\npage_view /step-2 {}");
}

#[test]
fn a_return_from_the_back_forward_cache_is_a_view() {
    check_events("start /a\nhide\nleave\n+ 5s\nreturn /a", "page_view /a {}\npage_view /a {}");
}

#[test]
fn a_page_that_is_only_shown_again_is_no_view() {
    check_events("start /a\nhide\n+ 5s\nshow", "page_view /a {}");
}

#[test]
fn a_page_that_another_core_has_counted_is_no_view_until_the_next_one() {
    check_events("starts seen /a\ntrack a\npage /a\nroute /b", "a /a {}\npage_view /a {}\npage_view /b {}");
}

#[test]
fn without_capture_of_views_events_still_name_their_page() {
    check_events("site \"capture\":{\"pageViews\":false}\nstart /\ntrack a\nroute /b\ntrack b", "a / {}\nb /b {}");
}

#[test]
fn a_call_before_the_page_is_known_belongs_to_the_first_page() {
    check_events("track early\nstart /\ntrack late", "early / {}\npage_view / {}\nlate / {}");
}

#[test]
fn consent_before_the_page_is_known_waits_for_what_the_browser_refuses() {
    check_all(
        "site \"consent\":{\"mode\":\"required\"}
         consent {\"analytics\":\"granted\"}
         track early
         start /
         flush",
        "load
         persist
         log 0: early page_view
         recover
         wake +5000
         release
         send 0: early page_view
         wake +300000",
    );
}

#[test]
fn a_title_is_cut_at_300_characters() {
    let mut page = Page::new("\"consent\":{\"mode\":\"granted\"}", 1, None);
    step(&mut page, "start /");
    let document = milepost_core::Document { url: "https://shop.example/é".into(), title: "é".repeat(400), referrer: String::new() };
    page.tell(milepost_core::Input::Page(document));
    step(&mut page, "flush");
    assert_eq!(page.last().pages[1].title, "é".repeat(300));
}

/// What a tracker holds shows in its debug text.
#[test]
fn ten_thousand_routes_leave_nothing_behind() {
    for (consent, routes) in [("granted", 10_000), ("unknown", 2_000), ("denied", 2_000)] {
        let mut page = Page::new("\"consent\":{\"mode\":\"required\"},\"capture\":{\"pageViews\":false}", 1, None);
        step(&mut page, "start /");
        step(&mut page, &format!("consent {{\"analytics\":\"{consent}\"}}"));
        let weight = |page: &Page| format!("{:?}", page.tracker).len();
        let before = weight(&page);
        for route in 0..routes {
            step(&mut page, &format!("route /p/{route}"));
            step(&mut page, "scroll 0/5000");
            step(&mut page, "form touch join");
            if route % 100 == 99 && consent == "granted" {
                page.drain();
                page.sent.clear();
            }
        }
        if consent == "granted" {
            page.drain();
        }
        let held = page.tracker.held().0 * 400;
        assert!(weight(&page) < before + held + 2_000, "{consent}: {before} bytes before, {} after", weight(&page));
    }
}
