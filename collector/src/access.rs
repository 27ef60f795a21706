//! The token that guards reports, export and erasure: as a bearer token, or as the password of a browser's own login.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::refusal::Refusal;
use crate::routes::App;

/// Wraps routes that are open as long as there is no token, so that one can look around on one's own machine.
pub(crate) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if app.token.is_none() || admits(&app, request.headers()) { next.run(request).await } else { Refusal::TokenNeeded.into_response() }
}

/// Wraps routes that nobody may use without a token.
pub(crate) async fn strict_guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    match app.token {
        None => Refusal::TokenUnset.into_response(),
        Some(_) if admits(&app, request.headers()) => next.run(request).await,
        Some(_) => Refusal::TokenNeeded.into_response(),
    }
}

fn admits(app: &App, headers: &HeaderMap) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(token);
    app.token.as_ref().zip(given).is_some_and(|(token, given)| token.is(&given))
}

/// The schemes are those of RFC 6750, 2.1, and RFC 7617, 2; of the second only the password counts.
fn token(authorization: &str) -> Option<String> {
    let (scheme, rest) = authorization.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().into());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
    pair.split_once(':').map(|(_, password)| password.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_as_bearer_or_as_password() {
        let cases = [
            ("Bearer a-token", Some("a-token")),
            ("bearer a-token", Some("a-token")),
            ("Basic YW55b25lOmEtdG9rZW4=", Some("a-token")),
            ("Basic OmE6YjpjPz4/", Some("a:b:c?>?")),
            ("Basic YW55b25l", None),
            ("Basic YW55b2-l", None),
            ("Basic /w==", None),
            ("Digest a-token", None),
            ("a-token", None),
            ("", None),
        ];
        for (header, expected) in cases {
            assert_eq!(token(header).as_deref(), expected, "{header}");
        }
    }
}
