//! Scroll depth: which depths of a page view were reached, each once.

use alloc::vec::Vec;

use super::Captured;
use crate::input::ScrollPosition;
use crate::json::Map;
use crate::options::ScrollOptions;

/// A page that grows while it loads must not count as read to its end: until the visitor scrolls, its height must
/// have been the same for so long.
const SETTLED_MS: u64 = 1_000;
/// Pixels that may be missing: heights are rounded, and zoomed pages end on fractions.
const TOLERANCE: u64 = 2;

/// Depth of one page view.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scroll {
    reached: Vec<u32>,
    moved: bool,
    waiting: Option<(ScrollPosition, u64)>,
}

impl Scroll {
    /// Takes a position; returns the depths that are new.
    pub(crate) fn at(&mut self, position: ScrollPosition, mono_ms: u64, options: &ScrollOptions) -> Vec<u32> {
        self.moved |= position.top > 0;
        if self.moved {
            self.waiting = None;
            return self.reach(position, options);
        }
        match &mut self.waiting {
            Some((waiting, _)) if waiting.page == position.page => *waiting = position,
            _ => self.waiting = Some((position, mono_ms.saturating_add(SETTLED_MS))),
        }
        Vec::new()
    }

    /// When [`settle`](Self::settle) has something to do.
    pub(crate) fn due(&self) -> Option<u64> {
        self.waiting.map(|(_, due)| due)
    }

    /// What can be seen without scrolling counts, once the page's height has stopped changing or the page is left.
    pub(crate) fn settle(&mut self, mono_ms: u64, leaving: bool, options: &ScrollOptions) -> Vec<u32> {
        match self.waiting {
            Some((position, due)) if leaving || mono_ms >= due => {
                self.waiting = None;
                self.reach(position, options)
            }
            _ => Vec::new(),
        }
    }

    fn reach(&mut self, position: ScrollPosition, options: &ScrollOptions) -> Vec<u32> {
        let (window, page) = (u64::from(position.window), u64::from(position.page));
        if page == 0 || (window + TOLERANCE >= page && !options.short_pages) {
            return Vec::new();
        }
        let seen = u64::from(position.top) + window + TOLERANCE;
        // In order, each once, however the site lists them; sorting a list would cost the browser 3 kB.
        let mut fresh = Vec::new();
        for depth in 1..=100 {
            if seen * 100 >= page * u64::from(depth) && options.depths.contains(&depth) && !self.reached.contains(&depth) {
                self.reached.push(depth);
                fresh.push(depth);
            }
        }
        fresh
    }
}

/// The event of a depth.
pub(crate) fn event(depth: u32) -> Captured {
    let mut params = Map::new();
    params.insert("percent_scrolled", depth);
    Captured { name: "scroll".into(), params }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(top: u32, page: u32) -> ScrollPosition {
        ScrollPosition { top, window: 1000, page }
    }

    fn check(steps: &[(u64, u32, u32, &[u32])], short_pages: bool, on_leaving: &[u32]) {
        let options = ScrollOptions { short_pages, depths: [25, 50, 75, 90, 100].into() };
        let mut scroll = Scroll::default();
        for (mono, top, page, expected) in steps {
            let mut fresh = scroll.settle(*mono, false, &options);
            fresh.extend(scroll.at(position(*top, *page), *mono, &options));
            assert_eq!(fresh, *expected, "at {mono} ms, {top} of {page}");
        }
        assert_eq!(scroll.settle(u64::MAX, true, &options), on_leaving);
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
