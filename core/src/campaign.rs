//! Where a visit came from: campaign parameters, click ids, the referrer; filled up as GA4 does.

use alloc::string::String;

use crate::address::{bare, cut, host, parameters, pieces, query};
use crate::wire::Campaign;

/// Click ids and the source and medium they stand for where no `utm_source` does.
const CLICK_IDS: &[(&str, &str, &str)] = &[
    ("gclid", "google", "cpc"),
    ("gbraid", "google", "cpc"),
    ("wbraid", "google", "cpc"),
    ("dclid", "google", "display"),
    ("msclkid", "bing", "cpc"),
    ("fbclid", "facebook", "social"),
    ("twclid", "twitter", "social"),
    ("li_fat_id", "linkedin", "social"),
    ("ttclid", "tiktok", "social"),
    ("rdt_cid", "reddit", "social"),
    ("epik", "pinterest", "social"),
    ("ScCid", "snapchat", "social"),
];

/// Names of search engines as they stand in their hosts: their visitors come by `organic`.
const SEARCH_ENGINES: &[&str] = &["google", "bing", "duckduckgo", "yahoo", "ecosia", "baidu", "yandex", "startpage", "qwant"];

/// The two addresses a visit's origin is read from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The first page with its campaign parameters and click ids, and no others.
    pub(crate) landing: String,
    /// The page before it, bare; empty when it was of the same host.
    pub(crate) referrer: String,
}

impl Origin {
    pub(crate) fn new(landing: &str, referrer: &str) -> Self {
        let foreign = host(referrer) != host(landing);
        Self { landing: kept(landing, true), referrer: if foreign { bare(referrer) } else { String::new() } }
    }

    /// The landing address as it may be kept: click ids only where `marketing` is agreed to.
    pub(crate) fn kept(&self, marketing: bool) -> String {
        kept(&self.landing, marketing)
    }

    /// The first page's bare address.
    pub(crate) fn page(&self) -> String {
        bare(&self.landing)
    }

    /// The campaign; click ids only where `marketing` is agreed to.
    pub(crate) fn campaign(&self, marketing: bool) -> Campaign {
        let mut found = Campaign::default();
        let mut derived = None;
        for (name, value) in parameters(&self.landing) {
            if value.is_empty() {
                continue;
            }
            if let Some((_, source, medium)) = CLICK_IDS.iter().find(|(id, ..)| *id == name) {
                derived = derived.or(Some((String::from(*source), *medium)));
                if marketing {
                    found.click_ids.insert(name, value);
                }
                continue;
            }
            let slot = match name {
                "utm_source" => &mut found.source,
                "utm_medium" => &mut found.medium,
                "utm_campaign" => &mut found.campaign,
                "utm_term" => &mut found.term,
                "utm_content" => &mut found.content,
                _ => continue,
            };
            *slot = value;
        }
        if found.source.is_empty()
            && found.medium.is_empty()
            && let Some((source, medium)) = derived.or_else(|| self.referred())
        {
            found.source = source;
            found.medium = medium.into();
        }
        fill(&mut found);
        found
    }

    fn referred(&self) -> Option<(String, &'static str)> {
        let host = host(&self.referrer);
        let engine = SEARCH_ENGINES.iter().find(|engine| pieces(&host, b'.').any(|label| label == **engine));
        match engine {
            Some(engine) => Some(((*engine).into(), "organic")),
            None => (!host.is_empty()).then_some((host, "referral")),
        }
    }
}

fn kept(landing: &str, click_ids: bool) -> String {
    let mut kept = bare(landing);
    let mut separator = '?';
    for pair in pieces(query(landing), b'&') {
        let name = cut(pair, b'=').map_or("", |(name, _)| name);
        if name.starts_with("utm_") || (click_ids && is_click_id(name)) {
            kept.push(separator);
            kept.push_str(pair);
            separator = '&';
        }
    }
    kept
}

fn is_click_id(name: &str) -> bool {
    CLICK_IDS.iter().any(|(id, ..)| *id == name)
}

fn fill(campaign: &mut Campaign) {
    let Campaign { source, medium, campaign: name, term, content, filled, .. } = campaign;
    for (field, slot, placeholder) in [
        ("source", source, "(direct)"),
        ("medium", medium, "(none)"),
        ("campaign", name, "(not set)"),
        ("term", term, "(not set)"),
        ("content", content, "(not set)"),
    ] {
        if slot.is_empty() {
            *slot = placeholder.into();
            filled.push(field.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(landing: &str, referrer: &str, expected: [&str; 5]) {
        let campaign = Origin::new(landing, referrer).campaign(false);
        assert_eq!(
            [&campaign.source, &campaign.medium, &campaign.campaign, &campaign.term, &campaign.content],
            expected,
            "{landing} {referrer}"
        );
        assert_eq!(campaign.filled.len(), expected.iter().filter(|text| text.starts_with('(')).count());
        assert!(campaign.click_ids.is_empty());
    }

    #[test]
    fn source_and_medium_are_always_there() {
        let none = "(not set)";
        check("https://shop.example/", "", ["(direct)", "(none)", none, none, none]);
        check("https://shop.example/b", "https://shop.example/a", ["(direct)", "(none)", none, none, none]);
        check("https://shop.example/", "https://www.google.co.uk/search?q=x", ["google", "organic", none, none, none]);
        check("https://shop.example/", "https://blog.example/post?id=1", ["blog.example", "referral", none, none, none]);
        check("https://shop.example/?gclid=abc", "https://www.google.com/", ["google", "cpc", none, none, none]);
        check(
            "https://shop.example/?utm_source=news&utm_medium=email&utm_campaign=May%20sale&utm_term=mug&utm_content=top&fbclid=x",
            "https://mail.example/",
            ["news", "email", "May sale", "mug", "top"],
        );
        check("https://shop.example/?utm_source=news", "https://mail.example/", ["news", "(none)", none, none, none]);
    }

    #[test]
    fn click_ids_need_marketing_consent_and_nothing_else_of_the_query_is_kept() {
        let origin = Origin::new("https://shop.example/?gclid=abc&email=me@home.example&utm_source=x#frag", "");
        assert_eq!(origin.landing, "https://shop.example/?gclid=abc&utm_source=x");
        assert_eq!(origin.page(), "https://shop.example/");
        assert_eq!(origin.campaign(true).click_ids.get("gclid").and_then(|id| id.as_str()), Some("abc"));
        assert!(origin.campaign(false).click_ids.is_empty());
    }
}
