//! Takes out of a wasm file what only messages of panics need, which nothing of ours ever reads.
//! Not here: anything a tool can do; wasm-opt doesn't know which functions in a table are called.

use crate::failure::{Failure, Outcome};

/// Texts of the standard library that the panic handler is handed, and drops.
const MESSAGES: [&str; 4] = ["Tried to shrink to a larger capacity", "memory allocation of ", " bytes failed", "capacity overflow"];

/// Functions of the standard library that only report that all is over, and are given what for.
const REPORTS: [&str; 5] =
    ["raw_vec::handle_error\"", "raw_vec::capacity_overflow\"", "alloc::handle_alloc_error\"", "::panic_fmt\"", "::panic_nounwind_fmt\""];

/// Stands in the table for a function that writes numbers into messages; called, it traps.
const NOTHING: &str = "$nothing";

/// A file in wasm's text format, with names, as binaryen writes it.
pub(super) fn trim(text: &str) -> Outcome<String> {
    let mut trimmed = String::with_capacity(text.len());
    let mut reports = false;
    for line in text.split_inclusive('\n') {
        let begins = |word: &str| line.trim_start().starts_with(word);
        if reports {
            // Without its body, up to the end that stands under its beginning.
            reports = line.trim_end() != " )";
            if !reports {
                trimmed.push_str("  (unreachable)\n )\n");
            }
        } else if begins("(func ") {
            let name = line.split_once(" (").map_or(line, |(_, name)| name.split(" (").next().unwrap_or(name));
            reports = REPORTS.iter().any(|report| name.trim_end().ends_with(report));
            trimmed.push_str(line);
        } else if begins("(elem ") {
            trimmed.push_str(&without_formatting(line)?);
        } else if begins("(data ") {
            trimmed.push_str(&without_messages(line));
        } else {
            trimmed.push_str(line);
        }
    }
    let end = trimmed.rfind(')').ok_or_else(|| Failure::new("the wasm's text has no end"))?;
    trimmed.insert_str(end, &format!(" (func {NOTHING} (unreachable))\n"));
    Ok(trimmed)
}

/// Functions whose names are `…core…::fmt…` are in the table for messages alone: the tracker formats without them.
fn without_formatting(elements: &str) -> Outcome<String> {
    let mut rest = elements;
    let mut kept = String::new();
    while let Some(at) = rest.find('$') {
        kept.push_str(rest.get(..at).unwrap_or_default());
        rest = rest.get(at..).unwrap_or_default();
        let end =
            if rest.starts_with("$\"") { rest.get(2..).and_then(|name| name.find('"')).map(|end| end + 3) } else { rest.find([' ', ')']) };
        let (name, after) =
            end.and_then(|end| rest.split_at_checked(end)).ok_or_else(|| Failure::new("a name in the wasm's table has no end"))?;
        kept.push_str(if name.contains("core[") && name.contains("::fmt::") { NOTHING } else { name });
        rest = after;
    }
    Ok(kept + rest)
}

/// Zeros instead of messages, of the pairs of digits that numbers in them are made of, and of the paths of the standard
/// library's sources, which say where one began.
fn without_messages(data: &str) -> String {
    let mut blank = data.to_owned();
    let pairs: String = (0..100).map(|number| format!("{number:02}")).collect();
    for message in MESSAGES.into_iter().chain([pairs.as_str()]) {
        blank = blank.replace(message, &"\\00".repeat(message.len()));
    }
    let mut pieces = blank.split("/library/");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        // `/rustc/<commit>/library/alloc/src/alloc.rs`, or a folder of sources instead of the commit.
        let (Some(from), Some(to)) = (text.rfind("/rustc").or_else(|| text.rfind("/usr/src/rustc")), piece.find(".rs")) else {
            text.push_str("/library/");
            text.push_str(piece);
            continue;
        };
        let from = text.find("/usr/src/rustc").map_or(from, |source| source.min(from));
        let length = text.len() - from + "/library/".len() + to + ".rs".len();
        text.truncate(from);
        text.push_str(&"\\00".repeat(length));
        text.push_str(piece.get(to + ".rs".len()..).unwrap_or_default());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formatting_leaves_the_table_and_closures_stay() {
        let text = "(module\n (elem $0 (i32.const 1) $a::b $\"x {{y z}}\" $\"<u32 as core[c5]::fmt::Display>::fmt\")\n (func $a::b)\n)\n";
        let expected =
            "(module\n (elem $0 (i32.const 1) $a::b $\"x {{y z}}\" $nothing)\n (func $a::b)\n (func $nothing (unreachable))\n)\n";
        assert_eq!(trim(text).unwrap(), expected);
    }

    #[test]
    fn what_reports_the_end_only_traps() {
        let function = |name: &str, body: &str| format!(" (func $\"{name}\" (param $0 i32)\n{body} )\n");
        let report = "alloc[3c]::raw_vec::handle_error";
        let body = "  (call $a\n   (local.get $0)\n  )\n";
        let text = format!("(module\n{}{})\n", function(report, body), function("alloc[3c]::raw_vec::grow", body));
        let trap = function(report, "  (unreachable)\n");
        let other = function("alloc[3c]::raw_vec::grow", body);
        assert_eq!(trim(&text).unwrap(), format!("(module\n{trap}{other} (func $nothing (unreachable))\n)\n"));
    }

    #[test]
    fn messages_and_paths_become_as_many_zeros() {
        let zeros = |count: usize| "\\00".repeat(count);
        for (path, other) in
            [("/rustc/5980/library/alloc/src/raw_vec/mod.rs", "item"), ("/usr/src/rustc-1.96.0/library/core/src/str.rs", "")]
        {
            let text = format!(" (data $0 \"capacity overflow{path}{other}{path}\\00page\")\n");
            let blank = zeros(path.len());
            assert_eq!(without_messages(&text), format!(" (data $0 \"{}{blank}{other}{blank}\\00page\")\n", zeros(17)));
        }
        assert_eq!(without_messages("(data \"/library/ of page.rs\")"), "(data \"/library/ of page.rs\")");
    }
}
