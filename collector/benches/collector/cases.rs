//! The collector's steps that are measured: a batch's way to the disk, and the reports.
//! Deliberately not here: measuring, what the batches hold, HTTP and threads.

use std::hint::black_box;
use std::rc::Rc;

use milepost_collector::measure::{Rows, Shelf};
use tempfile::TempDir;

use crate::harness::{Case, Work};
use crate::shop;

/// Events of a batch.
const BATCH: usize = 20;
/// Visitors whose events the reports are about, a batch each.
const VISITORS: u64 = 100;

pub(crate) const ALL: &[Case] = &[
    Case { name: "a batch of 20 to rows", prepare: read },
    Case { name: "store a batch of 20", prepare: || store(1) },
    Case { name: "store 10 batches of 20 in one commit", prepare: || store(10) },
    Case { name: "store a batch of 20 that is there already", prepare: repeat },
    Case { name: "the funnel of 2,000 events", prepare: || report(|shelf| shelf.funnel("shop").expect("a funnel")) },
    Case { name: "the list of 2,000 events", prepare: || report(|shelf| shelf.events("shop").expect("a list")) },
];

fn rows(visitor: u64) -> Rows {
    Rows::read(&shop::body(visitor, BATCH).into()).expect("a good batch")
}

/// A database in which something is already, so that no page is the first of its table.
fn shelf(visitors: u64) -> (TempDir, Shelf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut shelf = Shelf::open(folder.path()).expect("a database");
    let rows: Vec<_> = (1..=visitors).map(rows).collect();
    shelf.store(&rows).expect("room on the disk");
    (folder, shelf)
}

fn read() -> Work {
    let body = shop::body(1, BATCH).into();
    let mut rows = None;
    Box::new(move || {
        black_box(rows.insert(Rows::read(black_box(&body))));
    })
}

fn store(batches: u64) -> Work {
    let (folder, mut shelf) = shelf(5);
    let rows: Vec<_> = (0..batches).map(|batch| rows(1_000 + batch)).collect();
    Box::new(move || {
        let _ = &folder;
        assert_eq!(shelf.store(black_box(&rows)).expect("room on the disk"), batches * BATCH as u64);
    })
}

fn repeat() -> Work {
    let (folder, mut shelf) = shelf(5);
    let rows = [rows(3)];
    Box::new(move || {
        let _ = &folder;
        assert_eq!(shelf.store(black_box(&rows)).expect("room on the disk"), 0);
    })
}

fn report(ask: fn(&Shelf) -> u64) -> Work {
    thread_local! {
        // Reports change nothing, and making this takes callgrind seconds.
        static SHELF: Rc<(TempDir, Shelf)> = Rc::new(shelf(VISITORS));
    }
    let shelf = SHELF.with(Rc::clone);
    Box::new(move || assert!(ask(black_box(&shelf.1)) > 0))
}
