//! Conversion maps for four kinds of business, to start from.

use super::{Category, Conversion, ConversionMap, Stage, Tier};

use Category::{Engagement, Lead, Process};
use Stage::{Awareness, Consideration, Decision, Retention};

type Row = (&'static str, Category, Stage);

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

pub(super) fn preset(name: &str) -> Option<ConversionMap> {
    let (outcome, rows) = match name {
        "ecommerce" => ("purchase", ECOMMERCE),
        "saas" => ("purchase", SAAS),
        "lead" => ("generate_lead", LEAD),
        "media" => ("subscribe", MEDIA),
        _ => return None,
    };
    let outcome_row =
        Conversion { tier: Tier::Macro, category: None, stage: Some(Decision), macro_name: None, primary: Some(true), worth: None };
    let micro = |(event, category, stage): &Row| {
        let conversion = Conversion {
            tier: Tier::Micro,
            category: Some(*category),
            stage: Some(*stage),
            macro_name: Some(outcome.into()),
            primary: None,
            worth: None,
        };
        ((*event).into(), conversion)
    };
    Some(ConversionMap(core::iter::once((outcome.into(), outcome_row)).chain(rows.iter().map(micro)).collect()))
}
