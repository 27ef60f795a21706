//! Conversion maps for four kinds of business, to start from.

use crate::address::{cut, pieces, split};
use crate::json::{Map, read_or_null};

/// A kind of business, its macro conversion and the micro conversions that lead to it, each after the first letters of
/// its category and stage. One text, since tables of texts cost the browser more.
const PRESETS: &str = "\
    ecommerce purchase pa=view_item_list pc=view_item ec=add_to_wishlist pd=add_to_cart pd=view_cart pd=begin_checkout \
    pd=add_shipping_info pd=add_payment_info lc=generate_lead lc=sign_up\n\
    saas purchase pc=view_pricing ec=video_complete ec=file_download lc=generate_lead ld=sign_up pd=start_trial \
    er=tutorial_complete\n\
    lead generate_lead ea=video_complete ec=file_download pc=view_pricing pd=form_start lc=sign_up\n\
    media subscribe ea=scroll ec=video_complete ec=share lc=sign_up pd=begin_checkout";

/// Categories and stages: each begins with another letter.
const WORDS: &str = "process engagement lead awareness consideration decision retention";

/// What the macro conversion of a preset is.
const OUTCOME: &str = r#"{"tier":"macro","stage":"decision","primary":true}"#;

/// The definitions of a preset, by event, as a site would write them.
pub(super) fn preset(name: &str) -> Option<Map> {
    let (_, events) = pieces(PRESETS, b'\n').filter_map(|preset| cut(preset, b' ')).find(|(known, _)| **known == *name)?;
    let (outcome, steps) = split(events, b' ');
    let mut definitions = Map::new();
    definitions.insert(outcome, read_or_null(OUTCOME));
    for step in pieces(steps, b' ') {
        let (letters, event) = split(step, b'=');
        let mut definition = Map::new();
        definition.insert("tier", "micro");
        definition.insert("category", word(letters, 0));
        definition.insert("stage", word(letters, 1));
        definition.insert("macro", outcome);
        definitions.insert(event, definition);
    }
    Some(definitions)
}

fn word(letters: &str, at: usize) -> &'static str {
    pieces(WORDS, b' ').find(|word| word.as_bytes().first() == letters.as_bytes().get(at)).unwrap_or_default()
}
