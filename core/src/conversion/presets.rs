//! Conversion maps for four kinds of business, to start from.

use super::{Category, Conversion, Stage, Tier};

/// The macro conversion of a kind of business, and the micro conversions that lead to it.
#[derive(Debug, PartialEq)]
pub(super) struct Preset {
    name: &'static str,
    outcome: &'static str,
    micros: &'static [Row],
}

type Row = (&'static str, Category, Stage);

use Category::{Engagement, Lead, Process};
use Stage::{Awareness, Consideration, Decision, Retention};

const ECOMMERCE: &[Row] = &[
    ("view_item_list", Process, Awareness),
    ("view_item", Process, Consideration),
    ("add_to_wishlist", Engagement, Consideration),
    ("add_to_cart", Process, Decision),
    ("view_cart", Process, Decision),
    ("begin_checkout", Process, Decision),
    ("add_shipping_info", Process, Decision),
    ("add_payment_info", Process, Decision),
    ("generate_lead", Lead, Consideration),
    ("sign_up", Lead, Consideration),
];

const SAAS: &[Row] = &[
    ("view_pricing", Process, Consideration),
    ("video_complete", Engagement, Consideration),
    ("file_download", Engagement, Consideration),
    ("generate_lead", Lead, Consideration),
    ("sign_up", Lead, Decision),
    ("start_trial", Process, Decision),
    ("tutorial_complete", Engagement, Retention),
];

const LEAD: &[Row] = &[
    ("video_complete", Engagement, Awareness),
    ("file_download", Engagement, Consideration),
    ("view_pricing", Process, Consideration),
    ("form_start", Process, Decision),
    ("sign_up", Lead, Consideration),
];

const MEDIA: &[Row] = &[
    ("scroll", Engagement, Awareness),
    ("video_complete", Engagement, Consideration),
    ("share", Engagement, Consideration),
    ("sign_up", Lead, Consideration),
    ("begin_checkout", Process, Decision),
];

const PRESETS: &[Preset] = &[
    Preset { name: "ecommerce", outcome: "purchase", micros: ECOMMERCE },
    Preset { name: "saas", outcome: "purchase", micros: SAAS },
    Preset { name: "lead", outcome: "generate_lead", micros: LEAD },
    Preset { name: "media", outcome: "subscribe", micros: MEDIA },
];

impl Preset {
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.name == name)
    }

    pub(super) fn micros(&self) -> usize {
        self.micros.len()
    }

    pub(super) fn get(&self, event: &str) -> Option<Conversion> {
        if event == self.outcome {
            let stage = Some(Stage::Decision);
            return Some(Conversion { tier: Tier::Macro, category: None, stage, macro_name: None, primary: Some(true), worth: None });
        }
        let (_, category, stage) = *self.micros.iter().find(|(name, ..)| *name == event)?;
        let (category, stage, macro_name) = (Some(category), Some(stage), Some(self.outcome.into()));
        Some(Conversion { tier: Tier::Micro, category, stage, macro_name, primary: None, worth: None })
    }
}
