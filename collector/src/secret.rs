//! A secret that somebody configured: compared and used as a key in constant time, and never shown.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The fewest characters of a secret; `openssl rand -hex 32` makes one of 64.
const LEAST: usize = 16;

/// A secret.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// A secret without the white space around it.
    ///
    /// # Errors
    /// With a predicate, when it is too short.
    pub fn new(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.chars().count() < LEAST { Err(format!("has fewer than {LEAST} characters")) } else { Ok(Self(text.into())) }
    }

    /// Whether `given` is this secret. How long it takes says nothing of either.
    pub(crate) fn is(&self, given: &str) -> bool {
        const ANY: &[u8] = b"milepost";
        let mac = |key: &str| Some(Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok()?.chain_update(ANY));
        mac(&self.0).zip(mac(given)).is_some_and(|(mine, theirs)| theirs.verify_slice(&mine.finalize().into_bytes()).is_ok())
    }

    /// Whether `proof` is the HMAC-SHA256 of `message` under this secret, as 64 hexadecimal digits in small letters.
    pub(crate) fn proves(&self, message: &str, proof: &str) -> bool {
        let mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).ok().map(|mac| mac.chain_update(message.as_bytes()));
        mac.zip(bytes(proof)).is_some_and(|(mac, proof)| mac.verify_slice(&proof).is_ok())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret")
    }
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_the_hmac_that_other_tools_make() {
        let key = Secret::new("0123456789abcdef0123456789abcdef\n").unwrap();
        // printf 'erase\nshop\nv1' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
        let proof = "4adcce6f3cfc77dc0e88dd25734aa3e17e0a254b24c8752d0129c033043e392d";
        assert!(key.proves("erase\nshop\nv1", proof));
        for wrong in ["", "00", &proof[1..], &proof[..62], &proof.to_uppercase(), &format!("{proof}00"), &proof.replace('a', "b")] {
            assert!(!key.proves("erase\nshop\nv1", wrong), "{wrong}");
        }
        assert!(!key.proves("erase\nshop\nv2", proof));
        assert_eq!(format!("{key:?}"), "Secret");
    }

    #[test]
    fn a_secret_is_only_itself() {
        let secret = Secret::new("  a secret of some length ").unwrap();
        assert!(secret.is("a secret of some length"));
        for wrong in ["", "a secret of some lengt", "a secret of some length ", "A secret of some length"] {
            assert!(!secret.is(wrong), "{wrong:?}");
        }
        assert_eq!(Secret::new("fifteen letters").unwrap_err(), "has fewer than 16 characters");
    }
}
