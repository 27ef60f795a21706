//! Spells a wasm file as text that a bundle can carry, in an order that compresses well; js/unpack.wat reads it back.
//! Not here: making the wasm small in the first place (wasm.rs).
//!
//! Instructions go apart from the numbers they carry: what was one sequence of bytes becomes a sequence of symbols, one an
//! instruction or a few that follow each other, and a sequence of numbers for each kind of operand, each of which repeats
//! itself far more than all of them interleaved. Sizes of functions are left out.
//! In the text, a number is a letter of 64, after letters of 27 more for what exceeds that.

mod arrange;
mod join;
pub(crate) mod read;

use std::collections::HashMap;

use crate::failure::{Failure, Outcome};
use join::{Part, Symbol, prepare, symbols};

/// Operands have sequences of their own, by these numbers, which js/unpack.wat knows: how many locals of a kind there are,
/// locals by whether they change, offsets, constants by what is done with them, branches, functions.
const SEQUENCES: usize = 13;
/// The first one also has what comes before all functions, and before that how the text is to be read, see [`describe`].
const GROUPS: usize = 0;
/// The symbols.
const CODE: usize = 1;
const LOCALS: usize = 2;
const OFFSETS: usize = 3;
const CONSTANTS: usize = 4;
const LONGS: usize = 5;
const BRANCHES: usize = 6;
const CHANGED: usize = 7;
const ADDENDS: usize = 8;
/// Operands from here on are what they say; those before, the bytes that say it.
pub(crate) const FUNCTIONS: usize = 9;
const ADDRESSES: usize = 10;
/// What comes after all functions, a number a byte.
const DATA: usize = 11;
/// What follows the end of a function: how many groups of locals the next one has, and after the last one, what the data
/// begins with. What comes before all functions is taken for one, too.
const ENDS: usize = 12;

/// The sequences as they follow each other in the text, after the first one: the data near the JavaScript, then the code, the
/// rest as it happens to be smallest.
const FOLLOWING: [usize; 12] = [DATA, CODE, ENDS, FUNCTIONS, LOCALS, CHANGED, BRANCHES, OFFSETS, ADDENDS, CONSTANTS, LONGS, ADDRESSES];

/// Ends the data, which no byte of it is.
const LAST: u64 = 512;

/// Functions that are called most come first, and are called by their number; the rest by how long ago they were first
/// called, see [`calls`].
pub(crate) const BY_NUMBER: u64 = 30;

/// What js/unpack.wat has room for: symbols, with that which is none; the text; the file.
const SYMBOLS: usize = (0x600 - 4 * SEQUENCES) / 8;
const TEXT: usize = 0x10000;
const FILE: usize = 0x1fa00;

/// The text, without quotes, backslashes or anything else that a string would have to escape.
pub(crate) fn spell(wasm: &[u8]) -> Outcome<String> {
    let parts = read::parts(wasm)?;
    let Some((first, data)) = parts.after.split_first() else { return Err(too("little after its code")) };
    let functions: Vec<_> = parts.functions.into_iter().map(prepare).collect();
    let mut operands: [Vec<u64>; SEQUENCES] = Default::default();
    for (sequence, value) in functions.iter().flatten().filter_map(|piece| piece.operand) {
        if let Some(operands) = operands.get_mut(sequence) {
            operands.push(value);
        }
    }
    operands[ENDS].push((*first).into());
    operands[DATA] = data.iter().map(|byte| as_letter(*byte)).chain([LAST]).collect();
    operands[FUNCTIONS] = calls(&operands[FUNCTIONS]);
    operands[ADDRESSES] = steps_between(&operands[ADDRESSES]);

    let functions: Vec<Vec<Symbol>> =
        functions.iter().map(|pieces| [symbols(pieces), vec![vec![(vec![read::END], ENDS)]]].concat()).collect();
    let symbols = lettered(alphabet(functions.iter().flatten()), &functions);
    // What is before the code is preceded by a size of two bytes, as if it were a function.
    if symbols.len() >= SYMBOLS || wasm.len() > FILE || parts.before.len() < 128 {
        return Err(too("much of it, or little before its code"));
    }
    let before = grouped(&parts.before);
    let start = [vec![alone(GROUPS); before.len()], vec![alone(ENDS)]].concat();
    operands[CODE] = [code(&[start], &symbols), code(&functions, &symbols), code(&[vec![alone(DATA)]], &symbols)].concat();
    operands[GROUPS] = [before, std::mem::take(&mut operands[GROUPS])].concat();
    let text = join(&operands, &entries(&symbols));
    if text.len() < TEXT { Ok(text) } else { Err(too("much text")) }
}

fn too(what: &str) -> Failure {
    Failure::new(format!("the wasm can't be spelled: too {what}"))
}

/// The symbol of an operand alone.
fn alone(sequence: usize) -> Symbol {
    vec![(Vec::new(), sequence)]
}

/// The symbols' numbers.
fn code(functions: &[Vec<Symbol>], symbols: &[Symbol]) -> Vec<u64> {
    let numbers: HashMap<&[Part], u64> = symbols.iter().map(Vec::as_slice).zip(0..).collect();
    functions.iter().flatten().map(|symbol| numbers.get(symbol.as_slice()).copied().unwrap_or_default()).collect()
}

/// The symbols in the order of the letters that suit them.
fn lettered(symbols: Vec<Symbol>, functions: &[Vec<Symbol>]) -> Vec<Symbol> {
    let letters = arrange::arrange(&code(functions, &symbols));
    let mut numbered: Vec<_> = symbols.into_iter().zip(0_u64..).collect();
    numbered.sort_by_key(|(_, number)| letters.get(*number as usize).copied().unwrap_or(*number));
    numbered.into_iter().map(|(symbol, _)| symbol).collect()
}

/// All symbols, and what they go on with: those that are one letter, being the most frequent, then the rest, each in an order
/// that describes them in fewer bytes than frequency would.
fn alphabet<'a>(code: impl Iterator<Item = &'a Symbol>) -> Vec<Symbol> {
    let mut counts: HashMap<Symbol, usize> = HashMap::new();
    for sequence in [GROUPS, ENDS, DATA] {
        counts.insert(alone(sequence), 0);
    }
    for symbol in code {
        *counts.entry(symbol.clone()).or_default() += 1;
        for rest in 1..symbol.len() {
            counts.entry(symbol.iter().skip(rest).cloned().collect()).or_default();
        }
    }
    let mut symbols: Vec<_> = counts.into_iter().collect();
    symbols.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    let mut symbols: Vec<_> = symbols.into_iter().map(|(symbol, _)| symbol).collect();
    let middle = symbols.len().min(LOW as usize);
    let (one, more) = symbols.split_at_mut(middle);
    one.sort();
    more.sort();
    symbols
}

/// Eight bytes a symbol: what it begins with, the number of the symbol that goes on after the operand, if one does, and the
/// operand's sequence with how many bytes it begins with. First the symbol that is none.
fn entries(symbols: &[Symbol]) -> Vec<[u8; 8]> {
    let number = |parts: &[Part]| symbols.iter().position(|symbol| symbol == parts).map_or(0, |at| at as u8 + 1);
    let entry = |symbol: &Symbol| {
        let (bytes, sequence) = symbol.first()?;
        let mut entry = [0; 8];
        entry.iter_mut().zip(bytes).for_each(|(to, byte)| *to = *byte);
        // The data goes on with itself, up to its end.
        entry[5] |= number(symbol.get(usize::from(*sequence != DATA)..)?);
        entry[6] = bytes.len() as u8;
        entry[7] = *sequence as u8 * 4;
        Some(entry)
    };
    [alone(CODE)].iter().chain(symbols).filter_map(entry).collect()
}

/// All sequences, the first of them with how they are read.
fn join(operands: &[Vec<u64>; SEQUENCES], entries: &[[u8; 8]]) -> String {
    let following = FOLLOWING.map(|sequence| letters(operands.get(sequence).into_iter().flatten().copied()));
    let rest = letters(operands[GROUPS].iter().copied());
    // Where the others are depends on how long it takes to say so.
    let mut length = 0;
    loop {
        let first = letters(describe(length, &following, entries).into_iter()) + &rest;
        if let Some(left) = length.checked_sub(first.len()) {
            return first + &letter(0).to_string().repeat(left) + &following.concat();
        }
        length = first.len();
    }
}

/// Where the sequences are, but for the first one, which is so long; and the symbols, from the last one.
fn describe(length: usize, following: &[String; 12], entries: &[[u8; 8]]) -> Vec<u64> {
    let mut places = [length as u32; SEQUENCES];
    let mut at = length as u32;
    for (sequence, text) in FOLLOWING.into_iter().zip(following) {
        if let Some(place) = places.get_mut(sequence) {
            *place = at;
        }
        at += text.len() as u32;
    }
    let unused = SYMBOLS - entries.len();
    let places = places.iter().skip(1).flat_map(|place| place.to_le_bytes());
    let bytes: Vec<u8> = places.chain([0; 8].repeat(unused)).chain(entries.iter().rev().copied().flatten()).collect();
    grouped(&bytes)
}

/// Numbers that are these bytes as [`read::operand`] has them.
fn grouped(bytes: &[u8]) -> Vec<u64> {
    bytes.split_inclusive(|byte| *byte < 128).map(read::groups).collect()
}

/// For each call nothing when it is of the one after the last function that was called for the first time, a number of those
/// called most, or how far back from that last one the function is, after those numbers.
fn calls(functions: &[u64]) -> Vec<u64> {
    let mut last = 0;
    let mut spelled = Vec::new();
    for function in functions.iter().copied() {
        spelled.push(if function == last + 1 {
            0
        } else if (1..=BY_NUMBER).contains(&function) {
            function
        } else {
            // Forwards, it is less than zero, of 32 bits.
            (last + BY_NUMBER + 1).wrapping_sub(function) & u64::from(u32::MAX)
        });
        last = last.max(function);
    }
    spelled
}

/// How far it is from each to the next, twice, odd if it is backwards.
fn steps_between(numbers: &[u64]) -> Vec<u64> {
    let before = [0].iter().chain(numbers);
    before.zip(numbers).map(|(last, number)| if number < last { (last - number) * 2 - 1 } else { (number - last) * 2 }).collect()
}

/// Numbers below it are one letter.
const LOW: u64 = 64;

/// Further letters.
const HIGH: u64 = 27;

fn letters(numbers: impl Iterator<Item = u64>) -> String {
    let mut text = String::new();
    for number in numbers {
        let mut letters = vec![letter(number % LOW)];
        let mut rest = number / LOW;
        while rest > 0 {
            rest -= 1;
            letters.push(letter(LOW + rest % HIGH));
            rest /= HIGH;
        }
        text.extend(letters.iter().rev());
    }
    text
}

/// The printable characters but those that a string must escape, from the end: the first 64 have all that words are made of.
fn letter(index: u64) -> char {
    if index == LOW - 1 {
        return '~';
    }
    let code = 125 - index as u8;
    char::from(code - u8::from(code < 93) + u8::from(index >= LOW))
}

/// Data is mostly text, which is spelled as it is, so that it repeats what the JavaScript around it says: the number whose
/// letter the byte is, if it comes after the backslash.
fn as_letter(byte: u8) -> u64 {
    let number = u64::from(125_u8.wrapping_sub(byte));
    match byte {
        93..=125 => number,
        // The backslash itself, too, is more than all bytes.
        92 => number + 255,
        _ => number - 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads the text up to each of the ends as browsers do: nothing for what traps. Node has the same engine as one of them.
    fn unspell(text: &str, ends: &[usize]) -> Vec<Option<Vec<u8>>> {
        const READ: &str = "const [reader, text, ends] = JSON.parse(process.argv[1]);
            const module = new WebAssembly.Module(new Uint8Array(reader));
            console.log(JSON.stringify(ends.map((end) => {
                try {
                    const { m, f } = new WebAssembly.Instance(module).exports;
                    new TextEncoder().encodeInto(text.slice(0, end), new Uint8Array(m.buffer));
                    return [...new Uint8Array(m.buffer, 0x105fe, f())];
                } catch {
                    return null;
                }
            })));";
        let reader = wat::parse_str(include_str!("../../js/unpack.wat")).unwrap();
        let mut node = crate::process::command("node");
        node.args(["--eval", READ, &serde_json::json!([reader, text, ends]).to_string()]);
        serde_json::from_str(&crate::process::capture(&mut node).unwrap()).unwrap()
    }

    fn numbers(text: &str) -> Vec<u64> {
        let mut numbers = Vec::new();
        let mut high = 0;
        for code in text.bytes().map(u64::from) {
            if code < 62 {
                high = high * 27 + 62 - code;
            } else {
                numbers.push(high * 64 + (189 - code - u64::from(code < 92)) % 64);
                high = 0;
            }
        }
        numbers
    }

    fn leb(bytes: &mut Vec<u64>, mut number: u64, less: u64) {
        while number > 127 {
            bytes.push((number % 128) | 128);
            number = number / 128 - less;
        }
        bytes.push(number);
    }

    #[test]
    fn numbers_of_any_size_are_spelled_and_read_back() {
        let all: Vec<u64> = (0..5000).chain([1 << 20, (1 << 35) + 12345]).collect();
        let text = letters(all.iter().copied());
        assert!(!text.contains(['"', '\\']));
        assert_eq!(numbers(&text), all);
    }

    /// A file of one other section, functions with these bodies, and one more section.
    fn file(bodies: &[&[u8]]) -> Vec<u8> {
        let mut code = vec![bodies.len() as u64];
        for body in bodies {
            leb(&mut code, body.len() as u64, 0);
            code.extend(body.iter().copied().map(u64::from));
        }
        let mut wasm: Vec<u64> = b"\0asm\x01\0\0\0\0\xac\x01".iter().copied().map(u64::from).collect();
        wasm.extend([0x22].repeat(172));
        wasm.push(0x0a);
        leb(&mut wasm, code.len() as u64, 0);
        wasm.extend(code);
        wasm.extend([11, 1, 0]);
        wasm.into_iter().map(|byte| byte as u8).collect()
    }

    const EVERY_KIND: &[u8] = &[
        2, 1, 0x7f, 200, 1, 0x7e, // locals
        0x02, 0x40, 0x20, 0, 0x0e, 1, 0, 0, 0x0b, // a block, a table of branches
        0x41, 0x80, 0x7f, 0x28, 2, 0x84, 8, 0x1a, // a constant, a load
        0x42, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x1a, // a long constant
        0x44, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0xfc, 7, 0x1a, // a double, converted
        0x11, 3, 0, 0x10, 0x81, 1, 0x10, 1, 0x10, 30, 0x10, 31, 0x10, 0x82, 1, 0x0c, 0, // calls, a branch
        0x20, 0, 0x22, 0, 0x21, 1, // locals that change
        0x23, 0, 0x41, 16, 0x6b, 0x22, 0, 0x24, 0, // room on the stack
        0x41, 0x85, 0x80, 2, 0x41, 0x80, 0x80, 2, 0x6a, // addresses, forwards and back
        0x41, 0xff, 1, 0x42, 0, 0x41, 4, 0x6a, 0x0b, // what is part of its symbol, an addend
    ];

    #[test]
    fn a_file_with_every_kind_of_operand_is_read_back_byte_for_byte() {
        let long = [&[0], [0x23, 0x81, 1].repeat(5000).as_slice(), &[0x0b]].concat();
        let wasm = file(&[&[0, 0x0b], EVERY_KIND, &long]);
        let text = spell(&wasm).unwrap();
        assert!(unspell(&text, &[text.len()]) == [Some(wasm)]);
    }

    #[test]
    fn a_text_that_is_cut_short_is_read_as_something_else_or_not_at_all() {
        let wasm = file(&[EVERY_KIND, &[0, 0x0b], EVERY_KIND]);
        let text = spell(&wasm).unwrap();
        let ends: Vec<_> = (0..text.len()).collect();
        for (end, read) in unspell(&text, &ends).into_iter().enumerate() {
            assert!(read.as_ref() != Some(&wasm), "{end} of {} letters", text.len());
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        assert!(spell(&file(&[&[0, 0xd0, 0x70, 0x0b]])).is_err());
        assert!(spell(&file(&[&[0, 0x41, 0x0b]])).is_err());
        assert!(spell(b"\0asm\x01\0\0\0").is_err());
    }
}
