//! From what the visitor does to events: scroll depth, media, forms, marked elements.
//! Deliberately not here: listening to the page, and what becomes of the events.

pub(crate) mod form;
pub(crate) mod markup;
pub(crate) mod media;
pub(crate) mod scroll;

use alloc::string::String;

use crate::json::Map;

/// An event as a capture makes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Captured {
    pub(crate) name: String,
    pub(crate) params: Map,
}
