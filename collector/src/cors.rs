//! Which pages may send, and the headers that let them read the answer.
//!
//! Browsers send `text/plain` from any page without asking, so an unlisted origin is refused by the collector
//! itself, before the body is read. A request without an `Origin` doesn't come from a page's script and passes.
//! `fetch` needs the exact origin to read the answer; credentials are never allowed, since the collector reads and
//! sets no cookie. A beacon with plain text is sent in `no-cors` mode, where `Cross-Origin-Resource-Policy` decides
//! (<https://w3c.github.io/beacon/#sendbeacon-method>). Reports and the page have neither: other origins can't read them.

use std::collections::HashSet;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::refusal::Refusal;

/// How long a browser may remember the answer to a preflight, in seconds: the most that Chromium honours.
const PREFLIGHT_AGE: &str = "7200";

/// The origins that may send; none listed means any.
#[derive(Debug, Clone)]
pub(crate) struct Origins(Arc<HashSet<String>>);

impl Origins {
    pub(crate) fn new(listed: Vec<String>) -> Self {
        Self(Arc::new(listed.into_iter().collect()))
    }

    fn admit(&self, origin: &HeaderValue) -> bool {
        self.0.is_empty() || origin.to_str().is_ok_and(|origin| self.0.contains(origin))
    }
}

/// Wraps a route that pages send to.
pub(crate) async fn guard(State(origins): State<Origins>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let mut response = match &origin {
        Some(origin) if !origins.admit(origin) => Refusal::OriginRefused.into_response(),
        _ if request.method() == Method::OPTIONS => preflight(),
        _ => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin.filter(|origin| origins.admit(origin)) {
        admit(headers, origin);
    }
    response
}

fn preflight() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type"),
        (header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_AGE),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

fn admit(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Retry-After"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
}
