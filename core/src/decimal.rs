//! Exact decimals for money: parsed from text, added and multiplied without binary rounding.
//! Deliberately not here: division, rounding and floats.

use alloc::string::{String, ToString};
use core::cmp::Ordering;
use core::fmt;

use serde::{Serialize, Serializer};

use crate::address::{cut, slice};
use crate::json::{NUMBER_TOKEN, Value, integer, natural};

/// Most significant digits a decimal on the wire may have: what a binary double carries without loss.
pub const MAX_DIGITS: i32 = 15;
/// Most digits after the point.
pub const MAX_SCALE: u8 = 9;

/// The browser computes with 64 bits, since wider arithmetic costs bytes there; `MAX_DIGITS` keeps every
/// parsed number inside. Sums over a whole report need the width.
#[cfg(target_arch = "wasm32")]
type Units = i64;
#[cfg(not(target_arch = "wasm32"))]
type Units = i128;

/// Units from here on have more than [`MAX_DIGITS`] digits.
const TOO_MANY: i64 = 1_000_000_000_000_000;
/// Units below this take one digit more.
const ROOM: i64 = 100_000_000_000_000_000;
/// With more digits than this after the point, a number of one digit is too small even to be rounded to zero.
const MOST_ROUNDED: i32 = 27;

/// An exact decimal number: `units / 10^scale`, always without trailing zeros after the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    units: Units,
    scale: i32,
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self { units: 0, scale: 0 };

    /// A whole number.
    #[must_use]
    pub fn from_integer(value: i32) -> Self {
        Self { units: Units::from(value), scale: 0 }
    }

    /// So many thousandths.
    pub(crate) fn from_thousandths(value: i32) -> Self {
        Self { units: Units::from(value), scale: 3 }.normalized()
    }

    /// Reads `-12.50`, `3`, `1e3` or `2.5E-1`; nothing else (no spaces, no grouping, no comma).
    ///
    /// Fails when the text is not such a number, has more than [`MAX_DIGITS`] significant digits or more
    /// than [`MAX_SCALE`] digits after the point.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::read(text, false)
    }

    /// Reads the text of a binary double: digits past the 15 that a double is sure of are rounded away, so that
    /// a script's `19.99 * 3`, which prints as 59.97 or 59.970000000000006, is 59.97.
    #[must_use]
    pub fn parse_double(text: &str) -> Option<Self> {
        Self::read(text, true)
    }

    /// Reads a number, or a text that holds one.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => Self::parse_double(number.as_str()),
            Value::String(text) => Self::parse(text),
            _ => None,
        }
    }

    #[cfg_attr(target_arch = "wasm32", expect(clippy::useless_conversion, reason = "elsewhere units are wider"))]
    fn read(text: &str, rounds: bool) -> Option<Self> {
        let rest = slice(text, text.starts_with("-").into(), text.len());
        let (number, exponent) = match cut(rest, b'e').or_else(|| cut(rest, b'E')) {
            Some((number, exponent)) => (number, parse_exponent(exponent)?),
            None => (rest, 0),
        };
        let (mut units, mut scale) = (0_i64, -exponent);
        let (mut fraction, mut last) = (0, b'.');
        for byte in number.bytes() {
            let digit = byte.wrapping_sub(b'0');
            if byte == b'.' && fraction == 0 && last != b'.' {
                fraction = 1;
            } else if digit > 9 {
                return None;
            } else if units < ROOM {
                units = units * 10 + i64::from(digit);
                scale += fraction;
            } else if digit == 0 || rounds {
                scale += fraction - 1;
            } else {
                return None;
            }
            last = byte;
        }
        if last == b'.' || (units > 0 && scale > MOST_ROUNDED) {
            return None;
        }
        let mut dropped = 0;
        while units >= TOO_MANY || scale > i32::from(MAX_SCALE) {
            dropped = units % 10;
            if dropped > 0 && !rounds {
                return None;
            }
            units /= 10;
            scale -= 1;
        }
        units += i64::from(dropped >= 5);
        while scale < 0 && units < TOO_MANY {
            units *= 10;
            scale += 1;
        }
        let signed = if rest.len() < text.len() { -units } else { units };
        // Rounding up may have made a sixteenth digit.
        Some(Self { units: signed.into(), scale }.normalized()).filter(|decimal| decimal.fits())
    }

    /// Whether the number is below zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.units < 0
    }

    /// Whether nothing stands after the point.
    #[must_use]
    pub fn is_integer(self) -> bool {
        self.scale == 0
    }

    /// The sum, or nothing when it doesn't fit.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let units = self.rescaled(scale)?.checked_add(other.rescaled(scale)?)?;
        Some(Self { units, scale }.normalized())
    }

    /// Whether it has at most [`MAX_DIGITS`] digits, [`MAX_SCALE`] of them after the point, and so is read again as it was written.
    #[must_use]
    #[cfg_attr(target_arch = "wasm32", expect(clippy::useless_conversion, reason = "elsewhere units are wider"))]
    pub fn fits(self) -> bool {
        self.scale <= MAX_SCALE.into() && self.units.unsigned_abs() < TOO_MANY.unsigned_abs().into()
    }

    /// The product, or nothing when it doesn't [fit](Self::fits).
    #[must_use]
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        let units = product(self.units, other.units)?;
        Some(Self { units, scale: self.scale + other.scale }.normalized()).filter(|product| product.fits())
    }

    /// The number as JSON text, for example `19.99`.
    #[must_use]
    pub fn to_text(self) -> String {
        let digits = digits(self.units.unsigned_abs());
        let scale = self.scale.unsigned_abs() as usize;
        let (whole, fraction) = digits.split_at_checked(digits.len().saturating_sub(scale)).unwrap_or_default();
        let mut text = String::new();
        if self.units < 0 {
            text.push('-');
        }
        text.push_str(if whole.is_empty() { "0" } else { whole });
        if scale > 0 {
            text.push('.');
            for _ in fraction.len()..scale {
                text.push('0');
            }
            text.push_str(fraction);
        }
        text
    }

    fn rescaled(mut self, scale: i32) -> Option<Units> {
        while self.scale < scale {
            if self.units.unsigned_abs() > Units::MAX.unsigned_abs() / 10 {
                return None;
            }
            self.units *= 10;
            self.scale += 1;
        }
        Some(self.units)
    }

    fn normalized(mut self) -> Self {
        while self.scale > 0 && self.units % 10 == 0 {
            self.units /= 10;
            self.scale -= 1;
        }
        self
    }
}

fn product(left: Units, right: Units) -> Option<Units> {
    #[cfg(target_arch = "wasm32")]
    let product = narrow_product(left, right);
    #[cfg(not(target_arch = "wasm32"))]
    let product = left.checked_mul(right);
    product
}

/// The standard library takes 128 bits to find that 64 are too few; a look at about how much it is does, too, since no
/// multiple of 10,000 is near the limit and what fits has at most 15 digits.
#[cfg(any(target_arch = "wasm32", test))]
fn narrow_product(left: i64, right: i64) -> Option<i64> {
    ((left as f64 * right as f64).abs() < i64::MAX as f64).then(|| left.wrapping_mul(right))
}

/// Only sums over a whole report need the width, by which division is slow.
fn digits(number: impl TryInto<u64> + Copy + ToString) -> String {
    number.try_into().map_or_else(|_| number.to_string(), integer)
}

fn parse_exponent(text: &str) -> Option<i32> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, slice(text, 1, text.len())),
        b'+' => (1, slice(text, 1, text.len())),
        _ => (1, text),
    };
    if digits.len() > 2 {
        return None;
    }
    Some(sign * natural(digits)? as i32)
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let scale = self.scale.max(other.scale);
        match (self.rescaled(scale), other.rescaled(scale)) {
            (Some(left), Some(right)) => left.cmp(&right),
            // Only one of two numbers can be too large to rescale: the one with the smaller scale.
            (None, _) => self.units.cmp(&0),
            (_, None) => 0.cmp(&other.units),
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.to_text())
    }
}

impl core::str::FromStr for Decimal {
    type Err = NotADecimal;

    fn from_str(text: &str) -> Result<Self, NotADecimal> {
        Self::parse(text).ok_or(NotADecimal)
    }
}

/// The text is not a decimal that [`Decimal::parse`] takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotADecimal;

impl fmt::Display for NotADecimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("not a decimal number")
    }
}

impl core::error::Error for NotADecimal {}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(NUMBER_TOKEN, self.to_text().as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(Decimal::parse(text).map(Decimal::to_text).as_deref(), expected, "{text}");
    }

    #[test]
    fn text_is_read_exactly_or_refused() {
        for (text, expected) in [
            ("19.99", "19.99"),
            ("19.90", "19.9"),
            ("0.10", "0.1"),
            ("0", "0"),
            ("-0", "0"),
            ("-12.5", "-12.5"),
            ("1e3", "1000"),
            ("2.5E-1", "0.25"),
            ("100", "100"),
            ("100000.000000001", "100000.000000001"),
            ("0.000000001", "0.000000001"),
            ("00012", "12"),
            ("999999999999999", "999999999999999"),
        ] {
            check(text, Some(expected));
        }
        for text in [
            "",
            "-",
            ".5",
            "5.",
            "1,5",
            "1 000",
            "abc",
            "1e",
            "1e999",
            "NaN",
            "0x10",
            "+1",
            "1.2.3",
            "1234567890123456",
            "0.0000000001",
            "1e15",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn a_double_loses_its_noise_and_nothing_else() {
        for (text, expected) in [
            ("59.970000000000006", Some("59.97")),
            ("0.30000000000000004", Some("0.3")),
            ("4.35", Some("4.35")),
            ("0.1234567891234", Some("0.123456789")),
            ("5e-324", None),
            ("1e-7", Some("0.0000001")),
            ("1e21", None),
            ("99999999999999.99", Some("100000000000000")),
            ("999999999999999.9", None),
            ("1e-12", Some("0")),
            ("5", Some("5")),
        ] {
            assert_eq!(Decimal::parse_double(text).map(Decimal::to_text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn three_mugs_cost_what_a_cashier_would_say() {
        let price = Decimal::parse("19.99").unwrap();
        assert_eq!(price.checked_mul(Decimal::from_integer(3)).unwrap().to_string(), "59.97");
        let sum = (0..10).fold(Decimal::ZERO, |sum, _| sum.checked_add(Decimal::parse("0.1").unwrap()).unwrap());
        assert_eq!(sum.to_string(), "1");
    }

    proptest! {
        #[test]
        fn reading_and_writing_round_trips(units in -999_999_999_999_999_i64..=999_999_999_999_999, scale in 0..=9_i32) {
            let decimal = Decimal { units: Units::from(units), scale }.normalized();
            prop_assert_eq!(Decimal::parse(&decimal.to_text()), Some(decimal));
        }

        #[test]
        fn what_is_read_of_a_double_is_read_again_as_it_is(digits in "[1-9][0-9]{0,22}", point in 0_usize..=22, exponent in -20_i32..20) {
            let (whole, fraction) = digits.split_at(point.min(digits.len()));
            let text = alloc::format!("0{whole}.0{fraction}e{exponent}");
            if let Some(decimal) = Decimal::parse_double(&text) {
                prop_assert_eq!(Decimal::parse_double(&decimal.to_text()), Some(decimal), "{}", text);
                prop_assert_eq!(Decimal::parse(&decimal.to_text()), Some(decimal), "{}", text);
            }
        }

        #[test]
        fn order_is_that_of_the_numbers(a in -10_000_000_i64..10_000_000, b in -10_000_000_i64..10_000_000, s in 0..=6_i32, t in 0..=6_i32) {
            let left = Decimal { units: Units::from(a), scale: s };
            let right = Decimal { units: Units::from(b), scale: t };
            let expected = (i128::from(a) * 10_i128.pow(t.unsigned_abs())).cmp(&(i128::from(b) * 10_i128.pow(s.unsigned_abs())));
            prop_assert_eq!(left.cmp(&right), expected);
        }

        #[test]
        fn few_bits_multiply_what_fits_as_many_do(a in -999_999_999_999_999_i64..=999_999_999_999_999, b in -99_999_i64..=99_999, zeros in 0_u32..=9) {
            let b = b * 10_i64.pow(zeros);
            let narrow = narrow_product(a, b);
            prop_assert_eq!(narrow, a.checked_mul(b));
        }

        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in "\\PC*") {
            let _ = Decimal::parse(&text);
        }
    }
}
