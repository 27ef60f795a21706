//! Takes a wasm file apart: its code into instructions and their operands, the rest as it is.
//! Not here: what is done with them.

use super::{ADDRESSES, BRANCHES, CHANGED, CONSTANTS, ENDS, FUNCTIONS, GROUPS, LOCALS, LONGS, OFFSETS};
use crate::failure::{Failure, Outcome};

/// The id of the section that holds the functions' bodies.
pub(crate) const CODE: u8 = 10;

/// The instruction at the end of each function.
pub(crate) const END: u8 = 0x0b;

/// Longest number that is an operand, bytes: js/unpack.wat reads them with 32 bits. Longer ones stay with their instruction.
const LONGEST: usize = 4;

/// Most bytes of a function: its size is two.
const LARGEST: usize = 0x3fff;

/// Bytes of the stack, before the data. A visit with the deepest JSON takes 1.8 kB of it; rustc would give it 1 MiB.
pub(crate) const STACK: usize = 0x8000;

/// Constants that are addresses of data. Others among them are spelled as well, in more letters.
const DATA: std::ops::Range<usize> = STACK..STACK + 0x2000;

/// A wasm file taken apart.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    /// All up to the first function.
    pub(crate) before: Vec<u8>,
    /// All after the last one.
    pub(crate) after: Vec<u8>,
    /// Each without the instruction at its end.
    pub(crate) functions: Vec<Vec<Piece>>,
}

/// What an instruction begins with, or nothing in lists of numbers, and its operand: the sequence it goes to, and its value.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) bytes: Vec<u8>,
    pub(crate) operand: Option<(usize, u64)>,
}

/// Reads the file; what it doesn't know is an error, never a guess.
pub(crate) fn parts(wasm: &[u8]) -> Outcome<Parts> {
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
                parts.functions.push(function(&mut reader)?);
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

fn function(reader: &mut Reader<'_>) -> Outcome<Vec<Piece>> {
    let mut pieces = Vec::new();
    let length = reader.size()?;
    if length > LARGEST {
        return Err(reader.strange("size of a function"));
    }
    let end = reader.at + length;
    let groups = reader.at;
    let count = reader.size()?;
    pieces.push(counted(Vec::new(), ENDS, count, reader.since(groups)?).ok_or_else(|| reader.strange("number of locals"))?);
    for _ in 0..count {
        let group = reader.at;
        reader.size()?;
        pieces.push(operand(Vec::new(), GROUPS, reader.since(group)?));
        let kind = reader.byte()?;
        pieces.push(plain(&[kind]));
    }
    while reader.at + 1 < end {
        instruction(reader, &mut pieces)?;
    }
    if reader.byte()? != END || reader.at != end {
        return Err(reader.strange("end of a function"));
    }
    Ok(pieces)
}

fn instruction(reader: &mut Reader<'_>, pieces: &mut Vec<Piece>) -> Outcome {
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
        let from = reader.at;
        // One with a sign may be longer, and then none of these.
        let size = reader.size().unwrap_or_default();
        reader.at = from;
        reader.skip()?;
        let number = reader.since(from)?;
        pieces.push(if number.len() > LONGEST {
            plain(&[&bytes, number].concat())
        } else if sequence == FUNCTIONS {
            counted(bytes, sequence, size, number).ok_or_else(|| reader.strange("number of a function"))?
        } else {
            let address =
                if sequence == CONSTANTS && DATA.contains(&size) { counted(bytes.clone(), ADDRESSES, size, number) } else { None };
            address.unwrap_or_else(|| operand(bytes, sequence, number))
        });
        return Ok(());
    }
    if code == 0x0e {
        let count = reader.size()?;
        pieces.push(plain(reader.since(start)?));
        for _ in 0..=count {
            let branch = reader.at;
            reader.skip()?;
            pieces.push(operand(Vec::new(), BRANCHES, reader.since(branch)?));
        }
        return Ok(());
    }
    let numbers = match code {
        0x00 | 0x01 | 0x05 | 0x0b | 0x0f | 0x1a | 0x1b | 0x45..=0xc4 => 0,
        0x02..=0x04 | 0x23 | 0x24 | 0x3f | 0x40 => 1,
        0x11 => 2,
        0x43 => {
            reader.at += 4;
            0
        }
        0x44 => {
            reader.at += 8;
            0
        }
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
    pieces.push(plain(reader.since(start)?));
    Ok(())
}

fn plain(bytes: &[u8]) -> Piece {
    Piece { bytes: bytes.to_vec(), operand: None }
}

/// A number that is counted with, if it is made of as few bytes as can be.
fn counted(bytes: Vec<u8>, sequence: usize, size: usize, number: &[u8]) -> Option<Piece> {
    let mut fewest = Vec::new();
    write_size(&mut fewest, size as u64);
    (fewest == number).then_some(Piece { bytes, operand: Some((sequence, size as u64)) })
}

fn operand(bytes: Vec<u8>, sequence: usize, number: &[u8]) -> Piece {
    Piece { bytes, operand: Some((sequence, groups(number))) }
}

/// A number's groups of seven bits as they are, signed or not, with what tells their count: one more for each that follows.
pub(super) fn groups(number: &[u8]) -> u64 {
    let mut value = 0;
    for (left, group) in number.iter().rev().enumerate() {
        value = value * 128 + u64::from(group & 127) + if left > 0 { 128 } else { 0 };
    }
    value
}

impl Piece {
    /// What it was read from.
    pub(crate) fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(&self.bytes);
        match self.operand {
            Some((FUNCTIONS.., number)) => write_size(bytes, number),
            Some((_, value)) => write_groups(bytes, value, 1),
            None => {}
        }
    }
}

/// A number without a sign.
pub(crate) fn write_size(bytes: &mut Vec<u8>, size: u64) {
    write_groups(bytes, size, 0);
}

fn write_groups(bytes: &mut Vec<u8>, mut value: u64, less: u64) {
    while value > 127 {
        bytes.push((value % 128) as u8 | 128);
        value = value / 128 - less;
    }
    bytes.push(value as u8);
}

/// Reads bytes of a wasm file one after the other.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    #[cfg(test)]
    pub(crate) fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// So many bytes.
    pub(crate) fn take(&mut self, length: usize) -> Outcome<&'a [u8]> {
        let start = self.at;
        self.at += length;
        self.since(start)
    }

    pub(crate) fn byte(&mut self) -> Outcome<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        byte.ok_or_else(|| self.strange("end of the file"))
    }

    /// A number without a sign.
    pub(crate) fn size(&mut self) -> Outcome<usize> {
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

    pub(crate) fn strange(&self, what: &str) -> Failure {
        Failure::new(format!("the wasm can't be spelled: strange {what} before byte {}", self.at))
    }
}
