//! Milepost's core: one state machine from browser facts to batches, and one schema for both ends of the wire.
//!
//! No I/O, no clock, no randomness, no logging: time is a value in each call, and what is to be done comes back as data.
#![no_std]

extern crate alloc;
#[cfg(any(test, feature = "typescript"))]
extern crate std;

pub mod consent;
pub mod conversion;
mod decimal;
pub mod json;
pub mod options;
pub mod schema;
pub mod wire;

pub use decimal::{Decimal, MAX_DIGITS, MAX_SCALE, NotADecimal};
