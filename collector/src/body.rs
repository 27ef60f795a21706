//! Reads a request's body within its limits and unpacks gzip. What the bytes mean is `intake`'s work.

use std::io::Read;
use std::time::Duration;

use axum::body::{Body, Bytes};
use flate2::read::MultiGzDecoder;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::refusal::Refusal;

/// A header would cost the sender a preflight, so gzip is known by how it begins (RFC 1952, 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Takes the whole body, if it has at most `limit` bytes and comes within `wait`.
pub(crate) async fn receive(body: Body, limit: usize, wait: Duration) -> Result<Bytes, Refusal> {
    match tokio::time::timeout(wait, Limited::new(body, limit).collect()).await {
        Err(_) => Err(Refusal::BodySlow),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Refusal::BodyTooLarge(limit)),
        Ok(Err(_)) => Err(Refusal::BodyBroken),
        Ok(Ok(body)) => Ok(body.to_bytes()),
    }
}

/// Unpacks what begins like gzip, and stops at `limit` bytes: a bomb costs no more than that.
pub(crate) fn unpack(body: Bytes, limit: usize) -> Result<Bytes, Refusal> {
    if !body.starts_with(&GZIP) {
        return if body.len() > limit { Err(Refusal::BodyTooLarge(limit)) } else { Ok(body) };
    }
    let mut plain = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    MultiGzDecoder::new(body.as_ref()).take(most).read_to_end(&mut plain).map_err(|_| Refusal::GzipInvalid)?;
    if plain.len() > limit { Err(Refusal::BodyTooLarge(limit)) } else { Ok(plain.into()) }
}
