//! Compares two sets of instruction counts and says which benches have become too dear.
//! Not here: counting, and which two sets.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

/// What a bench may add without anyone's asking, percent.
pub(crate) const LIMIT: f64 = 5.0;

/// What the table is about.
const HEADING: &str = "instructions";

/// How a change that is meant is accepted.
const ACCEPT: &str =
    "if that is meant, run `cargo xtask instructions --bless` and commit bench/instructions.json with the change and its reason";

/// Instructions by bench, in the order in which the benches run.
pub(crate) type Instructions = Vec<(String, u64)>;

/// One bench, before and now.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    name: String,
    before: Option<u64>,
    now: Option<u64>,
}

/// All benches, before and now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict(Vec<Line>);

/// Pairs the benches by name; those that are gone come last.
pub(crate) fn compare(before: &[(String, u64)], now: &[(String, u64)]) -> Verdict {
    let of = |name: &str, all: &[(String, u64)]| all.iter().find(|(other, _)| other == name).map(|(_, count)| *count);
    let here = now.iter().map(|(name, count)| Line { name: name.clone(), before: of(name, before), now: Some(*count) });
    let gone = before.iter().filter(|(name, _)| of(name, now).is_none());
    let gone = gone.map(|(name, count)| Line { name: name.clone(), before: Some(*count), now: None });
    Verdict(here.chain(gone).collect())
}

impl Verdict {
    /// How many benches have something to be compared with and are within the limit.
    pub(crate) fn good(&self) -> usize {
        self.0.iter().filter(|line| line.change().is_some() && !line.too_dear()).count()
    }

    /// A sentence for each bench that is beyond the limit, and how to accept them.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let dear = self.0.iter().filter(|line| line.too_dear()).map(Line::complaint);
        let mut complaints: Vec<_> = dear.collect();
        if !complaints.is_empty() {
            complaints.push(ACCEPT.to_owned());
        }
        complaints
    }

    /// How many benches are beyond the limit.
    pub(crate) fn bad(&self) -> usize {
        self.0.iter().filter(|line| line.too_dear()).count()
    }

    /// For people.
    pub(crate) fn table(&self) -> String {
        let width = self.0.iter().map(|line| line.name.len()).max().unwrap_or_default().max(HEADING.len());
        let mut text = format!("{:<width$}  {:>12}  {:>12}  {:>8}\n", HEADING, "before", "now", "change");
        for line in &self.0 {
            let figure = |count: Option<u64>| count.map_or_else(|| "-".to_owned(), grouped);
            // Writing to a text can't fail.
            let _ = writeln!(text, "{:<width$}  {:>12}  {:>12}  {:>8}", line.name, figure(line.before), figure(line.now), line.judged());
        }
        text
    }

    /// For programs.
    pub(crate) fn to_json(&self) -> Value {
        let line = |line: &Line| (line.name.clone(), json!({ "before": line.before, "now": line.now }));
        Value::Object(self.0.iter().map(line).collect::<Map<_, _>>())
    }
}

impl Line {
    /// Percent, where there are two counts.
    fn change(&self) -> Option<f64> {
        let (before, now) = (self.before.filter(|before| *before > 0)?, self.now?);
        Some(100.0 * (now as f64 - before as f64) / before as f64)
    }

    fn too_dear(&self) -> bool {
        self.change().is_some_and(|change| change > LIMIT)
    }

    fn judged(&self) -> String {
        match (self.change(), self.now) {
            (Some(change), _) => format!("{change:+.1} %"),
            (None, Some(_)) => "new".to_owned(),
            (None, None) => "gone".to_owned(),
        }
    }

    fn complaint(&self) -> String {
        let figure = |count: Option<u64>| grouped(count.unwrap_or_default());
        let (name, before, now) = (&self.name, figure(self.before), figure(self.now));
        format!("{name}: {before} instructions before, {now} now: {}, more than {LIMIT} %", self.judged())
    }
}

/// 1234567 as 1,234,567.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && at % 3 == first {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(pairs: &[(&str, u64)]) -> Instructions {
        pairs.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    }

    fn check(before: &[(&str, u64)], now: &[(&str, u64)], good: usize, complaints: &[&str]) {
        let verdict = compare(&counts(before), &counts(now));
        assert_eq!(verdict.good(), good, "{before:?} {now:?}");
        assert_eq!(verdict.bad(), complaints.len(), "{before:?} {now:?}");
        let mut expected = complaints.to_vec();
        if !expected.is_empty() {
            expected.push(ACCEPT);
        }
        assert_eq!(verdict.complaints(), expected);
    }

    #[test]
    fn only_more_than_the_limit_is_too_much() {
        check(&[("a", 10_000)], &[("a", 10_500)], 1, &[]);
        check(&[("a", 10_000)], &[("a", 10_501)], 0, &["a: 10,000 instructions before, 10,501 now: +5.0 %, more than 5 %"]);
        check(&[("a", 1_000_000)], &[("a", 1_060_000)], 0, &["a: 1,000,000 instructions before, 1,060,000 now: +6.0 %, more than 5 %"]);
        check(&[("a", 10_000)], &[("a", 10)], 1, &[]);
    }

    #[test]
    fn each_bench_is_judged_by_itself() {
        let complaint = "b: 100 instructions before, 200 now: +100.0 %, more than 5 %";
        check(&[("a", 900), ("b", 100)], &[("a", 10), ("b", 200)], 1, &[complaint]);
    }

    #[test]
    fn what_has_no_counterpart_is_told_but_not_judged() {
        check(&[("old", 5), ("zero", 0)], &[("new", 7), ("zero", 3)], 0, &[]);
        let verdict = compare(&counts(&[("old", 1_234), ("both", 200)]), &counts(&[("new", 56_789), ("both", 201)]));
        let table = "instructions        before           now    change\n\
                     new                      -        56,789       new\n\
                     both                   200           201    +0.5 %\n\
                     old                  1,234             -      gone\n";
        assert_eq!(verdict.table(), table);
        let json = r#"{"new":{"before":null,"now":56789},"both":{"before":200,"now":201},"old":{"before":1234,"now":null}}"#;
        assert_eq!(verdict.to_json().to_string(), json);
    }

    #[test]
    fn long_numbers_are_grouped() {
        assert_eq!([1, 12, 123, 1_234, 123_456, 1_234_567].map(grouped), ["1", "12", "123", "1,234", "123,456", "1,234,567"]);
    }
}
