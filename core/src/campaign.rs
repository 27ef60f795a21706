//! Where a visit came from: campaign parameters, click ids, the referrer; filled up as GA4 does.

use alloc::string::String;

use crate::address::{cut, decoded, host, pieces, query, told, until};
use crate::json::Builder;
use crate::redact::redact;

/// Click ids, each with the source and medium it stands for where no `utm_source` does.
const CLICK_IDS: &str = "\
    gclid=google=cpc gbraid=google=cpc wbraid=google=cpc dclid=google=display msclkid=bing=cpc fbclid=facebook=social \
    twclid=twitter=social li_fat_id=linkedin=social ttclid=tiktok=social rdt_cid=reddit=social epik=pinterest=social \
    ScCid=snapchat=social";

/// Names of search engines as they stand in their hosts: their visitors come by `organic`.
const SEARCH_ENGINES: &str = "google bing duckduckgo yahoo ecosia baidu yandex startpage qwant";

/// What is always said of a campaign, and what stands where the address says nothing.
const FIELDS: [(&str, &str); 5] =
    [("source", "(direct)"), ("medium", "(none)"), ("campaign", "(not set)"), ("term", "(not set)"), ("content", "(not set)")];

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
        Self { landing: kept(landing, true), referrer: if foreign { told(referrer, &[]) } else { String::new() } }
    }

    /// The landing address as it may be kept: click ids only where `marketing` is agreed to.
    pub(crate) fn kept(&self, marketing: bool) -> String {
        kept(&self.landing, marketing)
    }

    /// The first page's bare address.
    pub(crate) fn page(&self) -> String {
        told(&self.landing, &[])
    }

    /// The campaign as a member; click ids only where `marketing` is agreed to.
    pub(crate) fn write_campaign(&self, marketing: bool, out: &mut Builder) {
        let mut found = [""; 5];
        let mut derived = ("", "");
        let mut click_ids = Builder::default();
        for pair in pieces(query(&self.landing), b'&') {
            let Some((name, value)) = cut(pair, b'=') else { continue };
            if value.is_empty() {
                continue;
            }
            if let Some(origin) = click_origin(name) {
                if derived.0.is_empty() {
                    derived = origin;
                }
                if marketing {
                    let mut value = decoded(value);
                    redact(&mut value, true);
                    click_ids.text(name, &value);
                }
            } else if let Some(field) = name.strip_prefix("utm_")
                && let Some((_, slot)) = FIELDS.iter().zip(&mut found).find(|((known, _), _)| *known == field)
            {
                *slot = value;
            }
        }
        let host = host(&self.referrer);
        let [source, medium, ..] = found;
        if !source.is_empty() || !medium.is_empty() {
            derived = ("", "");
        } else if derived.0.is_empty() {
            derived = referred(&host);
        }
        let derived = [derived.0, derived.1, "", "", ""];
        out.object("campaign");
        let mut filled = Builder::default();
        for (((field, placeholder), value), derived) in FIELDS.iter().zip(found).zip(derived) {
            let mut value = decoded(value);
            redact(&mut value, false);
            match (value.as_str(), derived) {
                ("", "") => {
                    out.text(field, placeholder);
                    filled.string(field);
                }
                ("", derived) => out.text(field, derived),
                (value, _) => out.text(field, value),
            }
        }
        let filled = filled.finish();
        if !filled.is_empty() {
            out.name("filled");
            out.open('[');
            out.raw(&filled);
            out.close(']');
        }
        let click_ids = click_ids.finish();
        if !click_ids.is_empty() {
            out.object("click_ids");
            out.raw(&click_ids);
            out.close('}');
        }
        out.close('}');
    }
}

/// The source and medium that a referrer's host stands for.
fn referred(host: &str) -> (&str, &str) {
    match pieces(SEARCH_ENGINES, b' ').find(|engine| pieces(host, b'.').any(|label| label == *engine)) {
        Some(engine) => (engine, "organic"),
        None if host.is_empty() => ("", ""),
        None => (host, "referral"),
    }
}

/// Of the query only what tells the origin; of click ids nothing is taken for personal data but an e-mail address.
fn kept(landing: &str, click_ids: bool) -> String {
    let mut kept = told(landing, &[]);
    let mut separator = '?';
    for pair in pieces(query(landing), b'&') {
        let name = until(pair, b'=');
        let click_id = click_origin(name).is_some();
        if name.starts_with("utm_") || (click_ids && click_id) {
            let mut pair = String::from(pair);
            redact(&mut pair, click_id);
            kept.push(separator);
            kept.push_str(&pair);
            separator = '&';
        }
    }
    kept
}

/// The source and medium that a click id stands for.
#[inline(never)]
fn click_origin(name: &str) -> Option<(&'static str, &'static str)> {
    let (_, origin) = pieces(CLICK_IDS, b' ').filter_map(|row| cut(row, b'=')).find(|(id, _)| *id == name)?;
    cut(origin, b'=')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Map, Value, read, to_string};
    use alloc::vec::Vec;

    fn campaign(origin: &Origin, marketing: bool) -> Map {
        let mut out = Builder::default();
        out.open('{');
        origin.write_campaign(marketing, &mut out);
        out.close('}');
        let Ok(Value::Map(mut members)) = read(&out.finish()) else { panic!("{origin:?}") };
        let Some(Value::Map(campaign)) = members.remove("campaign") else { panic!("{origin:?}") };
        campaign
    }

    fn check(landing: &str, referrer: &str, expected: [&str; 5]) {
        let campaign = campaign(&Origin::new(landing, referrer), false);
        let found = FIELDS.map(|(field, _)| campaign.get(field).and_then(Value::as_str).unwrap_or_default());
        assert_eq!(found, expected, "{landing} {referrer}");
        let filled: Vec<_> =
            FIELDS.iter().zip(expected).filter(|(_, text)| text.starts_with('(')).map(|((field, _), _)| Value::from(*field)).collect();
        assert_eq!(campaign.get("filled").cloned(), (!filled.is_empty()).then_some(Value::List(filled)));
        assert!(campaign.get("click_ids").is_none());
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
        assert_eq!(to_string(&campaign(&origin, true).get("click_ids")), r#"{"gclid":"abc"}"#);
        assert!(campaign(&origin, false).get("click_ids").is_none());
    }
}
