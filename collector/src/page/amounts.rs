//! How numbers, amounts and times are written on the page.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::report::Rate;

/// `12345` as `12,345`.
pub(super) fn count(number: u64) -> String {
    grouped(&number.to_string())
}

/// Decimal text with thousands grouped and at least two decimals; digits are never dropped.
pub(super) fn amount(decimal: &str) -> String {
    let (sign, digits) = decimal.strip_prefix('-').map_or(("", decimal), |rest| ("\u{2212}", rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    format!("{sign}{}.{fraction:0<2}", grouped(whole))
}

/// `44.44 %`, or a dash where there is no rate.
pub(super) fn percent(rate: Option<Rate>) -> String {
    rate.map_or_else(|| "\u{2013}".into(), |rate| format!("{}\u{a0}%", rate.percent()))
}

/// A moment, in UTC.
pub(super) fn moment(ms: i64) -> String {
    let since = Duration::from_millis(u64::try_from(ms).unwrap_or(0));
    httpdate::fmt_http_date(UNIX_EPOCH.checked_add(since).unwrap_or_else(SystemTime::now))
}

fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_keep_every_digit() {
        for (decimal, text) in [("0", "0.00"), ("4.5", "4.50"), ("1234567.125", "1,234,567.125"), ("-999", "\u{2212}999.00")] {
            assert_eq!(amount(decimal), text);
        }
    }

    #[test]
    fn a_moment_is_written_in_utc() {
        assert_eq!(moment(1_763_752_001_456), "Fri, 21 Nov 2025 19:06:41 GMT");
    }
}
