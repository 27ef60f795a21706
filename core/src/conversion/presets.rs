//! Conversion maps for four kinds of business, to start from.

use super::{Category, Conversion, Stage, Tier};
use crate::address::{cut, pieces, until};

/// A kind of business, its macro conversion and the micro conversions that lead to it, each with the first letters of
/// its category and stage. One text, since tables of texts cost the browser more.
const PRESETS: &str = "\
    ecommerce purchase view_item_list=pa view_item=pc add_to_wishlist=ec add_to_cart=pd view_cart=pd begin_checkout=pd \
    add_shipping_info=pd add_payment_info=pd generate_lead=lc sign_up=lc\n\
    saas purchase view_pricing=pc video_complete=ec file_download=ec generate_lead=lc sign_up=ld start_trial=pd \
    tutorial_complete=er\n\
    lead generate_lead video_complete=ea file_download=ec view_pricing=pc form_start=pd sign_up=lc\n\
    media subscribe scroll=ea video_complete=ec share=ec sign_up=lc begin_checkout=pd";

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Preset(&'static str);

impl Preset {
    pub(super) fn named(name: &str) -> Option<Self> {
        pieces(PRESETS, b'\n').find(|preset| until(preset, b' ') == name).map(Self)
    }

    pub(super) fn micros(self) -> usize {
        self.0.bytes().filter(|byte| *byte == b'=').count()
    }

    pub(super) fn get(self, event: &str) -> Option<Conversion> {
        let (outcome, micros) = cut(cut(self.0, b' ')?.1, b' ')?;
        if event == outcome {
            let stage = Some(Stage::Decision);
            return Some(Conversion { tier: Tier::Macro, category: None, stage, macro_name: None, primary: Some(true), worth: None });
        }
        let letters = pieces(micros, b' ').filter_map(|micro| cut(micro, b'=')).find(|(name, _)| *name == event)?.1.as_bytes();
        let category = Category::ALL.into_iter().find(|category| category.as_str().as_bytes().first() == letters.first());
        let stage = Stage::ALL.into_iter().find(|stage| stage.as_str().as_bytes().first() == letters.get(1));
        Some(Conversion { tier: Tier::Micro, category, stage, macro_name: Some(outcome.into()), primary: None, worth: None })
    }
}
