//! Milepost's browser shell: the core behind wasm-bindgen, and the API for Rust front ends.
//!
//! Thin on purpose: it turns calls into inputs and effects into calls, and decides nothing.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(any(test, not(feature = "std")))]
mod allocator;
#[cfg(feature = "std")]
mod clock;
#[cfg(not(feature = "std"))]
mod exports;
#[cfg(feature = "std")]
pub mod front_end;
mod host;
#[cfg(not(feature = "std"))]
mod runtime;
mod shell;
#[cfg(feature = "std")]
mod timer;

#[cfg(not(feature = "std"))]
pub use exports::{create, room, tell};
