//! Marked elements: `data-mp-*` attributes to an event with its items, list and currency.

use alloc::string::String;
use alloc::vec::Vec;

use super::Captured;
use crate::address::{listed, next_char};
use crate::json::{Map, Value};

/// The event of an element, from what was told of it: `chain`, its own attributes and those of its ancestors, and `inside`,
/// those of items inside it. Its name comes from the attributes, unless a rule gives one.
pub(crate) fn read(told: &Map, rule: Option<&Value>) -> Option<Captured> {
    let chain = told.list("chain");
    let own = chain.first().unwrap_or(&Value::Null);
    let name = rule.map_or_else(|| own.get("mpEvent"), |rule| rule.get("event"))?.as_str()?;
    let mut params = Map::new();
    copy(own, &mut params, OTHER | INHERITED);
    let mut items = Vec::new();
    for element in chain {
        copy(element, &mut params, INHERITED);
        if items.is_empty() {
            add_item(element, &mut items);
        }
    }
    if items.is_empty() {
        for element in told.list("inside") {
            add_item(element, &mut items);
        }
    }
    if items.is_empty() {
        // An element that stands for no item may carry fields of those names itself.
        copy(own, &mut params, ITEM);
    } else {
        params.insert("items", items);
    }
    if let Some(Value::Map(rule)) = rule.and_then(|rule| rule.get("params")) {
        for (param, value) in rule.iter() {
            params.insert(param, value.copy());
        }
    }
    Some(Captured { name: name.into(), params })
}

/// Adds the item that an element describes, if it does.
#[inline(never)]
fn add_item(element: &Value, items: &mut Vec<Value>) {
    if element.get("mpItemId").or_else(|| element.get("mpItemName")).is_some() {
        let mut item = Map::new();
        // Numbers come as text here; the schema reads those it knows.
        copy(element, &mut item, ITEM | ITEM_ONLY);
        items.push(Value::Map(item));
    }
}

/// What an event takes from the nearest element that says it.
const INHERITED: u32 = 1;
/// An item's field; a parameter of the event where there is no item.
const ITEM: u32 = 2;
/// A field whose name says that it is an item's.
const ITEM_ONLY: u32 = 4;
/// A parameter of the element's own.
const OTHER: u32 = 8;

fn kind(name: &str) -> u32 {
    if listed(name, "item_list_id item_list_name currency") {
        INHERITED
    } else if listed(name, "price quantity discount index affiliation") {
        ITEM
    } else if name.starts_with("item_") {
        ITEM_ONLY
    } else if listed(name, "event on items ignore") {
        // They say how the others are meant.
        0
    } else {
        OTHER
    }
}

/// Copies attributes of these kinds under their parameter names: `mpItemCategory2` is `item_category2`. What is there already
/// was said by a nearer element.
#[inline(never)]
fn copy(element: &Value, params: &mut Map, kinds: u32) {
    let Value::Map(attributes) = element else { return };
    for (key, value) in attributes.iter() {
        let (mut name, mut at) = (String::new(), 2);
        while at < key.len() {
            let letter = next_char(key, &mut at, 0).unwrap_or_default();
            if letter.is_ascii_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.push(letter.to_ascii_lowercase());
        }
        if key.starts_with("mp") && kind(&name) & kinds > 0 && params.get(&name).is_none() {
            params.insert(name, value.as_str().unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Input, Markup};
    use crate::json;

    fn told(chain: &str, inside: &str) -> Map {
        let list = |text| match json::read(text) {
            Ok(Value::List(list)) => list,
            other => panic!("{text}: {other:?}"),
        };
        Input::Marked(Markup { chain: list(chain), inside: list(inside) }).told().1
    }

    fn check(chain: &str, inside: &str, name: &str, params: &str) {
        let captured = read(&told(chain, inside), None).unwrap();
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
        let captured = read(&told(r#"[{"mpCurrency":"EUR"}]"#, "[]"), Some(&rule)).unwrap();
        assert_eq!(json::to_string(&captured.params), r#"{"currency":"SEK","plan":"pro"}"#);
        assert_eq!(read(&Map::new(), Some(&rule)).unwrap().name, "sign_up");
        assert!(read(&Map::new(), Some(&Value::Null)).is_none());
        assert!(read(&Map::new(), None).is_none());
    }
}
