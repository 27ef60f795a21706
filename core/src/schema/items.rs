//! The items of an event: each named, each parameter checked, their total computed exactly.

use super::{Checked, Fault, MAX_ITEMS, Place, check_params};
use crate::decimal::Decimal;
use crate::json::Value;

/// Leaves in `place` where the fault is.
pub(super) fn check(items: &mut Value, place: &mut Place) -> Checked {
    let Value::List(items) = items else { return Err(Fault::ParamType) };
    if items.is_empty() {
        return Err(Fault::ParamMissing);
    }
    if items.len() > MAX_ITEMS {
        return Err(Fault::ItemsTooMany);
    }
    for item in items {
        place.item += 1;
        check_item(item, place)?;
    }
    place.item = 0;
    Ok(())
}

fn check_item(item: &mut Value, place: &mut Place) -> Checked {
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
