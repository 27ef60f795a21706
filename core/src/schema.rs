//! What an event may be called and carry, checked by the same code in the page and in the collector.
//! Deliberately not here: personal data, consent, and what an event is worth.
//!
//! Names, parameters and limits are GA4's recommended events, with three differences:
//! - a number of the site's own may have any length, money 15 digits with 9 after the point;
//! - a text may have 500 characters instead of 100;
//! - only `purchase` and `refund` must say their value: the value of a cart step is computed from its items where
//!   they have prices, and may be absent where they don't.

mod items;

use alloc::string::String;

use crate::address::{digit, listed, pieces, run, split};
use crate::decimal::Decimal;
use crate::json::{Map, Value, integer};
use crate::redact::IDS;

/// Longest event or parameter name, in bytes.
pub const MAX_NAME: usize = 40;
/// Longest text of a parameter, in bytes.
pub const MAX_TEXT: usize = 500;
/// Most parameters of an event, `items` among them.
pub const MAX_PARAMS: usize = 40;
/// Most items of an event.
pub const MAX_ITEMS: usize = 200;
/// Most parameters of an item.
pub const MAX_ITEM_PARAMS: usize = 30;

/// What is wrong with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The event name isn't a letter followed by up to 39 letters, digits and underscores.
    EventName,
    /// The event name begins with a prefix that GA4 keeps for itself.
    EventNameReserved,
    /// The parameter's name isn't a letter followed by up to 39 letters, digits and underscores.
    ParamName,
    /// The event must carry this parameter and doesn't.
    ParamMissing,
    /// The parameter is of the wrong type.
    ParamType,
    /// The text is longer than 500 bytes.
    ParamTooLong,
    /// The event has more than 40 parameters, or an item more than 30.
    ParamTooMany,
    /// The number isn't a decimal of at most 15 digits with at most 9 after the point.
    Decimal,
    /// The number is below zero, or not whole where it must be.
    OutOfRange,
    /// The currency isn't three capital letters (ISO 4217).
    Currency,
    /// The event has more than 200 items.
    ItemsTooMany,
    /// The item has neither `item_id` nor `item_name`.
    ItemUnnamed,
}

impl Fault {
    /// The stable code that diagnostics and the collector's answers use.
    #[must_use]
    pub fn code(self) -> &'static str {
        pieces(CODES, b' ').nth(self as usize).unwrap_or_default()
    }
}

/// One text, since a table of texts costs the browser more.
const CODES: &str = "event_name_invalid event_name_reserved param_name_invalid param_missing param_type param_too_long param_too_many \
    decimal_invalid param_out_of_range currency_invalid items_too_many item_unnamed";

/// A fault and the parameter it is in (`items[1].price`); empty when it is in the event's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// What is wrong.
    pub fault: Fault,
    /// Where.
    pub param: String,
}

type Checked = Result<(), Fault>;

/// Checks an event and puts its parameters into their canonical form: money as exact numbers, ids as text,
/// `null` left out, `value` computed from the items where it can be.
///
/// Checking what was checked before changes nothing.
///
/// # Errors
/// The first [`Violation`] found.
pub fn check(name: &str, params: &mut Map) -> Result<(), Violation> {
    let mut place = Place::default();
    check_event(name, params, &mut place).map_err(|fault| {
        let mut param = String::new();
        if place.item > 0 {
            param.push_str("items[");
            param.push_str(&integer(place.item - 1));
            param.push_str(if place.param.is_empty() { "]" } else { "]." });
        }
        param.push_str(&place.param);
        Violation { fault, param }
    })
}

/// Where a fault is.
#[derive(Default)]
struct Place {
    /// In which item, counted from 1; 0 outside.
    item: u64,
    /// In which parameter of the event or item; empty when it is in none.
    param: String,
}

fn check_event(name: &str, params: &mut Map, place: &mut Place) -> Checked {
    check_name(name)?;
    check_params(params, true, place)?;
    let mut needed = "";
    for need in pieces(NEEDS, b'\n') {
        let (params, events) = split(need, b'=');
        if listed(name, events) {
            needed = params;
        }
    }
    if !needed.is_empty()
        && params.get("value").is_none()
        && let Some(total) = params.get("items").and_then(items::total)
    {
        params.put("value".into(), total.into());
    }
    let mut missing = pieces(needed, b' ').find(|param| !param.is_empty() && params.get(param).is_none()).unwrap_or_default();
    if missing.is_empty() && params.get("value").is_some() && params.get("currency").is_none() {
        missing = "currency";
    }
    place.param.push_str(missing);
    if missing.is_empty() { Ok(()) } else { Err(Fault::ParamMissing) }
}

/// What events can't do without, beyond a currency for their value.
const NEEDS: &str = "\
    items=view_item_list select_item view_item add_to_wishlist add_to_cart remove_from_cart view_cart begin_checkout \
    add_shipping_info add_payment_info view_promotion\n\
    transaction_id value items=purchase\n\
    transaction_id value=refund\n\
    search_term=search view_search_results";

/// The parameters of an event or of an item.
fn check_params(params: &mut Map, of_event: bool, place: &mut Place) -> Checked {
    params.drop_nulls();
    if params.len() > if of_event { MAX_PARAMS } else { MAX_ITEM_PARAMS } {
        return Err(Fault::ParamTooMany);
    }
    for (param, value) in params.iter_mut() {
        let checked = if of_event && *param == *"items" { items::check(value, place) } else { check_param(param, value) };
        if checked.is_err() {
            if !of_event || place.item == 0 {
                place.param.push_str(param);
            }
            return checked;
        }
    }
    Ok(())
}

/// Checks a name alone.
#[cfg(feature = "decode")]
pub(crate) fn check_event_name(name: &str) -> Result<(), Violation> {
    check_name(name).map_err(|fault| Violation { fault, param: String::new() })
}

fn check_name(name: &str) -> Checked {
    if !is_name(name) {
        return Err(Fault::EventName);
    }
    if pieces("ga_ google_ firebase_", b' ').any(|prefix| name.starts_with(prefix)) {
        return Err(Fault::EventNameReserved);
    }
    Ok(())
}

/// A letter, then letters, digits and underscores, [`MAX_NAME`] bytes in all.
pub(crate) fn is_name(name: &str) -> bool {
    name.len() <= MAX_NAME
        && name.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
        && run(name, 0, |letter| digit(letter) < 36 || letter == u32::from(b'_')) == name.len()
}

/// Three capital letters, as ISO 4217 has them.
pub(crate) fn is_currency(text: &str) -> bool {
    text.len() == 3 && run(text, 0, |letter| letter.wrapping_sub(u32::from(b'A')) < 26) == 3
}

#[inline(never)]
fn check_param(param: &str, value: &mut Value) -> Checked {
    if !is_name(param) {
        return Err(Fault::ParamName);
    }
    let whole = listed(param, "quantity index");
    if whole || listed(param, "value tax shipping discount price") {
        let number = money(value)?;
        if whole && !number.is_integer() {
            return Err(Fault::OutOfRange);
        }
        *value = number.into();
    } else if listed(param, IDS) {
        // Shops number their orders and products; an id is text all the same.
        if let Value::Number(number) = value {
            *value = number.as_str().into();
        }
        if value.as_str().ok_or(Fault::ParamType)?.is_empty() {
            return Err(Fault::ParamMissing);
        }
    } else if *param == *"currency" && !is_currency(value.as_str().ok_or(Fault::ParamType)?) {
        return Err(Fault::Currency);
    }
    match value {
        Value::String(text) if text.len() > MAX_TEXT => Err(Fault::ParamTooLong),
        Value::List(_) | Value::Map(_) => Err(Fault::ParamType),
        _ => Ok(()),
    }
}

/// Money is a number, or a text that holds one; never below zero.
fn money(value: &Value) -> Result<Decimal, Fault> {
    if !matches!(value, Value::Number(_) | Value::String(_)) {
        return Err(Fault::ParamType);
    }
    let number = Decimal::of(value).ok_or(Fault::Decimal)?;
    if number.is_negative() { Err(Fault::OutOfRange) } else { Ok(number) }
}

#[cfg(test)]
mod tests;
