//! The real binary: its output, its exit codes, its signals.
#![cfg(unix)]

mod common;

use std::process::Command;

use common::process::{BINARY, Running};
use common::{batch, event, folder, stored};
use serde_json::json;

#[test]
fn sigterm_and_ctrl_c_stop_it_in_good_order() {
    for name in ["TERM", "INT"] {
        let folder = folder();
        let mut running = Running::start_with(folder.path(), &["--drain-notice", "0"]);
        assert_eq!(running.client.batch(&batch("s1", json!([event(0, "page_view")]))).status, 200);
        running.signal(name);
        assert_eq!(running.wait().code(), Some(0));
        assert_eq!(stored(folder.path()).len(), 1);
    }
}

#[test]
fn a_wrong_command_line_is_explained() {
    let cases: [(&[&str], &str); 10] = [
        (&[], "say what to do"),
        (&["serve", "--lisen", "x"], "--lisen"),
        (&["serve", "--allow-origin", "shop.example"], "--allow-origin takes an origin"),
        (&["serve", "--allow-origin", "https://shop.example/"], "--allow-origin takes an origin"),
        (&["serve", "--max-database-mib", "0"], "--max-database-mib"),
        (&["serve", "--drain-notice", "3601"], "--drain-notice"),
        (&["prune", "--retention-days", "0"], "--retention-days takes 1 to 36500"),
        (&["serve", "--token-file", "/nowhere/at/all"], "--token-file: /nowhere/at/all"),
        (&["serve", "--config", "/nowhere/at/all"], "config_unreadable: /nowhere/at/all"),
        (&["serve", "prune"], "prune"),
    ];
    for (arguments, part) in cases {
        let output = Command::new(BINARY).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains(part), "{arguments:?}: {text}");
    }
    let output = Command::new(BINARY).arg("--help").output().unwrap();
    assert!(output.status.success() && String::from_utf8(output.stdout).unwrap().contains("--allow-origin"));
}

#[test]
fn an_address_in_use_is_explained() {
    let folder = folder();
    let first = Running::start(folder.path());
    let address = first.client.base.strip_prefix("http://").unwrap();
    let output = Command::new(BINARY).args(["serve", "--listen", address, "--data"]).arg(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("can't listen on"));
}
