//! Addresses of pages: what of them may be told, and their parameters.

use alloc::string::String;
use alloc::vec::Vec;

use crate::json::Value;
use crate::redact::redact;

/// The address without query and fragment, which may hold personal data, and without user and password.
pub(crate) fn bare(url: &str) -> String {
    let url = until(until(url, b'#'), b'?');
    let Some((scheme, rest)) = split_scheme(url) else { return url.into() };
    let authority = until(rest, b'/');
    let mut host = authority;
    while let Some((_, after)) = cut(host, b'@') {
        host = after;
    }
    let mut bare = String::from(scheme);
    bare.push_str("://");
    bare.push_str(host);
    bare.push_str(rest.get(authority.len()..).unwrap_or_default());
    bare
}

/// The address as it may be told: without personal data, and of its query only what these names name.
#[inline(never)]
pub(crate) fn told(url: &str, names: &[Value]) -> String {
    let mut told = bare(url);
    let mut separator = '?';
    for pair in pieces(query(url), b'&') {
        if names.iter().any(|name| name.as_str() == Some(until(pair, b'='))) {
            told.push(separator);
            told.push_str(pair);
            separator = '&';
        }
    }
    redact(&mut told, false);
    told
}

/// What stands before and after `://`.
fn split_scheme(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = cut(url, b':')?;
    Some((scheme, rest.strip_prefix("//")?))
}

/// What stands before and after the first such letter. The standard library's search, made for any pattern, costs the
/// browser 6 kB.
#[inline(never)]
pub(crate) fn cut(text: &str, letter: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == letter)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The text up to the first such letter, or all of it.
pub(crate) fn until(text: &str, letter: u8) -> &str {
    cut(text, letter).map_or(text, |(before, _)| before)
}

/// The query of an address, without its question mark.
pub(crate) fn query(url: &str) -> &str {
    cut(until(url, b'#'), b'?').map_or("", |(_, query)| query)
}

/// The pieces between such letters.
pub(crate) fn pieces(text: &str, letter: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let text = rest?;
        let (piece, after) = cut(text, letter).map_or((text, None), |(piece, after)| (piece, Some(after)));
        rest = after;
        Some(piece)
    })
}

/// Whether a word is in a list of such, parted by spaces. A table would cost the browser 8 bytes a word more.
#[inline(never)]
pub(crate) fn listed(word: &str, list: &str) -> bool {
    pieces(list, b' ').any(|known| known == word)
}

/// The first characters of a text.
#[inline(never)]
pub(crate) fn clipped(text: &str, most: usize) -> String {
    let end = text.char_indices().nth(most).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or_default().into()
}

/// The host without port, lower case; empty when there is none.
pub(crate) fn host(url: &str) -> String {
    let bare = bare(url);
    until(until(split_scheme(&bare).map_or("", |(_, rest)| rest), b'/'), b':').to_ascii_lowercase()
}

/// The address without its fragment, unless that is an address of its own (`#/cart`, `#!/cart`), as hash routers use it.
pub(crate) fn route(url: &str) -> &str {
    match cut(url, b'#') {
        Some((page, fragment)) if !matches!(fragment.as_bytes().first(), Some(b'/' | b'!')) => page,
        _ => url,
    }
}

/// Percent-decoded text, `+` as a space; as it is where that isn't UTF-8.
pub(crate) fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
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
    utf8(&bytes).unwrap_or_else(|| text.into())
}

/// The standard library's reader, made for speed, costs the browser 0.7 kB.
fn utf8(bytes: &[u8]) -> Option<String> {
    let mut text = String::new();
    let mut rest = bytes.iter();
    while let Some(first) = rest.next() {
        let (more, least) = match first {
            0..=0x7f => (0, 0),
            0xc0..=0xdf => (1, 0x80),
            0xe0..=0xef => (2, 0x800),
            0xf0..=0xf7 => (3, 0x1_0000),
            _ => return None,
        };
        let mut code = u32::from(*first) & (0x7f >> more);
        for _ in 0..more {
            let next = u32::from(*rest.next()?) ^ 0x80;
            if next > 0x3f {
                return None;
            }
            code = code << 6 | next;
        }
        text.push(char::from_u32(code).filter(|_| code >= least)?);
    }
    Some(text)
}

pub(crate) fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn percent_escapes_are_decoded_where_they_are_text() {
        for (text, expected) in [("new%20s+l", "new s l"), ("%zz%4", "%zz%4"), ("", ""), ("%C3%A4", "\u{e4}"), ("bad%FF", "bad%FF")] {
            assert_eq!(decoded(text), expected);
        }
        assert_eq!(query("https://a.example/?a=1&b#c?d=1"), "a=1&b");
    }

    proptest::proptest! {
        #[test]
        fn utf8_is_what_the_standard_library_takes_for_it(bytes: Vec<u8>, text: String) {
            for bytes in [&bytes, text.as_bytes(), text.as_bytes().get(1..).unwrap_or_default()] {
                proptest::prop_assert_eq!(utf8(bytes), core::str::from_utf8(bytes).ok().map(String::from));
            }
        }
    }

    #[test]
    fn utf8_has_one_spelling_and_no_surrogates() {
        for bytes in [&[0xc0, 0x80][..], &[0xe0, 0x80, 0x80], &[0xed, 0xa0, 0x80], &[0xf4, 0x90, 0x80, 0x80], &[0xf8, 0x88], &[0xc3]] {
            assert_eq!(utf8(bytes), None, "{bytes:x?}");
        }
    }

    #[test]
    fn only_a_fragment_that_is_a_route_is_another_page() {
        assert_eq!(route("https://a.example/x#top"), "https://a.example/x");
        assert_eq!(route("https://a.example/x#/cart"), "https://a.example/x#/cart");
        assert_eq!(route("https://a.example/x?a=1"), "https://a.example/x?a=1");
    }
}
