//! Where a visit came from: campaign parameters, click ids, the referrer; filled up as GA4 does.

use alloc::string::String;

use crate::address::{bare, decoded, host, listed, pieces, query, split, told, until};
use crate::json::{Builder, Value};
use crate::redact::redact;

/// Click ids, each with the source and medium it stands for where no `utm_source` does.
const CLICK_IDS: &str = "\
    gclid=google=cpc&gbraid=google=cpc&wbraid=google=cpc&dclid=google=display&msclkid=bing=cpc&fbclid=facebook=social&\
    twclid=twitter=social&li_fat_id=linkedin=social&ttclid=tiktok=social&rdt_cid=reddit=social&epik=pinterest=social&\
    ScCid=snapchat=social";

/// Names of search engines as they stand in their hosts: their visitors come by `organic`.
const SEARCH_ENGINES: &str = "google bing duckduckgo yahoo ecosia baidu yandex startpage qwant";

/// What is always said of a campaign, and what stands where the address says nothing.
const FIELDS: &str = "utm_source=(direct)&utm_medium=(none)&utm_campaign=(not set)&utm_term=(not set)&utm_content=(not set)";

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
        let (landing, mut referrer) = (kept(landing, &[], true, true), told(referrer, &[]));
        if *host(&landing) == *host(&referrer) {
            referrer.clear();
        }
        Self { landing, referrer }
    }
}

/// The campaign of an [`Origin`] as a member; click ids only where `marketing` is agreed to.
pub(crate) fn write_campaign(landing: &str, referrer: &str, marketing: bool, out: &mut Builder) {
    let query = query(landing);
    let (mut source, mut medium) = ("", "");
    let mut tagged = false;
    let mut click_ids = Builder::default();
    for pair in pieces(query, b'&') {
        let (name, value) = split(pair, b'=');
        if value.is_empty() {
            continue;
        }
        if name.starts_with("utm_") {
            tagged |= listed(name, "utm_source utm_medium");
            continue;
        }
        let origin = param(CLICK_IDS, name);
        if !origin.is_empty() {
            if source.is_empty() {
                (source, medium) = split(origin, b'=');
            }
            if marketing {
                click_ids.text(name, &read(value, true));
            }
        }
    }
    if tagged {
        (source, medium) = ("", "");
    } else if source.is_empty() {
        source = host(referrer);
        if !source.is_empty() {
            medium = "referral";
        }
        for label in pieces(source, b'.') {
            if listed(label, SEARCH_ENGINES) {
                (source, medium) = (label, "organic");
            }
        }
    }
    let mut filled = Builder::default();
    out.object("campaign");
    for field in pieces(FIELDS, b'&') {
        let (tag, placeholder) = split(field, b'=');
        let (_, field) = split(tag, b'_');
        let mut text = read(param(query, tag), false);
        if text.is_empty() {
            text.push_str(source);
        }
        if text.is_empty() {
            text.push_str(placeholder);
            filled.string(field);
        }
        out.text(field, &text);
        // They are of the first two fields.
        (source, medium) = (medium, "");
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

/// The last parameter of that name that says something.
#[inline(never)]
fn param<'a>(query: &'a str, name: &str) -> &'a str {
    let mut found = "";
    for pair in pieces(query, b'&') {
        let (known, value) = split(pair, b'=');
        if !value.is_empty() && *known == *name {
            found = value;
        }
    }
    found
}

/// A parameter's text.
#[inline(never)]
fn read(value: &str, id: bool) -> String {
    let mut text = decoded(value);
    redact(&mut text, id);
    text
}

/// The address without personal data, and of its query only what these names name, `tags` that tell the origin, and click ids:
/// of those nothing is taken for personal data but an e-mail address.
#[inline(never)]
pub(crate) fn kept(url: &str, names: &[Value], tags: bool, click_ids: bool) -> String {
    let mut kept = bare(url);
    redact(&mut kept, false);
    let mut separator = '?';
    for pair in pieces(query(url), b'&') {
        let name = until(pair, b'=');
        let tag = tags && name.starts_with("utm_");
        let click_id = click_ids && !tag && !param(CLICK_IDS, name).is_empty();
        if click_id || tag || names.iter().any(|known| known.is_text(name)) {
            let mut pair = String::from(pair);
            redact(&mut pair, click_id);
            kept.push(separator);
            kept.push_str(&pair);
            separator = '&';
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Map, to_string};
    use alloc::vec::Vec;

    fn campaign(origin: &Origin, marketing: bool) -> Map {
        let mut out = Builder::default();
        out.open('{');
        write_campaign(&origin.landing, &origin.referrer, marketing, &mut out);
        out.close('}');
        let Ok(Value::Map(mut members)) = crate::json::read(&out.finish()) else { panic!("{origin:?}") };
        let Some(Value::Map(campaign)) = members.remove("campaign") else { panic!("{origin:?}") };
        campaign
    }

    fn check(landing: &str, referrer: &str, expected: [&str; 5]) {
        let campaign = campaign(&Origin::new(landing, referrer), false);
        let fields = ["source", "medium", "campaign", "term", "content"];
        let found = fields.map(|field| campaign.get(field).and_then(Value::as_str).unwrap_or_default());
        assert_eq!(found, expected, "{landing} {referrer}");
        let filled: Vec<_> =
            fields.iter().zip(expected).filter(|(_, text)| text.starts_with('(')).map(|(field, _)| Value::from(*field)).collect();
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
        assert_eq!(told(&origin.landing, &[]), "https://shop.example/");
        assert_eq!(to_string(&campaign(&origin, true).get("click_ids")), r#"{"gclid":"abc"}"#);
        assert!(campaign(&origin, false).get("click_ids").is_none());
    }
}
