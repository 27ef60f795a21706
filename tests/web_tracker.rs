//! The shell in a real browser: DOM events in, batches and storage out. Deliberately not here: a real collector and real
//! navigation, which tests/e2e has, and decisions, which the core's own tests cover.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "what isn't as expected ends the test")]

use std::cell::RefCell;
use std::rc::Rc;

use milepost::front_end::{Diagnostic, Tracker};
use milepost_core::json::{Map, Value, read, to_string};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(module = "/tests/web/browser.js")]
extern "C" {
    fn clean() -> String;
    fn sent() -> String;
    fn beaconed() -> String;
    #[wasm_bindgen(js_name = storedKeys)]
    fn stored_keys() -> String;
    #[wasm_bindgen(js_name = sentWith)]
    async fn sent_with(name: &str) -> JsValue;
    async fn turn();
    async fn drawn();
    fn page(html: &str);
    fn click(selector: &str);
    fn dispatch(selector: &str, kind: &str);
    #[wasm_bindgen(js_name = scrollTo)]
    fn scroll_to(top: u32);
    fn go(path: &str);
    fn here() -> String;
}

#[derive(Serialize)]
struct Options {
    site: &'static str,
    collector: String,
    batch: Batch,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Batch {
    max_wait_ms: u32,
}

#[derive(Serialize)]
struct Choice {
    analytics: &'static str,
}

const GRANTED: Choice = Choice { analytics: "granted" };
const DENIED: Choice = Choice { analytics: "denied" };

type Diagnostics = Rc<RefCell<Vec<Diagnostic>>>;

/// A tracker that sends at once, on an emptied page.
fn start(html: &str) -> (Tracker, Diagnostics) {
    let collector = clean();
    page(html);
    let diagnostics = Diagnostics::default();
    let told = Rc::clone(&diagnostics);
    let options = Options { site: "tests", collector, batch: Batch { max_wait_ms: 0 } };
    let tracker = Tracker::start(&options, move |diagnostic| told.borrow_mut().push(diagnostic)).unwrap();
    (tracker, diagnostics)
}

/// The events of all batches: name and parameters.
fn events(batches: &str) -> Vec<(String, Map)> {
    let Ok(Value::List(batches)) = read(batches) else { panic!("{batches}") };
    let list = |value: Option<Value>| if let Some(Value::List(list)) = value { list } else { Vec::new() };
    let map = |value: Value| if let Value::Map(map) = value { map } else { panic!("no object") };
    let events = batches.into_iter().flat_map(|batch| list(map(batch).remove("events")));
    let event = |mut event: Map| {
        (event.get("name").and_then(Value::as_str).unwrap().to_owned(), map(event.remove("params").unwrap_or(Value::Map(Map::new()))))
    };
    events.map(|value| event(map(value))).collect()
}

fn names(batches: &str) -> Vec<String> {
    events(batches).into_iter().map(|(name, _)| name).collect()
}

async fn until_sent(name: &str) -> String {
    let batches = sent_with(name).await.as_string().unwrap();
    assert!(names(&batches).iter().any(|sent| sent == name), "no {name} in {batches}");
    batches
}

#[wasm_bindgen_test]
async fn nothing_is_sent_or_kept_before_consent_and_what_waited_goes_out_with_it() {
    let (tracker, _) = start("<button data-mp-event='demo'>x</button>");
    click("button");
    turn().await;
    assert_eq!((sent().as_str(), beaconed().as_str(), stored_keys().as_str()), ("[]", "[]", ""));
    let before = js_sys::Date::now() as u64;
    turn().await;
    tracker.set_consent(&GRANTED);
    let batches = until_sent("demo").await;
    assert_eq!(names(&batches), ["page_view", "demo"]);
    let at = batches.split("\"name\":\"demo\",\"at\":").nth(1).and_then(|rest| rest.split(',').next()).unwrap();
    assert!(at.parse::<u64>().unwrap() <= before, "the click's time, {at}, not that of the consent, after {before}");
    assert_eq!(stored_keys(), "milepost.tests");
}

#[wasm_bindgen_test]
async fn refusal_sends_nothing_and_withdrawal_wipes() {
    let (tracker, _) = start("");
    tracker.set_consent(&DENIED);
    tracker.track("demo", &Map::new());
    turn().await;
    assert_eq!((sent().as_str(), stored_keys().as_str()), ("[]", ""));
    tracker.set_consent(&GRANTED);
    tracker.track("later", &Map::new());
    assert_eq!(names(&until_sent("later").await), ["later"]);
    tracker.set_consent(&DENIED);
    assert_eq!(stored_keys(), "");
    tracker.track("after", &Map::new());
    dispatch("window", "pagehide");
    turn().await;
    assert_eq!((names(&sent()), beaconed().as_str()), (vec!["later".to_owned()], "[]"));
}

#[wasm_bindgen_test]
async fn a_marked_button_sends_its_item_and_the_exact_value() {
    let html = "<main data-mp-currency=EUR><article data-mp-item-id=sku-1 data-mp-price=19.99 data-mp-quantity=3>
        <button data-mp-event=add_to_cart><i>+</i></button></article></main>";
    let (tracker, _) = start(html);
    tracker.set_consent(&GRANTED);
    click("i");
    let sent = events(&until_sent("add_to_cart").await);
    let params = to_string(&sent.last().unwrap().1);
    assert_eq!(params, r#"{"currency":"EUR","items":[{"item_id":"sku-1","price":19.99,"quantity":3}],"value":59.97}"#);
}

#[wasm_bindgen_test]
async fn a_form_tells_that_it_was_begun_refused_and_sent_but_never_what_is_in_it() {
    let (tracker, _) =
        start("<form id=news action=/join><input name=email value=secret@mail.example required><input name=age required></form>");
    tracker.set_consent(&GRANTED);
    dispatch("input", "focusin");
    dispatch("input", "input");
    dispatch("[name=age]", "invalid");
    until_sent("form_error").await;
    dispatch("form", "submit");
    let batches = until_sent("form_submit").await;
    assert_eq!(names(&batches), ["page_view", "form_start", "form_error", "form_submit"]);
    assert!(batches.contains(r#""form_fields":"age""#) && !batches.contains("secret"), "{batches}");
}

#[wasm_bindgen_test]
async fn scrolling_to_the_end_reaches_every_depth_once() {
    let (tracker, _) = start("<div style='height:12000px'></div>");
    tracker.set_consent(&GRANTED);
    drawn().await;
    scroll_to(100_000);
    until_sent("scroll").await;
    scroll_to(0);
    drawn().await;
    scroll_to(100_000);
    drawn().await;
    tracker.track("end", &Map::new());
    let percents: Vec<_> =
        events(&until_sent("end").await).into_iter().filter_map(|(_, params)| params.get("percent_scrolled").map(to_string)).collect();
    assert_eq!(percents, ["25", "50", "75", "90", "100"]);
}

#[wasm_bindgen_test]
async fn each_route_is_a_page_view_and_the_same_one_twice_is_not() {
    let (tracker, _) = start("");
    let home = here();
    tracker.set_consent(&GRANTED);
    go("/product?id=1");
    go("/product?id=1");
    turn().await;
    go("#reviews");
    turn().await;
    go("/cart");
    turn().await;
    tracker.track("end", &Map::new());
    let batches = until_sent("end").await;
    go(&home);
    assert_eq!(names(&batches), ["page_view", "page_view", "page_view", "end"]);
    assert!(batches.contains("/product\"") && batches.contains("/cart\""), "{batches}");
}

#[wasm_bindgen_test]
async fn pagehide_beacons_what_is_queued_once() {
    let (tracker, _) = start("");
    tracker.set_consent(&GRANTED);
    tracker.track("last", &Map::new());
    dispatch("window", "pagehide");
    dispatch("window", "pagehide");
    assert_eq!(names(&beaconed()).iter().filter(|name| *name == "last").count(), 1);
}

#[wasm_bindgen_test]
async fn a_wrong_parameter_is_told_by_name_and_a_handler_may_call_the_tracker() {
    let (tracker, diagnostics) = start("");
    tracker.set_consent(&GRANTED);
    let mut params = Map::new();
    params.insert("currency", "euro");
    tracker.track("demo", &params);
    tracker.track("good", &Map::new());
    assert_eq!(names(&until_sent("good").await), ["page_view", "good"]);
    let told = diagnostics.borrow();
    let [diagnostic] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((diagnostic.code.as_str(), diagnostic.event.as_str(), diagnostic.param.as_str()), ("currency_invalid", "demo", "currency"));
}

#[wasm_bindgen_test]
async fn a_wrong_option_is_an_error_with_its_path() {
    let options = Options { site: "a b", collector: "/c".into(), batch: Batch { max_wait_ms: 0 } };
    let error = Tracker::start(&options, |_| {}).err().unwrap();
    assert_eq!((error.code(), error.path()), ("invalid", "site"));
}

#[wasm_bindgen_test]
async fn a_dropped_tracker_hears_nothing_more() {
    let (tracker, _) = start("<button data-mp-event='demo'>x</button>");
    tracker.set_consent(&GRANTED);
    until_sent("page_view").await;
    drop(tracker);
    click("button");
    go("#/elsewhere");
    dispatch("window", "pagehide");
    turn().await;
    assert_eq!((names(&sent()), beaconed().as_str()), (vec!["page_view".to_owned()], "[]"));
}
