//! Makes symbols of instructions: some with the operand that they often have, some of several that follow each other.
//! Not here: reading the instructions (read.rs).
//!
//! Which ones was found by trying: each makes the complete tag 10 to 200 bytes smaller, where most others make it larger.

use super::read::Piece;
use super::{ADDENDS, CHANGED, CODE, CONSTANTS, FUNCTIONS, LOCALS, LONGS};

/// What stands for one of some steps that functions are made of.
pub(super) type Symbol = Vec<Part>;

/// Up to six bytes, and the sequence in which the operand after them is found, or with no operand what follows, the code;
/// with one, they are up to five.
pub(super) type Part = (Vec<u8>, usize);

/// Operands that are part of what they belong to: 0, 1 and 255, the first argument, and the function that is called most.
const WHOLE: [(usize, u64, &[u8]); 6] = [
    (CONSTANTS, 0, &[0x41, 0]),
    (CONSTANTS, 1, &[0x41, 1]),
    (CONSTANTS, 255 + 128, &[0x41, 0xff, 1]),
    (LONGS, 0, &[0x42, 0]),
    (LOCALS, 0, &[0x20, 0]),
    (FUNCTIONS, 1, &[0x10, 1]),
];

const CONSTANT: (&[u8], Option<usize>) = (&[0x41], Some(ADDENDS));
const ADD: &[u8] = &[0x6a];
const SUBTRACT: &[u8] = &[0x6b];

/// What is one symbol: how a function makes room on the stack, and what a constant is added to or subtracted from.
const JOINED: [&[(&[u8], Option<usize>)]; 3] = [
    &[(&[0x23, 0], None), CONSTANT, (SUBTRACT, None), (&[0x22], Some(CHANGED)), (&[0x24, 0], None)],
    &[CONSTANT, (ADD, None)],
    &[CONSTANT, (SUBTRACT, None)],
];

/// Prepares a function for [`symbols`].
pub(super) fn prepare(mut pieces: Vec<Piece>) -> Vec<Piece> {
    for at in 0..pieces.len() {
        let added = pieces.get(at + 1).is_some_and(|next| next.bytes == ADD || next.bytes == SUBTRACT);
        let Some(piece) = pieces.get_mut(at) else { continue };
        let Some((sequence, value)) = piece.operand else { continue };
        if let Some((.., bytes)) = WHOLE.iter().find(|whole| (whole.0, whole.1) == (sequence, value)) {
            *piece = Piece { bytes: bytes.to_vec(), operand: None };
        } else if sequence == CONSTANTS && added {
            piece.operand = Some((ADDENDS, value));
        }
    }
    pieces
}

/// The function as symbols, but for what it begins with.
pub(super) fn symbols(pieces: &[Piece]) -> Vec<Symbol> {
    let mut symbols = Vec::new();
    let mut pieces = pieces.get(1..).unwrap_or_default();
    while !pieces.is_empty() {
        let same = |(piece, joined): (&Piece, &(&[u8], Option<usize>))| (piece.bytes.as_slice(), sequence(piece)) == *joined;
        let fits = |joined: &&&[(&[u8], Option<usize>)]| pieces.len() >= joined.len() && pieces.iter().zip(**joined).all(same);
        let (step, rest) = pieces.split_at(JOINED.iter().find(fits).map_or(1, |joined| joined.len()));
        match step {
            [Piece { bytes, operand: None }] => symbols.extend(short(bytes).map(|bytes| vec![(bytes.to_vec(), CODE)])),
            _ => symbols.push(symbol(step)),
        }
        pieces = rest;
    }
    symbols
}

/// The bytes in pieces that a symbol can have: six, and of those from 128 on no more than three in a row, as they are part of
/// one number with the next.
fn short(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let high = bytes.windows(3).position(|three| three.iter().all(|byte| *byte > 127));
        let (short, rest) = bytes.split_at(high.map_or(6, |at| at + 3).min(bytes.len()).min(6));
        bytes = rest;
        (!short.is_empty()).then_some(short)
    })
}

fn symbol(step: &[Piece]) -> Symbol {
    let mut parts: Symbol = Vec::new();
    let mut bytes = Vec::new();
    for piece in step {
        bytes.extend(&piece.bytes);
        if let Some(sequence) = sequence(piece) {
            parts.push((std::mem::take(&mut bytes), sequence));
        }
    }
    if !bytes.is_empty() {
        parts.push((bytes, CODE));
    }
    parts
}

fn sequence(piece: &Piece) -> Option<usize> {
    piece.operand.map(|(sequence, _)| sequence)
}
