//! Milepost's core: one state machine from browser facts to batches, and one schema for both ends of the wire.
//!
//! No I/O, no clock, no randomness, no logging: time is a value in each call, and what is to be done comes back as data.
// What ts-rs derives needs the whole of std; that feature is for one test only.
#![cfg_attr(not(feature = "typescript"), no_std)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod address;
mod campaign;
mod capture;
pub mod consent;
pub mod conversion;
mod decimal;
mod effect;
mod input;
pub mod json;
pub mod options;
mod queue;
mod random;
pub mod redact;
pub mod schema;
mod tracker;
mod visit;
pub mod wire;

pub use decimal::{Decimal, MAX_DIGITS, MAX_SCALE, NotADecimal};
pub use effect::{Ask, Diagnostic, Effect, Urgency};
pub use input::{Document, Facts, FormFact, FormMoment, Input, Markup, MediaFact, MediaMoment, Now, Outcome, Recovered, ScrollPosition};
pub use queue::DropReason;
pub use tracker::Tracker;
