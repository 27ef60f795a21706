//! Exact decimals for money: parsed from text, added and multiplied without binary rounding.
//! Deliberately not here: division, rounding and floats.

use alloc::string::String;
use core::cmp::Ordering;
use core::fmt;

use serde::{Serialize, Serializer};

use crate::address::cut;
use crate::json::{NUMBER_TOKEN, Value};

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
const TOO_MANY: Units = 1_000_000_000_000_000;

/// An exact decimal number: `units / 10^scale`, always without trailing zeros after the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    units: Units,
    scale: u8,
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

    fn read(text: &str, rounds: bool) -> Option<Self> {
        let rest = text.strip_prefix('-').unwrap_or(text);
        let (number, exponent) = match cut(rest, b'e').or_else(|| cut(rest, b'E')) {
            Some((number, exponent)) => (number, parse_exponent(exponent)?),
            None => (rest, 0),
        };
        let (whole, fraction) = cut(number, b'.').unwrap_or((number, "0"));
        if whole.is_empty() || fraction.is_empty() {
            return None;
        }
        let mut units: i64 = 0;
        let mut digits: i32 = 0;
        let mut scale: i32 = -exponent;
        for (index, byte) in whole.bytes().chain(fraction.bytes()).enumerate() {
            if !byte.is_ascii_digit() {
                return None;
            }
            scale += i32::from(index >= whole.len());
            if digits < 18 {
                units = units * 10 + i64::from(byte - b'0');
                digits += i32::from(units > 0);
            } else if byte == b'0' || rounds {
                scale -= 1;
            } else {
                return None;
            }
        }
        while units != 0 && units % 10 == 0 {
            (units, digits, scale) = (units / 10, digits - 1, scale - 1);
        }
        let drop = (digits - MAX_DIGITS).max(scale - i32::from(MAX_SCALE));
        if units != 0 && drop > 0 {
            let unit = 10_i64.checked_pow(drop.unsigned_abs()).filter(|_| rounds && drop <= 18)?;
            let (whole, rest) = (units.checked_div(unit)?, units.checked_rem(unit)?);
            units = whole + i64::from(rest >= unit / 2);
            (digits, scale) = (digits - drop, scale - drop);
        }
        if units == 0 {
            return Some(Self::ZERO);
        }
        while scale < 0 {
            if digits >= MAX_DIGITS {
                return None;
            }
            (units, digits, scale) = (units * 10, digits + 1, scale + 1);
        }
        let units = if rest.len() < text.len() { -units } else { units };
        // Rounding up may have made a sixteenth digit.
        Some(Self { units: Units::from(units), scale: u8::try_from(scale).ok()? }.normalized()).filter(|decimal| decimal.fits())
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
    pub fn fits(self) -> bool {
        self.scale <= MAX_SCALE && -TOO_MANY < self.units && self.units < TOO_MANY
    }

    /// The product, or nothing when it doesn't [fit](Self::fits).
    #[must_use]
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        let units = self.units.checked_mul(other.units)?;
        Some(Self { units, scale: self.scale.checked_add(other.scale)? }.normalized()).filter(|product| product.fits())
    }

    /// The number as JSON text, for example `19.99`.
    #[must_use]
    pub fn to_text(self) -> String {
        let mut digits = [b'0'; 48];
        let mut at = digits.len();
        let mut rest = self.units.unsigned_abs();
        let mut written: u8 = 0;
        while rest > 0 || written <= self.scale {
            if written == self.scale && self.scale > 0 {
                at -= 1;
                if let Some(slot) = digits.get_mut(at) {
                    *slot = b'.';
                }
            }
            at -= 1;
            if let (Some(slot), Ok(digit)) = (digits.get_mut(at), u8::try_from(rest % 10)) {
                *slot = b'0' + digit;
            }
            rest /= 10;
            written += 1;
        }
        let mut text = String::new();
        if self.units < 0 {
            text.push('-');
        }
        for digit in digits.get(at..).unwrap_or_default() {
            text.push(char::from(*digit));
        }
        text
    }

    fn rescaled(self, scale: u8) -> Option<Units> {
        let mut units = self.units;
        for _ in self.scale..scale {
            units = units.checked_mul(10)?;
        }
        Some(units)
    }

    fn normalized(mut self) -> Self {
        while self.scale > 0 && self.units % 10 == 0 {
            self.units /= 10;
            self.scale -= 1;
        }
        self
    }
}

fn parse_exponent(text: &str) -> Option<i32> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, text.get(1..)?),
        b'+' => (1, text.get(1..)?),
        _ => (1, text),
    };
    if digits.is_empty() || digits.len() > 2 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(sign * digits.bytes().fold(0, |sum, byte| sum * 10 + i32::from(byte - b'0')))
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
    use alloc::string::ToString;
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
        fn reading_and_writing_round_trips(units in -999_999_999_999_999_i64..=999_999_999_999_999, scale in 0_u8..=9) {
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
        fn order_is_that_of_the_numbers(a in -10_000_000_i64..10_000_000, b in -10_000_000_i64..10_000_000, s in 0_u8..=6, t in 0_u8..=6) {
            let left = Decimal { units: Units::from(a), scale: s };
            let right = Decimal { units: Units::from(b), scale: t };
            let expected = (i128::from(a) * 10_i128.pow(u32::from(t))).cmp(&(i128::from(b) * 10_i128.pow(u32::from(s))));
            prop_assert_eq!(left.cmp(&right), expected);
        }

        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in "\\PC*") {
            let _ = Decimal::parse(&text);
        }
    }
}
