//! Milepost's collector as a library, so that the binary and the tests run the same server.

mod assets;
mod body;
mod browser;
mod clock;
mod cors;
mod intake;
#[doc(hidden)]
pub mod measure;
mod options;
mod page;
mod refusal;
mod report;
mod routes;
mod server;
mod store;

pub use options::{Command, Limits, Options, USAGE, parse};
pub use server::{Collector, StartError};
pub use store::{RAW_LIMIT, StoreError, database_file};
