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

use crate::address::{listed, pieces};
use crate::decimal::Decimal;
use crate::json::{Map, Value};
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
    pub const fn code(self) -> &'static str {
        match self {
            Self::EventName => "event_name_invalid",
            Self::EventNameReserved => "event_name_reserved",
            Self::ParamName => "param_name_invalid",
            Self::ParamMissing => "param_missing",
            Self::ParamType => "param_type",
            Self::ParamTooLong => "param_too_long",
            Self::ParamTooMany => "param_too_many",
            Self::Decimal => "decimal_invalid",
            Self::OutOfRange => "param_out_of_range",
            Self::Currency => "currency_invalid",
            Self::ItemsTooMany => "items_too_many",
            Self::ItemUnnamed => "item_unnamed",
        }
    }
}

/// A fault and the parameter it is in (`items[1].price`); empty when it is in the event's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// What is wrong.
    pub fault: Fault,
    /// Where.
    pub param: String,
}

pub(crate) type Checked = Result<(), Violation>;

#[inline(never)]
pub(crate) fn violation(fault: Fault, param: &str) -> Violation {
    Violation { fault, param: param.into() }
}

/// Checks an event and puts its parameters into their canonical form: money as exact numbers, ids as text,
/// `null` left out, `value` computed from the items where it can be.
///
/// Checking what was checked before changes nothing.
///
/// # Errors
/// The first [`Violation`] found.
pub fn check(name: &str, params: &mut Map) -> Checked {
    check_event_name(name)?;
    params.drop_nulls();
    if params.len() > MAX_PARAMS {
        return Err(violation(Fault::ParamTooMany, ""));
    }
    for (param, value) in params.iter_mut() {
        if param == "items" {
            items::check(value)?;
        } else {
            check_param(param, value).map_err(|fault| violation(fault, param))?;
        }
    }
    let needs = Needs::of(name);
    let total = params.get("items").filter(|_| needs != Needs::Nothing && params.get("value").is_none()).and_then(items::total);
    if let Some(value) = total {
        params.insert("value", value);
    }
    needs.check(params)?;
    if params.get("value").is_some() && params.get("currency").is_none() {
        return Err(violation(Fault::ParamMissing, "currency"));
    }
    Ok(())
}

/// What an event can't do without, beyond a currency for its value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    Items,
    Order,
    Refund,
    SearchTerm,
}

const ITEM_EVENTS: &str = "view_item_list select_item view_item add_to_wishlist add_to_cart remove_from_cart view_cart \
    begin_checkout add_shipping_info add_payment_info view_promotion";

impl Needs {
    fn of(name: &str) -> Self {
        match name {
            "purchase" => Self::Order,
            "refund" => Self::Refund,
            "search" | "view_search_results" => Self::SearchTerm,
            _ if listed(name, ITEM_EVENTS) => Self::Items,
            _ => Self::Nothing,
        }
    }

    fn check(self, params: &Map) -> Checked {
        let needed = match self {
            Self::Nothing => return Ok(()),
            Self::Items => "items",
            Self::Order => "transaction_id value items",
            Self::Refund => "transaction_id value",
            Self::SearchTerm => "search_term",
        };
        match pieces(needed, b' ').find(|param| params.get(param).is_none()) {
            Some(param) => Err(violation(Fault::ParamMissing, param)),
            None => Ok(()),
        }
    }
}

pub(crate) fn check_event_name(name: &str) -> Checked {
    if !is_name(name) {
        return Err(violation(Fault::EventName, ""));
    }
    if ["ga_", "google_", "firebase_"].iter().any(|prefix| name.starts_with(prefix)) {
        return Err(violation(Fault::EventNameReserved, ""));
    }
    Ok(())
}

/// A letter, then letters, digits and underscores, [`MAX_NAME`] bytes in all.
pub(crate) fn is_name(name: &str) -> bool {
    name.len() <= MAX_NAME
        && name.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Three capital letters, as ISO 4217 has them.
pub(crate) fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

#[inline(never)]
pub(crate) fn check_param(param: &str, value: &mut Value) -> Result<(), Fault> {
    if !is_name(param) {
        return Err(Fault::ParamName);
    }
    match param {
        _ if listed(param, "value tax shipping discount price") => *value = money(value)?.into(),
        "quantity" | "index" => {
            let number = money(value)?;
            if !number.is_integer() {
                return Err(Fault::OutOfRange);
            }
            *value = number.into();
        }
        "currency" if !is_currency(value.as_str().ok_or(Fault::ParamType)?) => {
            return Err(Fault::Currency);
        }
        _ if listed(param, IDS) => {
            // Shops number their orders and products; an id is text all the same.
            if let Value::Number(number) = value {
                *value = number.as_str().into();
            }
            match value.as_str() {
                Some("") => return Err(Fault::ParamMissing),
                Some(_) => {}
                None => return Err(Fault::ParamType),
            }
        }
        _ => {}
    }
    match value {
        Value::String(text) if text.len() > MAX_TEXT => Err(Fault::ParamTooLong),
        Value::List(_) | Value::Map(_) => Err(Fault::ParamType),
        _ => Ok(()),
    }
}

/// Money is a number, or a text that holds one; never below zero.
fn money(value: &Value) -> Result<Decimal, Fault> {
    let number = match value {
        Value::Number(number) => Decimal::parse_double(number.as_str()),
        Value::String(text) => Decimal::parse(text),
        _ => return Err(Fault::ParamType),
    };
    match number.ok_or(Fault::Decimal)? {
        number if number.is_negative() => Err(Fault::OutOfRange),
        number => Ok(number),
    }
}

#[cfg(test)]
mod tests;
