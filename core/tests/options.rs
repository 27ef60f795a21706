//! The core refuses the options that `createTracker` refuses, with the same code and path: tests/options.json holds both to it.

use milepost_core::options::Options;
use serde_json::Value;

#[test]
fn options_are_judged_as_the_facade_judges_them() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../../tests/options.json")).unwrap();
    for case in cases {
        let judged = Options::parse(&case["options"].to_string()).err().map(|error| (error.code().to_owned(), error.path().to_owned()));
        let expected = case["code"].as_str().map(|code| (code.to_owned(), case["path"].as_str().unwrap().to_owned()));
        assert_eq!(judged, expected, "{}", case["options"]);
    }
}
