//! The report page at `/`: asks the reports for what one page shows and sends it as HTML.
//!
//! Rendered here, with every text escaped by the template, no script at all, and a policy that allows none.

mod amounts;
mod delivery;
mod funnel;
pub(crate) mod install;
mod tables;
mod view;

use std::sync::Arc;

use axum::extract::{Query as Pairs, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

use crate::clock::now_ms;
use crate::refusal::Refusal;
use crate::report::{self, By, ECOMMERCE, Query, Scope};
use crate::routes::App;
use view::{Asked, Shown};

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const STYLE: &str = include_str!("style.css");
const ICON: &str = include_str!("icon.svg");

/// How many refused events the page lists.
const REJECTED_SHOWN: u32 = 25;

/// Time ranges the page offers: value, label, length in ms.
const RANGES: [(&str, &str, Option<i64>); 4] = [
    ("all", "All time", None),
    ("24h", "Last 24 hours", Some(86_400_000)),
    ("7d", "Last 7 days", Some(7 * 86_400_000)),
    ("30d", "Last 30 days", Some(30 * 86_400_000)),
];

/// `GET /`
pub(crate) async fn show(State(app): State<Arc<App>>, Pairs(pairs): Pairs<Vec<(String, String)>>) -> Result<Response, Refusal> {
    let mut query = Query::new(pairs);
    let site = query.take("site")?;
    let range = query.take("range")?.unwrap_or_else(|| "all".into());
    let (steps, by, bots) = (query.take_steps()?, query.take_by()?, query.take_bots()?);
    query.finish()?;
    let (_, _, length) =
        RANGES.into_iter().find(|(value, ..)| *value == range).ok_or(Refusal::param("range", "is none of all, 24h, 7d, 30d"))?;
    let asked = Asked { site, range, from: length.map(|length| now_ms() - length), by, steps };
    let page = app.read(move |connection| {
        let sites = report::sites(connection)?;
        let Some(site) = asked.site.clone().or_else(|| sites.first().cloned()) else {
            return Ok(view::welcome());
        };
        let scope = Scope { site, from: asked.from, to: None, bots };
        let shown = Shown {
            funnel: report::funnel(connection, &scope, &asked.steps, asked.by)?,
            events: report::events(connection, &scope)?,
            delivery: report::delivery(connection, &scope, now_ms())?,
            rejected: report::rejected(connection, &scope.site, REJECTED_SHOWN)?,
        };
        Ok(view::report(&sites, &asked, &shown))
    });
    Ok(([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(page.await?.into_string())).into_response())
}

/// `GET /report.css`
pub(crate) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)
}

/// `GET /icon.svg`
pub(crate) async fn icon() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "image/svg+xml")], ICON)
}

/// The steps as the text field shows them; nothing for the usual ones.
fn steps_text(steps: &[String]) -> String {
    if steps == ECOMMERCE { String::new() } else { steps.join(", ") }
}

/// The value of `by` in the form.
fn by_text(by: By) -> &'static str {
    match by {
        By::Session => "session",
        By::Visitor => "visitor",
    }
}
