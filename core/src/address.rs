//! Addresses of pages: what of them may be told, and their parameters.

use alloc::string::String;

use crate::campaign::kept;
use crate::json::Value;

/// The address without query and fragment, which may hold personal data, and without user and password.
#[inline(never)]
pub(crate) fn bare(url: &str) -> String {
    let url = page(url);
    let (start, host, _) = authority(url);
    let mut bare = String::from(slice(url, 0, start));
    bare.push_str(slice(url, host, url.len()));
    bare
}

/// The address as it may be told: without personal data, and of its query only what these names name.
pub(crate) fn told(url: &str, names: &[Value]) -> String {
    kept(url, names, false, false)
}

/// The address without query and fragment.
fn page(url: &str) -> &str {
    until(until(url, b'#'), b'?')
}

/// Where in an address without query user and password begin, the host, and the path; all 0 when there is no scheme.
#[inline(never)]
fn authority(url: &str) -> (usize, usize, usize) {
    let colon = find(url, 0, b':');
    if !(is(url, colon + 1, b'/') && is(url, colon + 2, b'/')) {
        return (0, 0, 0);
    }
    let start = colon + 3;
    let (mut host, mut at) = (start, start);
    while at < url.len() && !is(url, at, b'/') {
        at += 1;
        if is(url, at - 1, b'@') {
            host = at;
        }
    }
    (start, host, at)
}

/// Where the first such letter is from there on; the end when there is none. The standard library's search, made for any
/// pattern, costs the browser 6 kB.
#[inline(never)]
pub(crate) fn find(text: &str, from: usize, letter: u8) -> usize {
    let mut at = from;
    while text.as_bytes().get(at).is_some_and(|byte| *byte != letter) {
        at += 1;
    }
    at
}

/// A part of a text; nothing where it hasn't these places.
#[inline(never)]
pub(crate) fn slice(text: &str, from: usize, to: usize) -> &str {
    text.get(from..to).unwrap_or_default()
}

/// What stands before the first such letter, and after it; all of it and nothing when there is none.
#[inline(never)]
pub(crate) fn split(text: &str, letter: u8) -> (&str, &str) {
    let at = find(text, 0, letter);
    (slice(text, 0, at), slice(text, at + 1, text.len()))
}

/// What stands before and after the first such letter.
pub(crate) fn cut(text: &str, letter: u8) -> Option<(&str, &str)> {
    let (before, after) = split(text, letter);
    (before.len() < text.len()).then_some((before, after))
}

/// The text up to the first such letter, or all of it.
pub(crate) fn until(text: &str, letter: u8) -> &str {
    slice(text, 0, find(text, 0, letter))
}

/// The query of an address, without its question mark.
pub(crate) fn query(url: &str) -> &str {
    slice(url, find(url, 0, b'?') + 1, find(url, 0, b'#'))
}

/// The pieces between such letters.
pub(crate) fn pieces(text: &str, letter: u8) -> Pieces<'_> {
    Pieces { rest: Some(text), letter }
}

pub(crate) struct Pieces<'a> {
    rest: Option<&'a str>,
    letter: u8,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a str;

    #[inline(never)]
    fn next(&mut self) -> Option<&'a str> {
        let text = self.rest?;
        let (piece, after) = split(text, self.letter);
        self.rest = (piece.len() < text.len()).then_some(after);
        Some(piece)
    }
}

/// Whether a word is in a list of such, parted by spaces. A table would cost the browser 8 bytes a word more.
#[inline(never)]
pub(crate) fn listed(word: &str, list: &str) -> bool {
    list.as_bytes().split(|letter| *letter == b' ').any(|known| known == word.as_bytes())
}

/// The first characters of a text.
#[inline(never)]
pub(crate) fn clipped(text: &str, most: usize) -> String {
    let (mut at, mut count) = (0, 0);
    while at < text.len() {
        // Each character but for the bytes that go on with it.
        count += usize::from(byte(text, at) & 0xc0 != 0x80);
        if count > most {
            break;
        }
        at += 1;
    }
    slice(text, 0, at).into()
}

/// The host of a bare address without its port, as it stands there, which is in small letters; empty when there is none.
#[inline(never)]
pub(crate) fn host(url: &str) -> &str {
    let (_, host, path) = authority(url);
    until(slice(url, host, path), b':')
}

/// The address without its fragment, unless that is an address of its own (`#/cart`, `#!/cart`), as hash routers use it.
pub(crate) fn route(url: &str) -> &str {
    let end = find(url, 0, b'#');
    slice(url, 0, if is(url, end + 1, b'/') || is(url, end + 1, b'!') { url.len() } else { end })
}

/// Percent-decoded text, `+` as a space; as it is where that isn't UTF-8.
pub(crate) fn decoded(text: &str) -> String {
    let mut decoded = String::new();
    let mut at = 0;
    while at < text.len() {
        let plus = is(text, at, b'+');
        match next_char(text, &mut at, 1) {
            Some(next) => decoded.push(if plus { ' ' } else { next }),
            None => {
                decoded.clear();
                decoded.push_str(text);
                return decoded;
            }
        }
    }
    decoded
}

/// The next character without so many layers of percent escapes of its bytes; nothing where that isn't UTF-8. The standard
/// library's reader, made for speed, costs the browser 0.7 kB.
#[inline(never)]
pub(crate) fn next_char(text: &str, at: &mut usize, layers: usize) -> Option<char> {
    let first = unescaped(text, at, layers);
    let length = (first << 24).leading_ones();
    let mut code = first & 0x7f >> length;
    for _ in 1..length {
        let mut ahead = *at;
        let next = unescaped(text, &mut ahead, layers) ^ 0x80;
        if next > 0x3f {
            return None;
        }
        code = code << 6 | next;
        *at = ahead;
    }
    char::from_u32(code).filter(|char| char.len_utf8() as u32 == length.max(1) && length != 1)
}

/// The next byte without so many layers of percent escapes.
#[inline(never)]
fn unescaped(text: &str, at: &mut usize, layers: usize) -> u32 {
    let mut next = byte(text, *at);
    *at += 1;
    for _ in 0..layers {
        let (high, low) = (digit(byte(text, *at)), digit(byte(text, *at + 1)));
        if next != u32::from(b'%') || high | low > 15 {
            break;
        }
        next = high << 4 | low;
        *at += 2;
    }
    next
}

#[inline(never)]
pub(crate) fn byte(text: &str, at: usize) -> u32 {
    text.as_bytes().get(at).copied().unwrap_or_default().into()
}

/// How many letters from there on are such.
#[inline(never)]
pub(crate) fn run(text: &str, from: usize, is: fn(u32) -> bool) -> usize {
    let mut at = from;
    while at < text.len() && is(byte(text, at)) {
        at += 1;
    }
    at - from
}

/// Whether it is this letter that stands there.
fn is(text: &str, at: usize, letter: u8) -> bool {
    byte(text, at) == u32::from(letter)
}

/// A digit or letter as a number; 36 when it is neither.
#[inline(never)]
pub(crate) fn digit(letter: u32) -> u32 {
    let number = letter.wrapping_sub(u32::from(b'0'));
    // Small letters are 32 above capitals.
    if number < 10 { number } else { (letter | 32).wrapping_sub(u32::from(b'a')).min(26) + 10 }
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
        assert_eq!(host("https://me:x@shop.example:8443/a"), "shop.example");
        assert_eq!(host("not an address"), "");
    }

    #[test]
    fn percent_escapes_are_decoded_where_they_are_text() {
        for (text, expected) in [("new%20s+l", "new s l"), ("%zz%4", "%zz%4"), ("", ""), ("%C3%A4", "\u{e4}"), ("bad%FF", "bad%FF")] {
            assert_eq!(decoded(text), expected);
        }
        assert_eq!(query("https://a.example/?a=1&b#c?d=1"), "a=1&b");
    }

    /// Every byte of it escaped.
    fn escaped(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| alloc::format!("%{byte:02X}")).collect()
    }

    proptest::proptest! {
        #[test]
        fn utf8_is_what_the_standard_library_takes_for_it(bytes: Vec<u8>, text: String) {
            for bytes in [&bytes, text.as_bytes(), text.as_bytes().get(1..).unwrap_or_default()] {
                let escaped = escaped(bytes);
                proptest::prop_assert_eq!(decoded(&escaped), core::str::from_utf8(bytes).unwrap_or(&escaped));
            }
        }
    }

    #[test]
    fn utf8_has_one_spelling_and_no_surrogates() {
        for bytes in [
            &[0xc0, 0x80][..],
            &[0xc1, 0xbf],
            &[0xe0, 0x80, 0x80],
            &[0xed, 0xa0, 0x80],
            &[0xf0, 0x80, 0x80, 0x80],
            &[0xf4, 0x90, 0x80, 0x80],
            &[0xf8, 0x88],
            &[0xff; 8],
            &[0xc3],
            &[0x80],
        ] {
            let escaped = escaped(bytes);
            assert_eq!(decoded(&escaped), escaped, "{bytes:x?}");
        }
    }

    #[test]
    fn only_a_fragment_that_is_a_route_is_another_page() {
        assert_eq!(route("https://a.example/x#top"), "https://a.example/x");
        assert_eq!(route("https://a.example/x#/cart"), "https://a.example/x#/cart");
        assert_eq!(route("https://a.example/x?a=1"), "https://a.example/x?a=1");
    }
}
