//! Where visits came from, as batches tell it.

use crate::script::run;

#[track_caller]
fn check(script: &str, expected: &[[&str; 3]]) {
    let mut page = run(script);
    page.drain();
    let told: Vec<_> = page
        .events()
        .iter()
        .map(|(batch, _)| {
            batch.campaign.as_ref().map(|found| [found.source.clone(), found.medium.clone(), found.campaign.clone()]).unwrap()
        })
        .collect();
    assert_eq!(told, expected, "{script}");
}

#[test]
fn a_visit_keeps_the_campaign_of_its_first_page() {
    let may = ["news", "email", "may"];
    let landing = "start /?utm_source=news&utm_medium=email&utm_campaign=may https://mail.example/";
    check(&format!("{landing}\nroute /p/1\ntrack a"), &[may; 3]);
    check(&format!("{landing}\nhide\nnew\nstart /b https://shop.example/"), &[may]);
}

#[test]
fn the_next_visit_has_a_campaign_of_its_own() {
    check(
        "start / https://www.google.com/search?q=mug\nroute /p/1\n+ 31m\ntrack a",
        &[["google", "organic", "(not set)"], ["google", "organic", "(not set)"], ["(direct)", "(none)", "(not set)"]],
    );
    check("start /\nflush\nanswer 200\nhide\n+ 31m\nnew\nstart /?utm_source=ads", &[["ads", "(none)", "(not set)"]]);
}

#[test]
fn the_referrer_tells_where_the_address_does_not() {
    check("start / https://blog.example/post", &[["blog.example", "referral", "(not set)"]]);
    check("start / https://shop.example/other", &[["(direct)", "(none)", "(not set)"]]);
    check("start /?gclid=x", &[["google", "cpc", "(not set)"]]);
}
