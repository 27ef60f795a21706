//! Marked elements: `data-mp-*` attributes to an event with its items, list and currency.

use alloc::string::String;
use alloc::vec::Vec;

use super::Captured;
use crate::address::{listed, pieces};
use crate::input::Markup;
use crate::json::{Map, Value};

/// Attributes that say how the others are meant.
const OWN: &str = "event on items ignore";
/// Attributes of an item whose name says so only inside one.
const ITEM_FIELDS: &str = "price quantity discount index affiliation";
const LIST_FIELDS: &str = "item_list_id item_list_name";
/// What an event takes from the nearest element that says it.
const INHERITED: &str = "item_list_id item_list_name currency";

/// The event of an element: its name comes from the attributes, unless a rule gives one.
pub(crate) fn read(markup: &Markup, rule: Option<&Value>) -> Option<Captured> {
    let own = markup.chain.first().unwrap_or(&Value::Null);
    let name = rule.map_or_else(|| own.get("mpEvent"), |rule| rule.get("event"))?.as_str()?;
    let mut params = Map::new();
    copy(own, &mut params, &|param| !listed(param, OWN) && !is_item_field(param));
    for inherited in pieces(INHERITED, b' ') {
        for element in &markup.chain {
            if copy(element, &mut params, &|param| param == inherited) {
                break;
            }
        }
    }
    let mut items = Vec::new();
    match markup.chain.iter().find(|element| is_item(element)) {
        Some(element) => items.push(item(element)),
        None => {
            for element in &markup.inside {
                if is_item(element) {
                    items.push(item(element));
                }
            }
        }
    }
    if !items.is_empty() {
        params.insert("items", items);
    } else if !is_item(own) {
        // An element that stands for no item may carry fields of those names itself.
        copy(own, &mut params, &|param| listed(param, ITEM_FIELDS));
    }
    if let Some(Value::Map(rule)) = rule.and_then(|rule| rule.get("params")) {
        for (param, value) in rule.iter() {
            params.insert(param, value.clone());
        }
    }
    Some(Captured { name: name.into(), params })
}

fn item(element: &Value) -> Value {
    let mut item = Map::new();
    // Numbers come as text here; the schema reads those it knows.
    copy(element, &mut item, &is_item_field);
    Value::Map(item)
}

fn is_item(element: &Value) -> bool {
    element.get("mpItemId").or_else(|| element.get("mpItemName")).is_some()
}

fn is_item_field(name: &str) -> bool {
    listed(name, ITEM_FIELDS) || (name.starts_with("item_") && !listed(name, LIST_FIELDS))
}

/// Copies the attributes that are wanted under their parameter names: `mpItemCategory2` is `item_category2`.
/// Returns whether there were any.
fn copy(element: &Value, params: &mut Map, wanted: &dyn Fn(&str) -> bool) -> bool {
    let Value::Map(attributes) = element else { return false };
    let mut found = false;
    for (key, value) in attributes.iter() {
        let Some(rest) = key.strip_prefix("mp") else { continue };
        let mut name = String::new();
        for letter in rest.chars() {
            if letter.is_ascii_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.push(letter.to_ascii_lowercase());
        }
        if wanted(&name) {
            params.insert(name, value.clone());
            found = true;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn maps(text: &str) -> Vec<Value> {
        let Ok(Value::List(list)) = json::read(text) else { panic!("{text}") };
        list
    }

    fn check(chain: &str, inside: &str, name: &str, params: &str) {
        let markup = Markup { chain: maps(chain), inside: maps(inside) };
        let captured = read(&markup, None).unwrap();
        assert_eq!((captured.name.as_str(), json::to_string(&captured.params).as_str()), (name, params));
    }

    #[test]
    fn the_nearest_ancestor_supplies_item_list_and_currency() {
        check(
            r#"[{"mpEvent":"add_to_cart"},{"mpItemId":"sku-1","mpItemName":"Mug","mpPrice":"19.99","mpQuantity":"2","mpItemCategory2":"red"},
                {"mpItemListId":"new","mpItemListName":"New"},{"mpItemId":"other"},{"mpCurrency":"EUR"}]"#,
            "[]",
            "add_to_cart",
            r#"{"item_list_id":"new","item_list_name":"New","currency":"EUR","items":[{"item_id":"sku-1","item_name":"Mug","price":"19.99","quantity":"2","item_category2":"red"}]}"#,
        );
    }

    #[test]
    fn items_inside_are_the_items_of_a_whole_cart() {
        check(
            r#"[{"mpEvent":"begin_checkout","mpCoupon":"MAY"},{"mpItems":"","mpCurrency":"EUR"}]"#,
            r#"[{"mpItemId":"a","mpPrice":"1"},{"mpItemName":"b","mpPrice":"2","mpEvent":"select_item"},{"mpOther":"x"}]"#,
            "begin_checkout",
            r#"{"coupon":"MAY","currency":"EUR","items":[{"item_id":"a","price":"1"},{"item_name":"b","price":"2"}]}"#,
        );
    }

    #[test]
    fn an_elements_own_attributes_are_parameters() {
        check(
            r#"[{"mpEvent":"purchase","mpOn":"load","mpTransactionId":"T-1","mpValue":"10","mpCurrency":"USD"},{"mpCurrency":"EUR"}]"#,
            r#"[{"mpItemId":"a"}]"#,
            "purchase",
            r#"{"transaction_id":"T-1","value":"10","currency":"USD","items":[{"item_id":"a"}]}"#,
        );
        check(r#"[{"mpEvent":"quote","mpPrice":"5"}]"#, "[]", "quote", r#"{"price":"5"}"#);
    }

    #[test]
    fn a_rule_gives_the_event_and_its_parameters_win() {
        let rule = json::read(r#"{"event":"sign_up","params":{"currency":"SEK","plan":"pro"}}"#).unwrap();
        let markup = Markup { chain: maps(r#"[{"mpCurrency":"EUR"}]"#), inside: Vec::new() };
        let captured = read(&markup, Some(&rule)).unwrap();
        assert_eq!(json::to_string(&captured.params), r#"{"currency":"SEK","plan":"pro"}"#);
        assert_eq!(read(&Markup::default(), Some(&rule)).unwrap().name, "sign_up");
        assert!(read(&Markup::default(), Some(&Value::Null)).is_none());
        assert!(read(&Markup::default(), None).is_none());
    }
}
