//! JSON in and out, small enough for the browser: numbers keep their text, so that no value passes through a float.
//! Deliberately not here: pretty printing, streaming, and what an object means.

mod build;
mod error;
#[cfg(feature = "decode")]
mod from_value;
mod read;
mod value;
mod write;

pub(crate) use build::Builder;
pub use error::DecodeError;
#[cfg(feature = "decode")]
pub use from_value::from_value;
pub use read::{ReadError, read, read_or_null};
pub use value::{Map, Number, Value};
pub use write::to_string;
pub(crate) use write::{integer, natural};

/// Name of the serde newtype whose text is written as a number, without quotes.
pub(crate) const NUMBER_TOKEN: &str = "$number";
