//! What the visitors did against what the collector reports, event by event.
//! Not here: getting either of them.

use serde_json::{Map, Value, json};

use crate::failure::{Failure, Outcome};

/// Events by name, in the order in which they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counts(Vec<(String, u64)>);

impl Counts {
    /// Reads the line that the visitors' script closes with: `{"visitors":N,"expected":{event:count}}`.
    pub(crate) fn of_truth(truth: &Value) -> Option<Self> {
        let counts = truth.get("expected")?.as_object()?.iter();
        let counts: Option<Vec<_>> = counts.map(|(name, count)| Some((name.clone(), count.as_u64()?))).collect();
        counts.map(Self)
    }

    /// Reads the report's `events`.
    fn of_report(report: &Value) -> Option<Self> {
        let read = |event: &Value| Some((event.get("name")?.as_str()?.to_owned(), event.get("count")?.as_u64()?));
        report.get("events")?.as_array()?.iter().map(read).collect::<Option<Vec<_>>>().map(Self)
    }

    fn of(&self, name: &str) -> u64 {
        self.0.iter().find(|(event, _)| event == name).map_or(0, |(_, count)| *count)
    }

    fn to_json(&self) -> Value {
        Value::Object(self.0.iter().map(|(name, count)| (name.clone(), json!(count))).collect::<Map<_, _>>())
    }
}

/// Both sides.
#[derive(Debug)]
pub(crate) struct Comparison {
    visitors: u32,
    expected: Counts,
    collected: Counts,
    rejected: u64,
}

impl Comparison {
    pub(crate) fn new(visitors: u32, expected: Counts) -> Self {
        Self { visitors, expected, collected: Counts::default(), rejected: 0 }
    }

    /// Takes the report's present state.
    pub(crate) fn read(&mut self, report: &Value) -> Outcome {
        let unreadable = || Failure::new(format!("the collector's report can't be read: {report}"));
        let rejected = report.get("totals").and_then(|totals| totals.get("rejected")).and_then(Value::as_u64);
        self.collected = Counts::of_report(report).ok_or_else(unreadable)?;
        self.rejected = rejected.ok_or_else(unreadable)?;
        Ok(())
    }

    /// Whether every number is as it should be.
    pub(crate) fn agrees(&self) -> bool {
        self.rejected == 0 && self.names().all(|name| self.expected.of(name) == self.collected.of(name))
    }

    /// Events that visitors did and that are counted more often than they did them.
    fn duplicates(&self) -> u64 {
        self.expected.0.iter().map(|(name, count)| self.collected.of(name).saturating_sub(*count)).sum()
    }

    /// One object, for programs.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "visitors": self.visitors,
            "expected": self.expected.to_json(),
            "collected": self.collected.to_json(),
            "duplicates": self.duplicates(),
            "rejected": self.rejected,
        })
    }

    /// For people; what differs is marked.
    pub(crate) fn table(&self) -> String {
        let width = self.names().map(str::len).max().unwrap_or_default().max("event".len());
        let mut text = format!("{:<width$}  {:>8}  {:>9}\n", "event", "expected", "collected");
        for name in self.names() {
            let (expected, collected) = (self.expected.of(name), self.collected.of(name));
            let mark = if expected == collected { "" } else { "  differs" };
            text += &format!("{name:<width$}  {expected:>8}  {collected:>9}{mark}\n");
        }
        let verdict = if self.agrees() { "every number agrees" } else { "the numbers differ" };
        text + &format!("{} visitors, {} duplicates, {} rejected: {verdict}\n", self.visitors, self.duplicates(), self.rejected)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let unexpected = self.collected.0.iter().filter(|(name, _)| self.expected.0.iter().all(|(known, _)| known != name));
        self.expected.0.iter().chain(unexpected).map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(report: &Value) -> (bool, Value) {
        let truth = json!({ "visitors": 3, "expected": { "page_view": 9, "purchase": 2, "refund": 0 } });
        let mut comparison = Comparison::new(3, Counts::of_truth(&truth).unwrap());
        comparison.read(report).unwrap();
        (comparison.agrees(), comparison.to_json())
    }

    fn report(page_views: u64, purchases: u64, rejected: u64) -> Value {
        let events = json!([{ "name": "purchase", "count": purchases }, { "name": "page_view", "count": page_views }]);
        json!({ "events": events, "totals": { "rejected": rejected } })
    }

    #[test]
    fn equal_counts_agree_and_become_one_object() {
        let (agrees, object) = check(&report(9, 2, 0));
        assert!(agrees);
        let text = r#"{"visitors":3,"expected":{"page_view":9,"purchase":2,"refund":0},"collected":{"purchase":2,"page_view":9},"duplicates":0,"rejected":0}"#;
        assert_eq!(object.to_string(), text);
    }

    #[test]
    fn a_missing_a_repeated_and_a_rejected_event_each_differ() {
        assert!(!check(&report(8, 2, 0)).0);
        let (agrees, object) = check(&report(11, 2, 0));
        assert!(!agrees);
        assert_eq!(object.get("duplicates"), Some(&json!(2)));
        assert!(!check(&report(9, 2, 1)).0);
    }

    #[test]
    fn an_event_that_no_visitor_did_differs_and_is_listed() {
        let events = json!([{ "name": "page_view", "count": 9 }, { "name": "purchase", "count": 2 }, { "name": "sign_up", "count": 1 }]);
        let report = json!({ "events": events, "totals": { "rejected": 0 } });
        assert!(!check(&report).0);
        let mut comparison = Comparison::new(1, Counts::default());
        comparison.read(&report).unwrap();
        assert!(comparison.table().contains("sign_up           0          1  differs"));
    }

    #[test]
    fn a_report_without_totals_is_a_failure() {
        assert!(Comparison::new(1, Counts::default()).read(&json!({ "events": [] })).is_err());
    }
}
