//! Takes a wasm file apart: its code into instructions and their operands, the rest as it is.
//! Not here: what is done with them.

use super::{CODE, END, Parts, SEQUENCES, Symbol};
use crate::failure::{Failure, Outcome};

const LOCALS: usize = 0;
const COUNTS: usize = 1;
const OFFSETS: usize = 2;
const CONSTANTS: usize = 3;
const LONGS: usize = 4;
const FUNCTIONS: usize = 5;
const BRANCHES: usize = 6;
const CHANGED: usize = 7;

/// Longest number that is an operand, bytes: js/inlined.ts reads them with 32 bits. Longer ones stay with their instruction.
const LONGEST: usize = 4;

/// Reads the file; what it doesn't know is an error, never a guess.
pub(super) fn parts(wasm: &[u8]) -> Outcome<Parts> {
    let mut reader = Reader { bytes: wasm, at: 8 };
    let mut parts = Parts::default();
    while reader.at < wasm.len() {
        let id = reader.byte()?;
        let length = reader.size()?;
        let end = reader.at + length;
        if id == CODE {
            let functions = reader.size()?;
            parts.before = reader.since(0)?.to_vec();
            for _ in 0..functions {
                function(&mut reader, &mut parts)?;
            }
            if reader.at != end {
                return Err(reader.strange("end of the code"));
            }
            parts.after = wasm.get(end..).unwrap_or_default().to_vec();
            return Ok(parts);
        }
        reader.at = end;
    }
    Err(Failure::new("the wasm has no code"))
}

fn function(reader: &mut Reader<'_>, parts: &mut Parts) -> Outcome {
    let length = reader.size()?;
    let end = reader.at + length;
    let groups = reader.at;
    let count = reader.size()?;
    operand(parts, Vec::new(), COUNTS, reader.since(groups)?);
    for _ in 0..count {
        let group = reader.at;
        reader.size()?;
        operand(parts, Vec::new(), COUNTS, reader.since(group)?);
        let kind = reader.byte()?;
        symbol(parts, vec![kind]);
    }
    while reader.at + 1 < end {
        instruction(reader, parts)?;
    }
    if reader.byte()? != END || reader.at != end {
        return Err(reader.strange("end of a function"));
    }
    parts.symbols.push(None);
    Ok(())
}

fn instruction(reader: &mut Reader<'_>, parts: &mut Parts) -> Outcome {
    let start = reader.at;
    let code = reader.byte()?;
    let sequence = match code {
        0x0c | 0x0d => Some(BRANCHES),
        0x10 => Some(FUNCTIONS),
        0x20 => Some(LOCALS),
        0x21 | 0x22 => Some(CHANGED),
        0x28..=0x3e => {
            reader.size()?; // The alignment goes with the instruction.
            Some(OFFSETS)
        }
        0x41 => Some(CONSTANTS),
        0x42 => Some(LONGS),
        _ => None,
    };
    if let Some(sequence) = sequence {
        let bytes = reader.since(start)?.to_vec();
        let number = reader.at;
        reader.skip()?;
        let number = reader.since(number)?;
        if number.len() > LONGEST {
            symbol(parts, [bytes, number.to_vec()].concat());
        } else {
            operand(parts, bytes, sequence, number);
        }
        return Ok(());
    }
    if code == 0x0e {
        let count = reader.size()?;
        symbol(parts, reader.since(start)?.to_vec());
        for _ in 0..=count {
            let branch = reader.at;
            reader.skip()?;
            operand(parts, Vec::new(), BRANCHES, reader.since(branch)?);
        }
        return Ok(());
    }
    let numbers = match code {
        0x00 | 0x01 | 0x05 | 0x0b | 0x0f | 0x1a | 0x1b | 0x45..=0xc4 => 0,
        0x02..=0x04 | 0x23 | 0x24 | 0x3f | 0x40 => 1,
        0x11 => 2,
        0x43 => return plain(reader, parts, start, 4),
        0x44 => return plain(reader, parts, start, 8),
        0xfc => match reader.size()? {
            0..=7 => 0,
            9 | 11 => 1,
            8 | 10 => 2,
            _ => return Err(reader.strange("instruction")),
        },
        _ => return Err(reader.strange("instruction")),
    };
    for _ in 0..numbers {
        reader.skip()?;
    }
    symbol(parts, reader.since(start)?.to_vec());
    Ok(())
}

fn plain(reader: &mut Reader<'_>, parts: &mut Parts, start: usize, length: usize) -> Outcome {
    reader.at += length;
    symbol(parts, reader.since(start)?.to_vec());
    Ok(())
}

fn symbol(parts: &mut Parts, bytes: Vec<u8>) {
    parts.symbols.push(Some(Symbol { bytes, sequence: None }));
}

/// The number's groups of seven bits as they are, signed or not, with what tells their count: one more for each that follows.
fn operand(parts: &mut Parts, bytes: Vec<u8>, sequence: usize, number: &[u8]) {
    debug_assert!(sequence < SEQUENCES);
    let mut value = 0;
    for (left, group) in number.iter().rev().enumerate() {
        value = value * 128 + u64::from(group & 127) + if left > 0 { 128 } else { 0 };
    }
    parts.symbols.push(Some(Symbol { bytes, sequence: Some(sequence) }));
    if let Some(operands) = parts.operands.get_mut(sequence) {
        operands.push(value);
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Outcome<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        byte.ok_or_else(|| self.strange("end of the file"))
    }

    /// A number without a sign.
    fn size(&mut self) -> Outcome<usize> {
        let mut size = 0;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte()?;
            size |= usize::from(byte & 127) << shift;
            if byte < 128 {
                return Ok(size);
            }
        }
        Err(self.strange("number"))
    }

    /// Goes past a number of any size.
    fn skip(&mut self) -> Outcome {
        while self.byte()? > 127 {}
        Ok(())
    }

    fn since(&self, start: usize) -> Outcome<&'a [u8]> {
        self.bytes.get(start..self.at).ok_or_else(|| self.strange("end of the file"))
    }

    fn strange(&self, what: &str) -> Failure {
        Failure::new(format!("the wasm can't be spelled: strange {what} before byte {}", self.at))
    }
}
