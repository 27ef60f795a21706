//! The items of an event: each named, each parameter checked, their total computed exactly.

use alloc::string::String;

use super::{Checked, Fault, MAX_ITEMS, check_params};
use crate::decimal::Decimal;
use crate::json::{Value, integer};

/// Leaves in `place` where the fault is, within the items.
pub(super) fn check(items: &mut Value, place: &mut String) -> Checked {
    let Value::List(items) = items else { return Err(Fault::ParamType) };
    if items.is_empty() {
        return Err(Fault::ParamMissing);
    }
    if items.len() > MAX_ITEMS {
        return Err(Fault::ItemsTooMany);
    }
    for (at, item) in (0..).zip(items) {
        let checked = check_item(item, place);
        if checked.is_err() {
            let mut before = String::from("[");
            before.push_str(&integer(at));
            before.push_str(if place.is_empty() { "]" } else { "]." });
            before.push_str(place);
            *place = before;
            return checked;
        }
    }
    Ok(())
}

fn check_item(item: &mut Value, place: &mut String) -> Checked {
    let Value::Map(item) = item else { return Err(Fault::ParamType) };
    check_params(item, false, place)?;
    if item.get("item_id").is_none() && item.get("item_name").is_none() {
        return Err(Fault::ItemUnnamed);
    }
    Ok(())
}

/// Sum of price times quantity (1 where absent), when every item has a price and the sum can be written exactly.
pub(super) fn total(items: &Value) -> Option<Decimal> {
    let Value::List(items) = items else { return None };
    let mut sum = Decimal::ZERO;
    for item in items {
        let mut price = item.get("price")?.as_decimal()?;
        if let Some(quantity) = item.get("quantity") {
            price = price.checked_mul(quantity.as_decimal()?)?;
        }
        sum = sum.checked_add(price)?;
    }
    Some(sum).filter(|sum| sum.fits())
}
