//! A share of a whole, computed in integers and rounded once, to four decimals.

use serde::{Serialize, Serializer};

/// A share in ten-thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rate(u64);

impl Rate {
    /// `part / whole`, rounded half up; none when there is no whole.
    pub(crate) fn of(part: u64, whole: u64) -> Option<Self> {
        let (part, whole) = (u128::from(part), u128::from(whole));
        let rounded = (part * 20_000 + whole).checked_div(whole * 2)?;
        u64::try_from(rounded).ok().map(Self)
    }

    /// As text with two decimals: `44.44`.
    pub(crate) fn percent(self) -> String {
        format!("{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl Serialize for Rate {
    #[expect(clippy::cast_precision_loss, reason = "a rate has at most a few digits")]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0 as f64 / 10_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_the_exact_share_rounded_to_four_decimals() {
        for (part, whole, json) in
            [(15, 100, "0.15"), (2000, 4500, "0.4444"), (2, 3, "0.6667"), (1, 8, "0.125"), (0, 7, "0.0"), (7, 7, "1.0")]
        {
            let rate = Rate::of(part, whole).unwrap();
            assert_eq!(serde_json::to_string(&rate).unwrap(), json);
        }
        assert_eq!(Rate::of(0, 0), None);
    }

    #[test]
    fn a_percentage_keeps_two_decimals() {
        assert_eq!(Rate::of(2000, 4500).unwrap().percent(), "44.44");
        assert_eq!(Rate::of(1, 1000).unwrap().percent(), "0.10");
    }
}
