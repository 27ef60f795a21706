//! The page at `/install`: what to put on a page, with the site's name and this collector's address filled in.
//!
//! No script here either: a click on a snippet selects all of it.

use axum::extract::Query as Pairs;
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, html};

use super::{POLICY, view};
use crate::assets::Assets;
use crate::refusal::Refusal;
use crate::report::Query;

/// Longest address that is taken, bytes.
const LONGEST_ADDRESS: usize = 200;

/// `GET /install`
pub(crate) fn show(assets: &Assets, request: &HeaderMap, Pairs(pairs): Pairs<Vec<(String, String)>>) -> Result<Response, Refusal> {
    let mut query = Query::new(pairs);
    let site = query.take("site")?.unwrap_or_else(|| "shop".into());
    let collector = query.take("collector")?.unwrap_or_else(|| own_address(request));
    query.finish()?;
    let named = (1..=64).contains(&site.len()) && site.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    if !named {
        return Err(Refusal::param("site", "is not 1 to 64 letters, digits, dots, hyphens and underscores"));
    }
    let collector = collector.trim_end_matches('/');
    if !is_address(collector) {
        return Err(Refusal::param("collector", "is no address such as https://collect.example.com"));
    }
    let page = view::frame("Install \u{b7} Milepost", &content(&site, collector, assets.text("early-stub.js").as_deref()));
    Ok(([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(page.into_string())).into_response())
}

/// Keeps calls with their times until the tag is there.
const STUB: &str = "window.milepost=window.milepost||function(){(milepost.q=milepost.q||[]).push([Date.now(),arguments])};";

/// The snippet for a page.
pub(super) fn snippet(site: &str, collector: &str) -> String {
    snippet_with(STUB, site, collector)
}

/// Site and address are of characters that mean nothing in markup and in JavaScript.
fn snippet_with(stub: &str, site: &str, collector: &str) -> String {
    format!(
        r#"<script>{stub}
milepost("init",{{site:"{site}",collector:"{collector}",conversions:"ecommerce"}});</script>
<script async src="{collector}/milepost.js"></script>"#
    )
}

/// As the visitor of this page reached it; TLS ends at a proxy, so a name that others can see is taken to have it.
fn own_address(request: &HeaderMap) -> String {
    let host = request.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let local = name == "localhost" || name == "[::1]" || name.starts_with("127.");
    let address = format!("{}://{host}", if local { "http" } else { "https" });
    if is_address(&address) { address } else { "https://collect.example.com".into() }
}

fn is_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_~:/[]".contains(&byte);
    !rest.is_empty() && !rest.starts_with('/') && text.len() <= LONGEST_ADDRESS && rest.bytes().all(plain)
}

fn content(site: &str, collector: &str, early_stub: Option<&str>) -> Markup {
    let npm = format!(
        "import {{ createTracker }} from \"milepost\";\n\nconst tracker = createTracker({{ site: \"{site}\", collector: \"{collector}\", conversions: \"ecommerce\" }});"
    );
    let policy = format!("script-src 'nonce-…' 'wasm-unsafe-eval' {collector}; connect-src {collector}");
    html! {
        form.choose method="get" action="/install" {
            label { span { "Site" } input name="site" value=(site) pattern="[A-Za-z0-9_.\\-]{1,64}" required spellcheck="false" autocomplete="off"; }
            label.steps { span { "Address of this collector" } input name="collector" type="url" value=(collector) required spellcheck="false" autocomplete="off"; }
            button type="submit" { "Fill in" }
        }
        (card("On a page", "Into the head of every page, before other scripts. A click selects it all.", &snippet(site, collector)))
        (card("Once the visitor agreed", "Nothing is stored or sent before, unless the law needs no consent where your visitors are.", r#"milepost("setConsent", { analytics: "granted", marketing: "denied" });"#))
        @if let Some(stub) = early_stub {
            (card("On a page that visitors may leave at once", "In place of the first one: what was tracked with consent before milepost.js has come is kept for their next page.", &snippet_with(stub.trim_end(), site, collector)))
        }
        (card("With a bundler", "npm install milepost; then, once for the whole page:", &npm))
        (card("With a content security policy", "What the policy must have besides your own; the nonce goes on both scripts of the snippet, too.", &policy))
    }
}

fn card(title: &str, about: &str, code: &str) -> Markup {
    html! {
        section.card {
            header.card-head { h2 { (title) } p { (about) } }
            pre.copy tabindex="0" { (code) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_nothing_that_ends_a_string_or_a_tag() {
        for good in ["https://collect.example.com", "http://127.0.0.1:8787", "https://example.com/stats", "http://[::1]:8787"] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "https://",
            "https:///x",
            "ftp://x",
            "javascript:alert(1)",
            "https://x\"",
            "https://x'y",
            "https://x<y",
            "https://x\\y",
            "https://x?y",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
