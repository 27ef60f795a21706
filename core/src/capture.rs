//! From what the visitor does to events: scroll depth, media, forms, marked elements.
//! Deliberately not here: listening to the page, and what becomes of the events.

pub(crate) mod form;
pub(crate) mod markup;
pub(crate) mod media;
pub(crate) mod scroll;

use alloc::string::String;

use crate::json::{Map, Value};

/// An event as a capture makes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Captured {
    pub(crate) name: String,
    pub(crate) params: Map,
}

impl Captured {
    /// One whose name and whose parameters' names begin alike.
    #[inline(never)]
    fn of(kind: &str) -> Self {
        Self { name: kind.into(), params: Map::new() }
    }

    /// Adds a parameter, by what its name is beyond what the event is of.
    #[inline(never)]
    fn add(&mut self, suffix: &str, value: Value) {
        let mut name = self.name.clone();
        name.push_str(suffix);
        self.params.put(name, value);
    }

    /// Adds one that is a text, unless that is empty.
    #[inline(never)]
    fn add_text(&mut self, suffix: &str, text: &str) {
        if !text.is_empty() {
            self.add(suffix, text.into());
        }
    }
}
