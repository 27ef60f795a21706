//! Batches without personal data, whoever sent them: for a collector, which hears of clients that don't look themselves.
//! Deliberately not here: what addresses may keep of their query, which only the site's own options say.

use alloc::string::String;

use super::{redact, redact_value};
use crate::json::{Value, read, to_string};
use crate::wire::{Batch, Rejected};

/// Redacts a batch that was decoded. Doing so again changes nothing.
pub fn batch(batch: &mut Batch) {
    if let Some(user) = &mut batch.user
        && redact(user, true)
    {
        batch.user = None;
    }
    text(&mut batch.engine);
    text(&mut batch.session.landing);
    if let Some(campaign) = &mut batch.campaign {
        let parts = [&mut campaign.source, &mut campaign.medium, &mut campaign.campaign, &mut campaign.term, &mut campaign.content];
        parts.into_iter().chain(&mut campaign.filled).for_each(text);
        for (_, id) in campaign.click_ids.iter_mut() {
            if let Value::String(id) = id {
                redact(id, true);
            }
        }
    }
    if let Some(device) = &mut batch.device {
        [&mut device.class, &mut device.language, &mut device.screen, &mut device.viewport].into_iter().for_each(text);
    }
    for page in &mut batch.pages {
        [&mut page.url, &mut page.title, &mut page.referrer].into_iter().for_each(text);
    }
    for event in &mut batch.events {
        for (name, value) in event.params.iter_mut() {
            redact_value(name, value, None);
        }
        event.conversion.iter_mut().filter_map(|conversion| conversion.macro_name.as_mut()).for_each(text);
    }
}

/// Redacts what is told of an event that the schema refuses.
pub fn rejected(event: &mut Rejected) {
    event.name.iter_mut().chain(&mut event.param).for_each(text);
    match read(&event.raw) {
        Ok(mut value) => {
            redact_value("", &mut value, None);
            event.raw = to_string(&value);
        }
        Err(_) => text(&mut event.raw),
    }
}

fn text(text: &mut String) {
    redact(text, false);
}
