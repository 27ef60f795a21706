//! Conversion maps for four kinds of business, to start from.

use crate::address::{cut, pieces, slice, until};

/// A kind of business, its macro conversion and the micro conversions that lead to it, each with the first letters of
/// its category and stage. One text, since tables of texts cost the browser more.
const PRESETS: &str = "\
    ecommerce purchase=-d view_item_list=pa view_item=pc add_to_wishlist=ec add_to_cart=pd view_cart=pd begin_checkout=pd \
    add_shipping_info=pd add_payment_info=pd generate_lead=lc sign_up=lc\n\
    saas purchase=-d view_pricing=pc video_complete=ec file_download=ec generate_lead=lc sign_up=ld start_trial=pd \
    tutorial_complete=er\n\
    lead generate_lead=-d video_complete=ea file_download=ec view_pricing=pc form_start=pd sign_up=lc\n\
    media subscribe=-d scroll=ea video_complete=ec share=ec sign_up=lc begin_checkout=pd";

/// One of them, after its name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Preset(&'static str);

impl Preset {
    pub(super) fn named(name: &str) -> Option<Self> {
        pieces(PRESETS, b'\n').filter_map(|preset| cut(preset, b' ')).find(|(known, _)| *known == name).map(|(_, events)| Self(events))
    }

    pub(super) fn micros(self) -> usize {
        pieces(self.0, b' ').count() - 1
    }

    /// The macro conversion, and texts that begin with the event's category and stage.
    pub(super) fn get(self, event: &str) -> Option<(&'static str, &'static str, &'static str)> {
        let (_, letters) = pieces(self.0, b' ').filter_map(|event| cut(event, b'=')).find(|(name, _)| *name == event)?;
        Some((until(self.0, b'='), letters, slice(letters, 1, letters.len())))
    }
}
