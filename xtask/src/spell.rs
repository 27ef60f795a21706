//! Spells a wasm file as text that a bundle can carry, in an order that compresses well; js/inlined.ts reads it back.
//! Not here: making the wasm small in the first place (wasm.rs).
//!
//! Instructions go apart from the numbers they carry: what was one sequence of bytes becomes a sequence of symbols, one an
//! instruction, and a sequence of numbers for each kind of operand, each of which repeats itself far more than all of them
//! interleaved. Sizes of functions are left out.
//! In the text, a number is a letter of 64, after letters of 28 more for what exceeds that; a tilde parts the sequences.

mod read;

use std::collections::HashMap;

use crate::failure::Outcome;

/// Operands that have sequences of their own: locals by whether they change, what counts them, offsets, constants, functions,
/// branches.
const SEQUENCES: usize = 8;

/// The id of the section that holds the functions' bodies.
const CODE: u8 = 10;

/// The instruction at the end of each function.
const END: u8 = 0x0b;

/// What an instruction begins with, and the sequence in which its operand is found.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Symbol {
    bytes: Vec<u8>,
    sequence: Option<usize>,
}

/// A wasm file taken apart.
#[derive(Debug, Default)]
struct Parts {
    /// All up to the first function.
    before: Vec<u8>,
    /// All after the last one.
    after: Vec<u8>,
    /// Instructions; nothing at the end of a function.
    symbols: Vec<Option<Symbol>>,
    operands: [Vec<u64>; SEQUENCES],
}

/// The text, without quotes, backslashes or anything else that a string would have to escape.
pub(crate) fn spell(wasm: &[u8]) -> Outcome<String> {
    let parts = read::parts(wasm)?;
    let symbols = alphabet(&parts.symbols);
    let numbers: HashMap<&Symbol, u64> = symbols.iter().copied().zip(1..).collect();
    let code = parts.symbols.iter().map(|symbol| symbol.as_ref().and_then(|symbol| numbers.get(symbol)).copied().unwrap_or_default());
    // The first symbol is the end of a function.
    let mut described = vec![0, 1, END.into()];
    for symbol in &symbols {
        described.push(symbol.sequence.map_or(0, |sequence| sequence as u64 + 1));
        described.push(symbol.bytes.len() as u64);
        described.extend(symbol.bytes.iter().copied().map(u64::from));
    }
    let bytes = |bytes: &[u8]| letters(bytes.iter().copied().map(u64::from));
    let mut texts = vec![bytes(&parts.before), bytes(&parts.after), letters(described.into_iter()), letters(code)];
    texts.extend(parts.operands.iter().map(|operands| letters(operands.iter().copied())));
    Ok(texts.join("~"))
}

/// All symbols, the most frequent first.
fn alphabet(code: &[Option<Symbol>]) -> Vec<&Symbol> {
    let mut counts: HashMap<&Symbol, usize> = HashMap::new();
    for symbol in code.iter().flatten() {
        *counts.entry(symbol).or_default() += 1;
    }
    let mut symbols: Vec<_> = counts.into_iter().collect();
    symbols.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
    symbols.into_iter().map(|(symbol, _)| symbol).collect()
}

fn letters(numbers: impl Iterator<Item = u64>) -> String {
    let mut text = String::new();
    for number in numbers {
        let mut letters = vec![letter(number % 64)];
        let mut rest = number / 64;
        while rest > 0 {
            rest -= 1;
            letters.push(letter(64 + rest % 28));
            rest /= 28;
        }
        text.extend(letters.iter().rev());
    }
    text
}

/// The printable characters but those that a string must escape and the tilde.
fn letter(index: u64) -> char {
    let code = 32 + index as u8;
    let code = code + u8::from(code > 33);
    char::from(code + u8::from(code > 91))
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
            let digit = code - 32 - u64::from(code > 34) - u64::from(code > 92);
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
        0x11, 3, 0, 0x10, 0x81, 1, 0x0c, 0, // calls, a branch
        0x20, 0, 0x22, 0, 0x21, 1, 0x0b, // locals that change
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
