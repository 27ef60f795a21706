//! Tells crawlers from people by the `User-Agent` header, which isn't kept. Only what runs a page's scripts matters:
//! anything else never gets the tracker to send. A plain HTTP client that posts a batch is a site's own server.
//!
//! The list is ours, since it needs no more: lists like <https://isbot.js.org> name hundreds of clients that load no
//! script, and need a regex engine.

use axum::http::{HeaderMap, header};

/// Words of crawlers, previews, monitors and speed tests that render pages; in small letters.
const WORDS: [&str; 26] = [
    "archiver",
    "baiduspider",
    "bingpreview",
    "catchpoint",
    "chrome-lighthouse",
    "crawl",
    "datadogsynthetics",
    "facebookexternalhit",
    "google-inspectiontool",
    "google-read-aloud",
    "googleother",
    "gtmetrix",
    "mediapartners-google",
    "meta-externalagent",
    "newrelicsynthetics",
    "phantomjs",
    "pingdom",
    "prerender",
    "ptst/",
    "rendertron",
    "screaming frog",
    "site24x7",
    "slurp",
    "spider",
    "storebot",
    "web preview",
];

/// What Chromium without a window calls itself: mostly a monitor or a scraper, but also a site's own tests.
const HEADLESS: &str = "headlesschrome";

/// Whether a request comes from a crawler; Chromium without a window is one unless it is to be counted.
pub(crate) fn is_bot(headers: &HeaderMap, count_headless: bool) -> bool {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
    WORDS.iter().any(|word| agent.contains(word)) || names_a_bot(&agent) || (!count_headless && agent.contains(HEADLESS))
}

/// `Googlebot/2.1`, `AdsBot-Google`, `bot)`: the word at the end of a word. Phones of the make Cubot are none.
fn names_a_bot(agent: &str) -> bool {
    agent.match_indices("bot").any(|(at, word)| {
        let (before, after) = (agent.get(..at).unwrap_or_default(), agent.get(at + word.len()..).unwrap_or_default());
        !before.ends_with("cu") && !after.starts_with(|next: char| next.is_ascii_alphabetic())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crawlers_are_told_from_browsers() {
        let cases = [
            (
                "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/156.0.0.0 Safari/537.36",
                true,
            ),
            (
                "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/155.0.0.0",
                true,
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Safari/605.1.15 (Applebot/0.1)",
                true,
            ),
            ("Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots) Chrome/108.0.0.0", true),
            ("AdsBot-Google (+http://www.google.com/adsbot.html)", true),
            ("Mozilla/5.0 (compatible; Baiduspider-render/2.0; +http://www.baidu.com/search/spider.html)", true),
            ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", true),
            (
                "Mozilla/5.0 (Linux; Android 11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36 Chrome-Lighthouse",
                true,
            ),
            ("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", true),
            ("Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)", true),
            ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36", true),
            ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36", false),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", false),
            (
                "Mozilla/5.0 (Linux; Android 9; CUBOT_X18_Plus) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36",
                false,
            ),
            ("Mozilla/5.0 (Linux; Android 10; Bottega Phone) AppleWebKit/537.36 Chrome/156.0.0.0 Mobile", false),
            ("curl/8.14.1", false),
            ("", false),
        ];
        for (agent, expected) in cases {
            let headers = HeaderMap::from_iter([(header::USER_AGENT, agent.parse().unwrap())]);
            assert_eq!(is_bot(&headers, false), expected, "{agent}");
            assert_eq!(is_bot(&headers, true), expected && !agent.contains("Headless"), "{agent}");
        }
        assert!(!is_bot(&HeaderMap::new(), false));
    }
}
