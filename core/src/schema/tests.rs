//! The schema as a table: an event in, its canonical form or its fault out.

use alloc::format;
use alloc::string::String;

use super::*;
use crate::json::{read, to_string};
use proptest::prelude::*;

fn check_text(name: &str, params: &str) -> Result<String, String> {
    let Ok(Value::Map(mut params)) = read(params) else { panic!("{params} is no object") };
    match check(name, &mut params) {
        Ok(()) => {
            let once = to_string(&params);
            check(name, &mut params).expect("checking twice changes nothing");
            assert_eq!(to_string(&params), once);
            Ok(once)
        }
        Err(violation) => Err(format!("{} {}", violation.fault.code(), violation.param)),
    }
}

fn accepts(name: &str, params: &str, canonical: &str) {
    assert_eq!(check_text(name, params).as_deref(), Ok(canonical), "{name} {params}");
}

fn refuses(name: &str, params: &str, expected: &str) {
    assert_eq!(check_text(name, params).as_deref().map_err(|error| error.trim()), Err(expected), "{name} {params}");
}

#[test]
fn money_is_exact_however_it_is_written() {
    let canonical = r#"{"currency":"EUR","value":19.99,"items":[{"item_id":"sku-1","quantity":1}]}"#;
    for value in ["19.99", "\"19.99\"", "19.990", "1999e-2", "19.990000000000002"] {
        accepts("add_to_cart", &format!(r#"{{"currency":"EUR","value":{value},"items":[{{"item_id":"sku-1","quantity":1}}]}}"#), canonical);
    }
}

#[test]
fn value_is_the_sum_of_the_items_when_left_out() {
    accepts(
        "begin_checkout",
        r#"{"currency":"EUR","items":[{"item_id":1,"price":"19.99","quantity":3},{"item_name":"Pot","price":0.1}]}"#,
        r#"{"currency":"EUR","items":[{"item_id":"1","price":19.99,"quantity":3},{"item_name":"Pot","price":0.1}],"value":60.07}"#,
    );
    accepts("view_item", r#"{"items":[{"item_id":"a"}]}"#, r#"{"items":[{"item_id":"a"}]}"#);
}

#[test]
fn events_of_the_sites_own_are_kept() {
    accepts("demo_booked", r#"{"plan":"pro","seats":25,"trial":true,"note":null}"#, r#"{"plan":"pro","seats":25,"trial":true}"#);
    accepts("sign_up", "{}", "{}");
    accepts("generate_lead", "{}", "{}");
}

#[test]
fn a_fault_names_its_parameter() {
    let purchase = |rest: &str| format!(r#"{{"transaction_id":"T1","currency":"EUR","value":1,"items":[{{"item_id":"a"}}]{rest}}}"#);
    accepts("purchase", &purchase(""), &purchase(""));
    for (name, params, expected) in [
        ("", "{}", "event_name_invalid"),
        ("2fast", "{}", "event_name_invalid"),
        ("add to cart", "{}", "event_name_invalid"),
        ("ga_session", "{}", "event_name_reserved"),
        ("x", r#"{"__proto__":1}"#, "param_name_invalid __proto__"),
        ("x", r#"{"a b":1}"#, "param_name_invalid a b"),
        ("x", r#"{"nested":{"a":1}}"#, "param_type nested"),
        ("add_to_cart", "{}", "param_missing items"),
        ("add_to_cart", r#"{"items":[]}"#, "param_missing items"),
        ("add_to_cart", r#"{"items":"sku"}"#, "param_type items"),
        ("add_to_cart", r#"{"value":1,"items":[{"item_id":"a"}]}"#, "param_missing currency"),
        ("add_to_cart", r#"{"items":[{"item_id":"a","price":1}]}"#, "param_missing currency"),
        ("add_to_cart", r#"{"currency":"eur","items":[{"item_id":"a"}]}"#, "currency_invalid currency"),
        ("add_to_cart", r#"{"currency":978,"items":[{"item_id":"a"}]}"#, "param_type currency"),
        ("add_to_cart", r#"{"currency":"EUR","items":[{"item_id":"a"},{"price":1}]}"#, "item_unnamed items[1]"),
        ("add_to_cart", r#"{"currency":"EUR","items":[{"item_id":"a","price":"19,99"}]}"#, "decimal_invalid items[0].price"),
        ("add_to_cart", r#"{"currency":"EUR","items":[{"item_id":"a","price":-1}]}"#, "param_out_of_range items[0].price"),
        ("add_to_cart", r#"{"currency":"EUR","items":[{"item_id":"a","quantity":1.5}]}"#, "param_out_of_range items[0].quantity"),
        ("add_to_cart", r#"{"currency":"EUR","items":[{"item_id":""}]}"#, "param_missing items[0].item_id"),
        ("purchase", r#"{"currency":"EUR","value":1,"items":[{"item_id":"a"}]}"#, "param_missing transaction_id"),
        ("purchase", r#"{"transaction_id":"T","currency":"EUR","items":[{"item_id":"a"}]}"#, "param_missing value"),
        ("purchase", r#"{"transaction_id":"T","value":1,"currency":"EUR"}"#, "param_missing items"),
        ("purchase", &purchase(r#","value":true"#), "param_type value"),
        ("search", "{}", "param_missing search_term"),
        ("search", &format!(r#"{{"search_term":"{}"}}"#, "x".repeat(501)), "param_too_long search_term"),
    ] {
        refuses(name, params, expected);
    }
    let many = (0..41).map(|n| format!("\"p{n}\":1")).collect::<alloc::vec::Vec<_>>().join(",");
    refuses("x", &format!("{{{many}}}"), "param_too_many");
    let items = alloc::vec!["{\"item_id\":\"a\"}"; 201].join(",");
    refuses("view_item_list", &format!(r#"{{"items":[{items}]}}"#), "items_too_many items");
}

proptest! {
    #[test]
    fn whatever_is_accepted_is_accepted_again_unchanged(
        name in prop::sample::select(alloc::vec!["purchase", "add_to_cart", "x", "search"]),
        key in prop::sample::select(alloc::vec!["value", "currency", "items", "transaction_id", "search_term", "note"]),
        value in prop::sample::select(alloc::vec!["1", "\"EUR\"", "[{\"item_id\":1,\"price\":\"2.50\",\"quantity\":2}]", "null", "\"1e2\"", "{}", "-3"]),
        text in "\\PC{0,20}",
    ) {
        let params = format!(r#"{{"{key}":{value},"currency":"USD","free":{}}}"#, to_string(&text));
        let _ = check_text(name, &params);
    }
}
