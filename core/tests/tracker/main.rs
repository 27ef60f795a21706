//! The tracker from outside: what a page tells it, and what it asks for. Each file is one area of behaviour.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod answers;
mod batching;
mod campaign;
mod capture;
mod collector;
mod consent;
mod dice;
mod elsewhere;
mod identity;
mod invariants;
mod leaving;
mod outage;
mod page;
mod queue;
mod recorded;
mod recovery;
mod script;
mod sessions;
mod simulation;
mod still;
mod track;
mod views;
mod visitor;
mod wild;
mod world;
