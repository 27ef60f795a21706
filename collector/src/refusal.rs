//! The one error type of the HTTP side: what was refused, and the answer that says so.
//! Codes are answered; causes inside the collector are only logged.

use std::borrow::Cow;
use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use milepost_core::wire::EnvelopeError;
use serde_json::json;

use crate::store::{StoreError, retry_after};

/// Why a request got no proper answer.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The batch's envelope can't be read.
    Envelope(EnvelopeError),
    /// The body is longer than this many bytes, as sent or unpacked.
    BodyTooLarge(usize),
    /// The body begins like gzip, but isn't.
    GzipInvalid,
    /// The body took too long.
    BodySlow,
    /// The body broke off.
    BodyBroken,
    /// The body of a request other than a batch is no JSON.
    NotJson,
    /// Such a body lacks this field, or it isn't text.
    FieldMissing(&'static str),
    /// Pages of this origin may not send here.
    OriginRefused,
    /// The proof that a visitor may be erased isn't right.
    EraseForbidden,
    /// Only who has the token may ask for this.
    TokenNeeded,
    /// Only who has the token may ask for this, and there is none.
    TokenUnset,
    /// A query parameter is needed.
    ParamMissing(&'static str),
    /// No such query parameter.
    ParamUnknown(String),
    /// A query parameter's value makes no sense.
    ParamInvalid { name: &'static str, why: &'static str },
    /// No such path.
    NotFound(Cow<'static, str>),
    /// The path exists, the method doesn't.
    MethodNotAllowed,
    /// The collector was asked to stop.
    Draining,
    /// The store can't take or give anything now.
    Store(StoreError),
    /// Part of the collector itself failed.
    Internal,
}

impl Refusal {
    /// A query parameter that `why` (a predicate like "is given twice").
    pub(crate) fn param(name: &'static str, why: &'static str) -> Self {
        Self::ParamInvalid { name, why }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Envelope(_) | Self::GzipInvalid | Self::BodyBroken | Self::NotJson | Self::FieldMissing(_) => StatusCode::BAD_REQUEST,
            Self::ParamMissing(_) | Self::ParamUnknown(_) | Self::ParamInvalid { .. } => StatusCode::BAD_REQUEST,
            Self::BodyTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodySlow => StatusCode::REQUEST_TIMEOUT,
            Self::OriginRefused | Self::EraseForbidden | Self::TokenUnset => StatusCode::FORBIDDEN,
            Self::TokenNeeded => StatusCode::UNAUTHORIZED,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Draining | Self::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Envelope(error) => error.code(),
            Self::BodyTooLarge(_) => "body_too_large",
            Self::GzipInvalid => "gzip_invalid",
            Self::BodySlow => "body_slow",
            Self::BodyBroken => "body_broken",
            Self::NotJson => "not_json",
            Self::FieldMissing(_) => "field_missing",
            Self::OriginRefused => "origin_refused",
            Self::EraseForbidden => "erase_forbidden",
            Self::TokenNeeded => "token_needed",
            Self::TokenUnset => "token_unset",
            Self::ParamMissing(_) => "param_missing",
            Self::ParamUnknown(_) => "param_unknown",
            Self::ParamInvalid { .. } => "param_invalid",
            Self::NotFound(_) => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Draining => "draining",
            Self::Store(StoreError::QueueFull) => "queue_full",
            Self::Store(StoreError::Busy) => "store_busy",
            Self::Store(StoreError::Full) => "store_full",
            Self::Store(StoreError::Unavailable(_) | StoreError::NewerVersion(_)) => "store_unavailable",
            Self::Internal => "internal",
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Draining => Some(Duration::from_secs(1)),
            Self::Store(error) => Some(retry_after(error)),
            _ => None,
        }
    }

    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::Envelope(error) => error.to_string().into(),
            Self::BodyTooLarge(limit) => format!("the body has more than {limit} bytes").into(),
            Self::GzipInvalid => "the body begins like gzip, but can't be unpacked".into(),
            Self::BodySlow => "the body took too long".into(),
            Self::BodyBroken => "the body broke off".into(),
            Self::NotJson => "the body is no JSON".into(),
            Self::FieldMissing(name) => format!("the body needs the text field `{name}`").into(),
            Self::EraseForbidden => "this proof doesn't allow to erase this visitor".into(),
            Self::TokenNeeded => "this needs the collector's token".into(),
            Self::TokenUnset => "this collector was started without a token, and nobody may do this without one".into(),
            Self::OriginRefused => "pages of this origin may not send to this collector".into(),
            Self::ParamMissing(name) => format!("the query parameter `{name}` is needed").into(),
            Self::ParamUnknown(name) => format!("there is no query parameter {name:?}").into(),
            Self::ParamInvalid { name, why } => format!("the query parameter `{name}` {why}").into(),
            Self::NotFound(what) => what.clone(),
            Self::MethodNotAllowed => "this path takes another method".into(),
            Self::Draining => "the collector is about to stop".into(),
            Self::Store(_) => "nothing was stored; try again later".into(),
            Self::Internal => "the collector failed".into(),
        }
    }
}

impl From<EnvelopeError> for Refusal {
    fn from(error: EnvelopeError) -> Self {
        Self::Envelope(error)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = Json(json!({ "error": { "code": self.code(), "message": self.message() } }));
        let mut response = (self.status(), body).into_response();
        if let Some(wait) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().into());
        }
        if matches!(self, Self::TokenNeeded) {
            // A browser asks for the token then, as the password of whatever name.
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"Milepost\", charset=\"UTF-8\""));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_asked_to_come_back_is_told_when() {
        let stores = [StoreError::QueueFull, StoreError::Busy, StoreError::Full, StoreError::Unavailable(String::new())];
        let refusals = stores.map(Refusal::Store).into_iter().chain([Refusal::Draining]);
        for refusal in refusals {
            let response = refusal.into_response();
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
            let seconds: u64 = response.headers()[header::RETRY_AFTER].to_str().unwrap().parse().unwrap();
            assert!((1..=60).contains(&seconds));
        }
        assert!(!Refusal::Internal.into_response().headers().contains_key(header::RETRY_AFTER));
    }
}
