//! Golden batches: each file of `tests/vectors` is read as it always was, old ones for ever.
//!
//! `NAME.json` is a body as it comes over the wire, `NAME.expected.json` what becomes of it.
//! `MILEPOST_BLESS=1 cargo test -p milepost-core --test vectors` writes what is expected anew.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::fs;
use std::path::{Path, PathBuf};

use milepost_core::json::{Map, Value, read, to_string};
use milepost_core::wire::{Decoded, decode};

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors");

#[test]
fn every_vector_is_read_as_it_always_was() {
    let bodies = bodies();
    assert!(bodies.len() > 20, "only {} vectors in {VECTORS}", bodies.len());
    let stale: Vec<_> = bodies.iter().filter(|body| !matches(body)).map(|body| body.file_name().unwrap()).collect();
    assert!(stale.is_empty(), "read differently from what their .expected.json says: {stale:?}");
}

#[test]
fn what_was_read_is_written_and_read_again_the_same() {
    for body in bodies() {
        if let Ok(decoded) = decode(&fs::read(&body).unwrap()) {
            let written = decoded.batch.encode();
            let again = decode(written.as_bytes()).unwrap_or_else(|error| panic!("{}: {error}", body.display()));
            assert_eq!((again.batch, again.rejected), (decoded.batch, Vec::new()), "{}", body.display());
        }
    }
}

#[test]
fn every_expectation_has_its_body() {
    for expected in files().into_iter().filter(|path| is_expectation(path)) {
        let body = expected.display().to_string().replace(".expected.json", ".json");
        assert!(Path::new(&body).exists(), "{body} is missing");
    }
}

fn matches(body: &Path) -> bool {
    let file = body.with_extension("expected.json");
    let outcome = outcome(&fs::read(body).unwrap());
    if std::env::var_os("MILEPOST_BLESS").is_some() {
        fs::write(&file, &outcome).unwrap();
    }
    let expected = fs::read_to_string(&file).unwrap_or_default();
    if expected != outcome {
        println!("{}: is\n{outcome}should be\n{expected}", body.display());
    }
    expected == outcome
}

/// What becomes of a body: the numbers taken, what is put aside, the batch in its canonical form; or the error.
fn outcome(body: &[u8]) -> String {
    match decode(body) {
        Ok(Decoded { batch, rejected }) => {
            let seqs: Vec<_> = batch.events.iter().map(|event| Value::from(event.seq)).collect();
            let rejected: Vec<_> = rejected.iter().map(|event| format!("\n  {}", put_aside(event))).collect();
            let batch = batch.encode();
            assert!(read(&batch).is_ok(), "{batch}");
            format!("{{\n\"accepted\":{},\n\"rejected\":[{}],\n\"batch\":{batch}\n}}\n", to_string(&Value::from(seqs)), rejected.join(","))
        }
        Err(error) => {
            let mut told = Map::new();
            told.insert("code", error.code());
            told.insert("path", error.path());
            told.insert("message", error.to_string());
            format!("{{\"error\":{}}}\n", to_string(&told))
        }
    }
}

fn put_aside(event: &milepost_core::wire::Rejected) -> String {
    let mut told = Map::new();
    if let Some(seq) = event.seq {
        told.insert("seq", seq);
    }
    for (field, text) in [("name", event.name.as_deref()), ("code", Some(event.code)), ("param", event.param.as_deref())] {
        if let Some(text) = text {
            told.insert(field, text);
        }
    }
    told.insert("raw_bytes", event.raw.len() as u64);
    to_string(&told)
}

fn bodies() -> Vec<PathBuf> {
    files().into_iter().filter(|path| !is_expectation(path)).collect()
}

fn files() -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(VECTORS).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files
}

fn is_expectation(path: &Path) -> bool {
    path.display().to_string().ends_with(".expected.json")
}
