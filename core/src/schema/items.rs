//! The items of an event: each named, each parameter checked, their total computed exactly.

use alloc::string::String;

use super::{Checked, Fault, MAX_ITEM_PARAMS, MAX_ITEMS, check_param, violation};
use crate::decimal::Decimal;
use crate::json::{Value, integer};

pub(super) fn check(items: &mut Value) -> Checked {
    let Value::List(items) = items else {
        return Err(violation(Fault::ParamType, "items"));
    };
    if items.is_empty() {
        return Err(violation(Fault::ParamMissing, "items"));
    }
    if items.len() > MAX_ITEMS {
        return Err(violation(Fault::ItemsTooMany, "items"));
    }
    for (at, item) in (0..).zip(items) {
        check_item(item).map_err(|(fault, param)| {
            let mut place = String::from("items[");
            place.push_str(&integer(at));
            place.push(']');
            if !param.is_empty() {
                place.push('.');
                place.push_str(&param);
            }
            violation(fault, &place)
        })?;
    }
    Ok(())
}

fn check_item(item: &mut Value) -> Result<(), (Fault, String)> {
    let Value::Map(item) = item else {
        return Err((Fault::ParamType, String::new()));
    };
    item.drop_nulls();
    if item.len() > MAX_ITEM_PARAMS {
        return Err((Fault::ParamTooMany, String::new()));
    }
    for (param, value) in item.iter_mut() {
        check_param(param, value).map_err(|fault| (fault, param.into()))?;
    }
    if item.get("item_id").is_none() && item.get("item_name").is_none() {
        return Err((Fault::ItemUnnamed, String::new()));
    }
    Ok(())
}

/// Sum of price times quantity (1 where absent), when every item has a price and the sum can be written exactly.
pub(super) fn total(items: &Value) -> Option<Decimal> {
    let Value::List(items) = items else {
        return None;
    };
    let sum = items.iter().try_fold(Decimal::ZERO, |sum, item| {
        let Value::Map(item) = item else { return None };
        let price = item.get("price")?.as_decimal()?;
        let quantity = match item.get("quantity") {
            Some(quantity) => quantity.as_decimal()?,
            None => Decimal::from_integer(1),
        };
        sum.checked_add(price.checked_mul(quantity)?)
    });
    sum.filter(|sum| sum.fits())
}
