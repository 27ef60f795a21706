//! Spells a wasm file as text that a bundle can carry, in an order that compresses well; js/inlined.ts reads it back.
//! Not here: making the wasm small in the first place (wasm.rs).
//!
//! Instructions go apart from the numbers they carry: what was one sequence of bytes becomes a sequence of symbols, one an
//! instruction or a few that follow each other, and a sequence of numbers for each kind of operand, each of which repeats
//! itself far more than all of them interleaved. Sizes of functions are left out.
//! In the text, a number is a letter of 64, after letters of 28 more for what exceeds that; a tilde parts the sequences.

mod arrange;
mod join;
pub(crate) mod read;

use std::collections::HashMap;

use crate::failure::Outcome;
use join::{Symbol, prepare, steps, symbol};
use read::Piece;

/// Operands have sequences of their own: locals by whether they change, what counts them, offsets, constants by what is done
/// with them, branches, functions.
const SEQUENCES: usize = 10;
const LOCALS: usize = 0;
const COUNTS: usize = 1;
const OFFSETS: usize = 2;
const CONSTANTS: usize = 3;
const LONGS: usize = 4;
const BRANCHES: usize = 5;
const CHANGED: usize = 6;
const ADDENDS: usize = 7;
/// js/unpack.wat knows these two by their numbers.
pub(crate) const FUNCTIONS: usize = 8;
const ADDRESSES: usize = 9;

/// Added in a symbol's description to what names the sequence of an operand: the symbol goes on.
const GOES_ON: u64 = 16;

/// Functions that are called most come first, and are called by their number; the rest by how long ago they were first
/// called, see [`calls`].
pub(crate) const BY_NUMBER: u64 = 30;

/// The text, without quotes, backslashes or anything else that a string would have to escape.
pub(crate) fn spell(wasm: &[u8]) -> Outcome<String> {
    let parts = read::parts(wasm)?;
    let functions: Vec<_> = parts.functions.into_iter().map(prepare).collect();
    let functions: Vec<_> = functions.iter().map(|pieces| steps(pieces)).collect();
    let symbols = lettered(alphabet(functions.iter().flatten().map(|step| symbol(step))), &functions);
    // The first symbol is the end of a function.
    let mut described = vec![0, 1, read::END.into()];
    for symbol in &symbols {
        for (at, (bytes, sequence)) in symbol.iter().enumerate() {
            let goes_on = if at + 1 < symbol.len() { GOES_ON } else { 0 };
            described.push(sequence.map_or(0, |sequence| sequence as u64 + 1) + goes_on);
            described.push(bytes.len() as u64);
            described.extend(bytes.iter().copied().map(u64::from));
        }
    }
    let code = code(&functions, &symbols);
    let mut operands: [Vec<u64>; SEQUENCES] = Default::default();
    for (sequence, value) in functions.iter().flatten().copied().flatten().filter_map(|piece| piece.operand) {
        if let Some(operands) = operands.get_mut(sequence) {
            operands.push(value);
        }
    }
    for (sequence, encode) in [(FUNCTIONS, calls as fn(&[u64]) -> Vec<u64>), (ADDRESSES, steps_between)] {
        if let Some(operands) = operands.get_mut(sequence) {
            *operands = encode(operands);
        }
    }
    let before = parts.before.iter().copied().map(u64::from);
    let mut texts = vec![letters(before), letters(parts.after.iter().copied().map(as_letter))];
    texts.extend([described, code].into_iter().chain(operands).map(|numbers| letters(numbers.into_iter())));
    Ok(texts.join("~"))
}

/// All functions, as the symbols' places among all, from 1 on; each function ends with 0.
fn code(functions: &[Vec<&[Piece]>], symbols: &[Symbol<'_>]) -> Vec<u64> {
    let numbers: HashMap<&Symbol<'_>, u64> = symbols.iter().zip(1..).collect();
    let number = |step: &&[Piece]| numbers.get(&symbol(step)).copied().unwrap_or_default();
    functions.iter().flat_map(|function| function.iter().map(number).chain([0])).collect()
}

/// The symbols in the order of the letters that suit them.
fn lettered<'a>(symbols: Vec<Symbol<'a>>, functions: &[Vec<&[Piece]>]) -> Vec<Symbol<'a>> {
    let letters = arrange::arrange(&code(functions, &symbols));
    let mut numbered: Vec<_> = symbols.into_iter().zip(1_u64..).collect();
    numbered.sort_by_key(|(_, number)| letters.get(*number as usize).copied().unwrap_or(*number));
    numbered.into_iter().map(|(symbol, _)| symbol).collect()
}

/// All symbols: those that are one letter, being the most frequent, then the rest, each in an order that describes them in
/// fewer bytes than frequency would.
fn alphabet<'a>(code: impl Iterator<Item = Symbol<'a>>) -> Vec<Symbol<'a>> {
    let mut counts: HashMap<Symbol<'_>, usize> = HashMap::new();
    for symbol in code {
        *counts.entry(symbol).or_default() += 1;
    }
    let mut symbols: Vec<_> = counts.into_iter().collect();
    symbols.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    let mut symbols: Vec<_> = symbols.into_iter().map(|(symbol, _)| symbol).collect();
    // The end of a function is a letter, too.
    let middle = symbols.len().min(LOW as usize - 1);
    let (one, more) = symbols.split_at_mut(middle);
    one.sort();
    more.sort();
    symbols
}

/// Where the last function that was called for the first time is, then for each call: nothing when it is of the next one, a
/// number of those called most, or how far back from there the function is, after those numbers.
fn calls(functions: &[u64]) -> Vec<u64> {
    let mut start = 0;
    loop {
        let mut last = start;
        let mut spelled = vec![start];
        for function in functions.iter().copied() {
            if function == last + 1 {
                last = function;
                spelled.push(0);
            } else if (1..=BY_NUMBER).contains(&function) {
                spelled.push(function);
            } else if function <= last {
                spelled.push(last - function + BY_NUMBER + 1);
            } else {
                break;
            }
        }
        match functions.get(spelled.len() - 1) {
            // Called before one that is in front of it.
            Some(function) => start = *function,
            None => return spelled,
        }
    }
}

/// The first of the numbers, then how far it is from each to the next, twice, odd if it is backwards.
fn steps_between(numbers: &[u64]) -> Vec<u64> {
    let mut last = numbers.first().copied().unwrap_or_default();
    let mut spelled = vec![last];
    for number in numbers.iter().copied() {
        spelled.push(if number < last { (last - number) * 2 - 1 } else { (number - last) * 2 });
        last = number;
    }
    spelled
}

/// Numbers below it are one letter.
const LOW: u64 = 64;

/// Further letters.
const HIGH: u64 = 28;

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

/// The printable characters but those that a string must escape and the tilde, from the end: the first 64 have all that
/// words are made of.
fn letter(index: u64) -> char {
    let code = 125 - index as u8;
    let code = code - u8::from(code < 93);
    char::from(code - u8::from(code < 35))
}

/// Data is mostly text, which is spelled as it is, so that it repeats what the JavaScript around it says: the number whose
/// letter the byte is, or else one that has two letters.
fn as_letter(byte: u8) -> u64 {
    (0..LOW).find(|index| letter(*index) == char::from(byte)).unwrap_or(LOW + u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads texts as browsers do: nothing for those that trap. Node has the same engine as one of them.
    fn unspell(texts: &[&str]) -> Vec<Option<Vec<u8>>> {
        const READ: &str = "const [reader, texts] = JSON.parse(process.argv[1]);
            const module = new WebAssembly.Module(new Uint8Array(reader));
            console.log(JSON.stringify(texts.map((text) => {
                try {
                    const { m, f } = new WebAssembly.Instance(module).exports;
                    new TextEncoder().encodeInto(text, new Uint8Array(m.buffer));
                    return [...new Uint8Array(m.buffer, 0x1a0000, f(text.length))];
                } catch {
                    return null;
                }
            })));";
        let reader = wat::parse_str(include_str!("../../js/unpack.wat")).unwrap();
        let mut node = crate::process::command("node");
        node.args(["--eval", READ, &serde_json::json!([reader, texts]).to_string()]);
        serde_json::from_str(&crate::process::capture(&mut node).unwrap()).unwrap()
    }

    fn numbers(text: &str) -> Vec<u64> {
        let mut numbers = Vec::new();
        let mut high = 0;
        for code in text.bytes().map(u64::from) {
            let digit = 125 - code - u64::from(code < 92) - u64::from(code < 34);
            if digit < 64 {
                numbers.push(high * 64 + digit);
                high = 0;
            } else {
                high = high * 28 + digit - 63;
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
        assert!(!text.contains(['"', '\\', '~']));
        assert_eq!(numbers(&text), all);
    }

    /// A file of one other section, functions with these bodies, and one more section.
    fn file(bodies: &[&[u8]]) -> Vec<u8> {
        let mut code = vec![bodies.len() as u64];
        for body in bodies {
            leb(&mut code, body.len() as u64, 0);
            code.extend(body.iter().copied().map(u64::from));
        }
        let mut wasm: Vec<u64> = b"\0asm\x01\0\0\0\x03\x01\x22\x0a".iter().copied().map(u64::from).collect();
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
        let long = [&[0], [0x23, 0x81, 1].repeat(9000).as_slice(), &[0x0b]].concat();
        let wasm = file(&[&[0, 0x0b], EVERY_KIND, &long]);
        assert_eq!(unspell(&[&spell(&wasm).unwrap()]), [Some(wasm)]);
    }

    #[test]
    fn a_text_that_is_cut_short_is_read_as_something_else_or_not_at_all() {
        let wasm = file(&[EVERY_KIND, &[0, 0x0b], EVERY_KIND]);
        let text = spell(&wasm).unwrap();
        let cut: Vec<_> = (0..text.len()).map(|end| &text[..end]).collect();
        for (end, read) in unspell(&cut).into_iter().enumerate() {
            assert_ne!(read.as_ref(), Some(&wasm), "{end} of {} letters", text.len());
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        assert!(spell(&file(&[&[0, 0xd0, 0x70, 0x0b]])).is_err());
        assert!(spell(&file(&[&[0, 0x41, 0x0b]])).is_err());
        assert!(spell(b"\0asm\x01\0\0\0").is_err());
    }
}
