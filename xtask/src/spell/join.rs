//! Makes symbols of instructions: some with the operand that they often have, some of several that follow each other.
//! Not here: reading the instructions (read.rs).
//!
//! Which ones was found by trying: each makes the complete tag 10 to 200 bytes smaller, where most others make it larger.

use super::read::Piece;
use super::{ADDENDS, CHANGED, CONSTANTS, COUNTS, FUNCTIONS, LOCALS, LONGS};

/// Bytes, and the sequence in which the operand after them is found, as often as the symbol says.
pub(super) type Symbol<'a> = Vec<(&'a [u8], Option<usize>)>;

/// Operands that are part of what they belong to: a function's having no locals, 0, 1 and 255, the first argument, and the
/// function that is called most.
const WHOLE: [(usize, u64, &[u8]); 7] = [
    (COUNTS, 0, &[0]),
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
const JOINED: [&[(&[u8], Option<usize>)]; 4] = [
    &[(&[0x23, 0], None), CONSTANT, (SUBTRACT, None), (&[0x22], Some(CHANGED)), (&[0x24, 0], None)],
    &[CONSTANT, (ADD, None), (&[0x22], Some(CHANGED))],
    &[CONSTANT, (ADD, None)],
    &[CONSTANT, (SUBTRACT, None)],
];

/// Prepares a function for [`steps`].
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

/// The function as symbols.
pub(super) fn steps(mut pieces: &[Piece]) -> Vec<&[Piece]> {
    let mut steps = Vec::new();
    while !pieces.is_empty() {
        let fits = |joined: &&&[(&[u8], Option<usize>)]| pieces.get(..joined.len()).is_some_and(|begin| symbol(begin) == **joined);
        let (step, rest) = pieces.split_at(JOINED.iter().find(fits).map_or(1, |joined| joined.len()));
        steps.push(step);
        pieces = rest;
    }
    steps
}

pub(super) fn symbol(step: &[Piece]) -> Symbol<'_> {
    step.iter().map(|piece| (piece.bytes.as_slice(), piece.operand.map(|(sequence, _)| sequence))).collect()
}
