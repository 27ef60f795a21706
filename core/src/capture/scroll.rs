//! Scroll depth: which depths of a page view were reached, each once.

use super::Captured;
use crate::input::ScrollPosition;
use crate::json::Map;
use crate::options::Options;

/// A page that grows while it loads must not count as read to its end: until the visitor scrolls, its height must
/// have been the same for so long.
const SETTLED_MS: u64 = 1_000;
/// Pixels that may be missing: heights are rounded, and zoomed pages end on fractions.
const TOLERANCE: u64 = 2;

/// Depth of one page view.
#[derive(Clone, Debug)]
pub(crate) struct Scroll {
    position: ScrollPosition,
    moved: bool,
    due: u64,
    /// Shares of the page, percent: what was seen, and up to where depths were told.
    seen: u64,
    told: u32,
}

impl Scroll {
    pub(crate) const fn new() -> Self {
        Self { position: ScrollPosition { top: 0, window: 0, page: 0 }, moved: false, due: u64::MAX, seen: 0, told: 0 }
    }

    /// Takes a position.
    pub(crate) fn at(&mut self, position: ScrollPosition, mono_ms: u64) {
        self.moved |= position.top > 0;
        if self.moved {
            self.due = 0;
        } else if self.due == u64::MAX || self.position.page != position.page {
            self.due = mono_ms.saturating_add(SETTLED_MS);
        }
        self.position = position;
    }

    /// When [`next`](Self::next) has something to do.
    pub(crate) fn due(&self) -> u64 {
        self.due
    }

    /// The event of a depth that is new. What can be seen without scrolling counts, once the page's height has stopped changing
    /// or the page is left, which is at the end of all times.
    #[expect(clippy::manual_contains, reason = "`contains`, made for speed, costs the browser 0.1 kB")]
    pub(crate) fn next(&mut self, mono_ms: u64, options: &Options) -> Option<Captured> {
        let (window, page) = (u64::from(self.position.window), u64::from(self.position.page));
        if mono_ms >= self.due {
            self.due = u64::MAX;
            if page > 0 && (window + TOLERANCE < page || options.short_pages()) {
                let seen = u64::from(self.position.top) + window + TOLERANCE;
                self.seen = self.seen.max((seen * 100 / page).min(100));
            }
        }
        // In order, each once, however the site lists them; sorting a list would cost the browser 3 kB.
        while u64::from(self.told) < self.seen {
            self.told += 1;
            if options.depths.iter().any(|depth| *depth == self.told) {
                let mut params = Map::new();
                params.insert("percent_scrolled", self.told);
                return Some(Captured { name: "scroll".into(), params });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Value;
    use alloc::vec::Vec;

    fn position(top: u32, page: u32) -> ScrollPosition {
        ScrollPosition { top, window: 1000, page }
    }

    fn depths(scroll: &mut Scroll, mono_ms: u64, options: &Options) -> Vec<u64> {
        let events = core::iter::from_fn(|| scroll.next(mono_ms, options));
        events.map(|event| event.params.get("percent_scrolled").and_then(Value::as_u64).unwrap()).collect()
    }

    fn check(steps: &[(u64, u32, u32, &[u64])], short_pages: bool, on_leaving: &[u64]) {
        let text = alloc::format!(r#"{{"site":"s","collector":"/","scroll":{{"shortPages":{short_pages}}}}}"#);
        let options = Options::parse(&text).unwrap();
        let mut scroll = Scroll::new();
        for (mono, top, page, expected) in steps {
            let mut fresh = depths(&mut scroll, *mono, &options);
            scroll.at(position(*top, *page), *mono);
            fresh.extend(depths(&mut scroll, *mono, &options));
            assert_eq!(fresh, *expected, "at {mono} ms, {top} of {page}");
        }
        assert_eq!(depths(&mut scroll, u64::MAX, &options), on_leaving);
    }

    #[test]
    fn each_depth_counts_once() {
        check(
            &[(0, 0, 10_000, &[]), (10, 1_600, 10_000, &[25]), (20, 9_000, 10_000, &[50, 75, 90, 100]), (30, 9_000, 10_000, &[])],
            false,
            &[],
        );
    }

    #[test]
    fn a_page_that_grows_is_measured_again() {
        check(
            &[(0, 500, 2_000, &[25, 50, 75]), (10, 1_000, 8_000, &[]), (20, 6_300, 8_000, &[90]), (30, 7_000, 8_000, &[100])],
            false,
            &[],
        );
    }

    #[test]
    fn what_is_seen_without_scrolling_counts_once_the_page_has_settled() {
        check(&[(0, 0, 1_200, &[]), (900, 0, 4_000, &[]), (1_500, 0, 4_000, &[]), (2_000, 0, 4_000, &[25])], false, &[]);
        check(&[(0, 0, 2_000, &[])], false, &[25, 50]);
    }

    #[test]
    fn a_page_that_fits_the_window_gives_nothing_unless_asked() {
        check(&[(0, 0, 1_000, &[]), (5_000, 0, 1_000, &[])], false, &[]);
        check(&[(0, 0, 1_001, &[])], false, &[]);
        check(&[(0, 0, 900, &[])], true, &[25, 50, 75, 90, 100]);
        check(&[(0, 0, 0, &[])], true, &[]);
    }

    #[test]
    fn the_end_is_reached_in_spite_of_rounding() {
        check(&[(0, 8_999, 10_000, &[25, 50, 75, 90, 100])], false, &[]);
        check(&[(0, 8_997, 10_000, &[25, 50, 75, 90])], false, &[]);
    }
}
