//! The family a browser belongs to, told from its `User-Agent`. The header itself is never kept, and nothing finer
//! than the family is: it is there to see whether one engine loses more than another.

use axum::http::{HeaderMap, header};

/// The family that a request's `User-Agent` names: `chromium`, `firefox`, `webkit`, `other`, or `unknown` without one.
///
/// Families are engines: every browser on iOS runs on WebKit, whatever it calls itself, and nearly all call
/// themselves Safari and Mozilla as well
/// (<https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/Browser_detection_using_the_user_agent>).
pub(crate) fn family(headers: &HeaderMap) -> &'static str {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let names = |words: &[&str]| words.iter().any(|word| agent.contains(word));
    if agent.trim().is_empty() {
        "unknown"
    } else if names(&["iPhone", "iPad", "CriOS/", "FxiOS/", "EdgiOS/"]) {
        "webkit"
    } else if names(&["Firefox/"]) {
        "firefox"
    } else if names(&["Chrome/", "Chromium/"]) {
        "chromium"
    } else if names(&["AppleWebKit/"]) {
        "webkit"
    } else {
        "other"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_known_by_its_engine() {
        let cases = [
            ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36", "chromium"),
            ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36", "chromium"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/155.0.0.0 Safari/537.36 Edg/155.0.0.0",
                "chromium",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", "firefox"),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15",
                "webkit",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15", "webkit"),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/155.0 Mobile/15E148 Safari/604.1",
                "webkit",
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/150.0 Mobile/15E148 Safari/605.1.15",
                "webkit",
            ),
            ("curl/8.14.1", "other"),
            ("Mozilla/5.0 (compatible)", "other"),
            (" ", "unknown"),
        ];
        for (agent, expected) in cases {
            let headers = HeaderMap::from_iter([(header::USER_AGENT, agent.parse().unwrap())]);
            assert_eq!(family(&headers), expected, "{agent}");
        }
        assert_eq!(family(&HeaderMap::new()), "unknown");
        let binary = HeaderMap::from_iter([(header::USER_AGENT, axum::http::HeaderValue::from_bytes(b"\xff").unwrap())]);
        assert_eq!(family(&binary), "unknown");
    }
}
