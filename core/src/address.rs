//! Addresses of pages: what of them may be told, and their parameters.

use alloc::string::String;

/// The address without query and fragment, which may hold personal data, and without user and password.
pub(crate) fn bare(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let url = url.get(..end).unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else { return url.into() };
    let authority = rest.find('/').unwrap_or(rest.len());
    let from = rest.get(..authority).and_then(|authority| authority.rfind('@')).map_or(0, |at| at + 1);
    let mut bare: String = scheme.into();
    bare.push_str("://");
    bare.push_str(rest.get(from..).unwrap_or_default());
    bare
}

/// The host without port, lower case; empty when there is none.
pub(crate) fn host(url: &str) -> String {
    let bare = bare(url);
    let rest = bare.split_once("://").map_or("", |(_, rest)| rest);
    let end = rest.find(['/', ':']).unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default().to_ascii_lowercase()
}

/// The parameters of an address, decoded.
pub(crate) fn parameters(url: &str) -> impl Iterator<Item = (&str, String)> {
    let query = url.split_once('?').map_or("", |(_, rest)| rest);
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    query.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name, decoded(value)))
}

/// A fragment that is an address of its own (`#/cart`, `#!/cart`), as hash routers use it.
pub(crate) fn route(url: &str) -> &str {
    match url.split_once('#') {
        Some((_, fragment)) if !fragment.starts_with(['/', '!']) => url.split_once('#').map_or(url, |(page, _)| page),
        _ => url,
    }
}

/// Percent-decoded text, `+` as a space; what isn't UTF-8 becomes U+FFFD.
fn decoded(text: &str) -> String {
    let mut bytes = alloc::vec::Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut ahead = rest.clone();
        let escaped = match byte {
            b'%' => ahead.next().and_then(hex).zip(ahead.next().and_then(hex)).map(|(high, low)| high * 16 + low),
            b'+' => Some(b' '),
            _ => Some(byte),
        };
        if byte == b'%' && escaped.is_some() {
            rest = ahead;
        }
        bytes.push(escaped.unwrap_or(byte));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn query_fragment_and_credentials_are_left_out() {
        for (url, expected) in [
            ("https://shop.example/p/1?email=a@b.example#x", "https://shop.example/p/1"),
            ("https://shop.example", "https://shop.example"),
            ("https://me:secret@shop.example:8443/a@b", "https://shop.example:8443/a@b"),
            ("/cart?x=1", "/cart"),
            ("", ""),
        ] {
            assert_eq!(bare(url), expected);
        }
        assert_eq!(host("https://me:x@Shop.Example:8443/a"), "shop.example");
        assert_eq!(host("not an address"), "");
    }

    #[test]
    fn parameters_are_decoded() {
        let url = "https://a.example/?utm_source=new%20s+l&x=%zz%4&empty=&utm_term=%C3%A4%FF#utm_medium=no";
        let found: Vec<_> = parameters(url).collect();
        assert_eq!(
            found,
            [("utm_source", "new s l"), ("x", "%zz%4"), ("empty", ""), ("utm_term", "ä\u{fffd}")].map(|(a, b)| (a, String::from(b)))
        );
    }

    #[test]
    fn only_a_fragment_that_is_a_route_is_another_page() {
        assert_eq!(route("https://a.example/x#top"), "https://a.example/x");
        assert_eq!(route("https://a.example/x#/cart"), "https://a.example/x#/cart");
        assert_eq!(route("https://a.example/x?a=1"), "https://a.example/x?a=1");
    }
}
