//! Puts a wasm's functions in the order in which they are first called, so that a call mostly need not say of what it is.
//! Not here: how calls are spelled then (spell.rs).

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use crate::failure::Outcome;
use crate::spell::read::{self, CODE, END, Reader, write_size};
use crate::spell::{BY_NUMBER, FUNCTIONS};

/// Sections that number functions, by their ids.
const IMPORTS: u8 = 2;
const TYPES_OF_FUNCTIONS: u8 = 3;
const EXPORTS: u8 = 7;
const START: u8 = 8;
const ELEMENTS: u8 = 9;

/// The kind of imports and exports that are functions.
const FUNCTION: u8 = 0;

/// The same file: first what is called most, then what exports and tables name, then the rest as it is called.
pub(super) fn order(wasm: &[u8]) -> Outcome<Vec<u8>> {
    let mut parts = read::parts(wasm)?;
    let sections = sections(&parts.before)?;
    let content = |id: u8| sections.iter().find(|section| section.0 == id).map_or(&[][..], |section| section.1);
    let imported = imported(content(IMPORTS))?;
    let mut named = Vec::new();
    exports(content(EXPORTS), |function| keep(&mut named, function))?;
    elements(content(ELEMENTS), |function| keep(&mut named, function))?;
    let order = by_calls(&parts.functions, imported, named);
    let numbers: HashMap<u64, u64> = order.iter().copied().zip(imported..).collect();
    let number = |function: u64| numbers.get(&function).copied().unwrap_or(function);
    let mut ordered = wasm.get(..8).unwrap_or_default().to_vec();
    for (id, content) in sections.iter().copied() {
        let content = match id {
            TYPES_OF_FUNCTIONS => types(content, &order, imported)?,
            EXPORTS => exports(content, number)?,
            ELEMENTS => elements(content, number)?,
            _ => content.to_vec(),
        };
        section(&mut ordered, id, &content);
    }
    let mut code = Vec::new();
    write_size(&mut code, order.len() as u64);
    for function in order {
        let mut body = Vec::new();
        for piece in parts.functions.get_mut((function - imported) as usize).into_iter().flatten() {
            if let Some((FUNCTIONS, called)) = &mut piece.operand {
                *called = number(*called);
            }
            piece.write(&mut body);
        }
        body.push(END);
        write_size(&mut code, body.len() as u64);
        code.extend(body);
    }
    section(&mut ordered, CODE, &code);
    ordered.extend(parts.after);
    Ok(ordered)
}

fn keep(named: &mut Vec<u64>, function: u64) -> u64 {
    named.push(function);
    function
}

/// The functions by their numbers until now.
fn by_calls(functions: &[Vec<read::Piece>], imported: u64, named: Vec<u64>) -> Vec<u64> {
    let calls = |function: u64| {
        let pieces = functions.get((function - imported) as usize).into_iter().flatten();
        pieces.filter_map(|piece| piece.operand).filter(|(sequence, _)| *sequence == FUNCTIONS).map(|(_, called)| called)
    };
    let all = imported..imported + functions.len() as u64;
    let mut counts: HashMap<u64, usize> = HashMap::new();
    for called in all.clone().flat_map(calls) {
        *counts.entry(called).or_default() += 1;
    }
    let mut order: Vec<u64> = all.clone().filter(|function| counts.contains_key(function)).collect();
    order.sort_by_key(|function| Reverse(counts.get(function)));
    order.truncate(BY_NUMBER as usize);
    let mut known: HashSet<u64> = order.iter().copied().collect();
    let mut see = |order: &mut Vec<u64>, function: u64| {
        if function >= imported && known.insert(function) {
            order.push(function);
        }
    };
    for function in named {
        see(&mut order, function);
    }
    let mut at = 0;
    while let Some(caller) = order.get(at).copied() {
        calls(caller).for_each(|called| see(&mut order, called));
        at += 1;
    }
    // What nobody calls.
    all.for_each(|function| see(&mut order, function));
    order
}

/// Ids and contents of the sections before the code.
fn sections(before: &[u8]) -> Outcome<Vec<(u8, &[u8])>> {
    let mut reader = Reader::new(before);
    reader.take(8)?;
    let mut sections = Vec::new();
    loop {
        let id = reader.byte()?;
        let length = reader.size()?;
        match id {
            CODE => return Ok(sections),
            START => return Err(reader.strange("section")),
            _ => sections.push((id, reader.take(length)?)),
        }
    }
}

fn section(wasm: &mut Vec<u8>, id: u8, content: &[u8]) {
    wasm.push(id);
    write_size(wasm, content.len() as u64);
    wasm.extend(content);
}

/// How many functions are imported, and nothing else is.
fn imported(content: &[u8]) -> Outcome<u64> {
    let mut reader = Reader::new(content);
    let count = if content.is_empty() { 0 } else { reader.size()? };
    for _ in 0..count {
        for _ in 0..2 {
            let length = reader.size()?;
            reader.take(length)?;
        }
        if reader.byte()? != FUNCTION {
            return Err(reader.strange("import"));
        }
        reader.size()?;
    }
    Ok(count as u64)
}

fn types(content: &[u8], order: &[u64], imported: u64) -> Outcome<Vec<u8>> {
    let mut reader = Reader::new(content);
    let count = reader.size()?;
    let types = (0..count).map(|_| reader.size()).collect::<Outcome<Vec<_>>>()?;
    let mut ordered = Vec::new();
    write_size(&mut ordered, count as u64);
    for function in order {
        write_size(&mut ordered, types.get((function - imported) as usize).copied().unwrap_or_default() as u64);
    }
    Ok(ordered)
}

/// The section with other numbers for functions.
fn exports(content: &[u8], mut number: impl FnMut(u64) -> u64) -> Outcome<Vec<u8>> {
    let mut reader = Reader::new(content);
    let mut written = Vec::new();
    let count = if content.is_empty() { 0 } else { reader.size()? };
    write_size(&mut written, count as u64);
    for _ in 0..count {
        let length = reader.size()?;
        write_size(&mut written, length as u64);
        written.extend(reader.take(length)?);
        let kind = reader.byte()?;
        let exported = reader.size()? as u64;
        written.push(kind);
        write_size(&mut written, if kind == FUNCTION { number(exported) } else { exported });
    }
    Ok(written)
}

/// The section with other numbers for functions. Only tables that begin at a number are known.
fn elements(content: &[u8], mut number: impl FnMut(u64) -> u64) -> Outcome<Vec<u8>> {
    const AT_A_NUMBER: &[u8] = &[0, 0x41];
    let mut reader = Reader::new(content);
    let mut written = Vec::new();
    let count = if content.is_empty() { 0 } else { reader.size()? };
    write_size(&mut written, count as u64);
    for _ in 0..count {
        if reader.take(2)? != AT_A_NUMBER {
            return Err(reader.strange("table"));
        }
        written.extend(AT_A_NUMBER);
        write_size(&mut written, reader.size()? as u64);
        written.push(reader.byte()?);
        let functions = reader.size()?;
        write_size(&mut written, functions as u64);
        for _ in 0..functions {
            write_size(&mut written, number(reader.size()? as u64));
        }
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with these functions after what both modules of a test have in common.
    fn module(functions: &str) -> Vec<u8> {
        let common = "(type (func)) (type (func (param i32))) (type (func (result i32)))
            (import \"a\" \"a\" (func $import (param i32))) (table 1 funcref) (elem (i32.const 0) $tabled) (memory 1)";
        let named = wat::parse_str(format!("(module {common} {functions} (data (i32.const 0) \"text\"))")).unwrap();
        let mut wasm = named[..8].to_vec();
        let mut reader = Reader::new(&named);
        reader.take(8).unwrap();
        while !reader.is_at_end() {
            let (id, length) = (reader.byte().unwrap(), reader.size().unwrap());
            let content = reader.take(length).unwrap();
            // Names are a section without an id of its own.
            if id != 0 {
                section(&mut wasm, id, content);
            }
        }
        wasm
    }

    #[test]
    fn all_that_names_functions_names_the_same_ones() {
        let [uncalled, second, twice, tabled, main] = [
            "(func $uncalled (result i32) (i32.const 7))",
            "(func $second (result i32) (i32.const 3))",
            "(func $twice (drop (call $second)))",
            "(func $tabled (call $twice) (call $twice))",
            "(func $main (export \"b\") (param i32) (call $import (i32.const 1)) (call $tabled))",
        ];
        let mixed = module(&[uncalled, second, twice, tabled, main].concat());
        assert_eq!(order(&mixed).unwrap(), module(&[twice, second, tabled, main, uncalled].concat()));
    }

    #[test]
    fn after_those_called_most_and_those_named_each_is_where_it_is_called_first() {
        let often: String = (0..BY_NUMBER).map(|at| format!("(func $often{at} (nop))")).collect();
        let calls: String = (0..2 * BY_NUMBER).map(|at| format!("(call $often{})", at % BY_NUMBER)).collect();
        let [first, second, third] = [1, 2, 3].map(|at| format!("(func $once{at} (drop (i32.const {at})))"));
        let named = format!("(func $tabled {calls} (call $once1) (call $once2)) (func $main (export \"b\") (call $once3))");
        let mixed = module(&[third.as_str(), &second, &named, &first, &often].concat());
        // What an export names comes before what a table names.
        let named = format!("(func $main (export \"b\") (call $once3)) (func $tabled {calls} (call $once1) (call $once2))");
        assert_eq!(order(&mixed).unwrap(), module(&[often.as_str(), &named, &third, &first, &second].concat()));
    }

    #[test]
    fn a_file_that_numbers_functions_elsewhere_is_refused() {
        let wasm = wat::parse_str("(module (func $start) (start $start))").unwrap();
        assert!(order(&wasm).is_err());
        let wasm = wat::parse_str("(module (import \"a\" \"a\" (memory 1)) (func))").unwrap();
        assert!(order(&wasm).is_err());
    }
}
