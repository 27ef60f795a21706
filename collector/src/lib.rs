//! Milepost's collector as a library, so that the binary and the tests run the same server.

mod access;
mod assets;
mod body;
mod bots;
mod browser;
mod client;
mod clock;
mod config;
mod cors;
mod intake;
#[doc(hidden)]
pub mod measure;
mod options;
mod page;
mod refusal;
mod report;
mod routes;
mod secret;
mod server;
mod store;
mod upkeep;
mod visitors;

pub use config::{Config, Problem, Sites};
pub use options::{Command, Limits, Options, USAGE, parse};
pub use secret::Secret;
pub use server::{Collector, StartError};
pub use store::{Pruned, RAW_LIMIT, StoreError, database_file};
pub use upkeep::prune;
