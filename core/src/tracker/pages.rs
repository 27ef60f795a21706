//! Page views: the first page, route changes, returns from the back/forward cache, and being left.

use core::mem;

use super::{MANY_MICROS, Tracker};
use crate::address::{clipped, route, told};
use crate::campaign::Origin;
use crate::capture::Captured;
use crate::capture::form::Forms;
use crate::capture::scroll::Scroll;
use crate::input::{Document, Facts};
use crate::json::Map;
use crate::redact::redact;
use crate::wire::{Device, Page};

/// Longest title that is kept, characters.
const MAX_TITLE: usize = 300;
/// Longest title that is looked at: what is cut in two isn't known for what it is.
const LONG_TITLE: usize = 1_000;

impl Tracker {
    pub(super) fn start(&mut self, facts: &mut Facts) {
        let Facts { document, device_class, language, screen, viewport, engine, gpc, dnt } = mem::take(facts);
        self.device = Device { class: device_class, language, screen, viewport };
        self.engine = engine;
        self.origin = Origin::new(&document.url, &document.referrer);
        if self.options.conversions.micros() > MANY_MICROS {
            self.diagnose("micro_conversions_many", "conversions");
        }
        let consent = &mut self.options.consent;
        for (on, purposes) in [(gpc, &mut consent.gpc), (dnt, &mut consent.dnt)] {
            if on {
                self.signals.refused.push(mem::take(purposes));
            }
        }
        self.signals.gpc = gpc;
        self.started = true;
        self.decide(self.now.wall_ms);
        self.view(&document);
    }

    /// The address is the one it was when only its fragment changed, unless that is a hash router's route.
    pub(super) fn routed(&mut self, document: &mut Document) {
        if route(&document.url) == self.route {
            return;
        }
        document.referrer = mem::take(&mut self.route);
        self.view(document);
    }

    /// A new page view: scroll depth and forms begin anew.
    pub(super) fn view(&mut self, document: &Document) {
        self.settle_scroll();
        self.scroll = Scroll::default();
        self.forms = Forms::default();
        self.route = route(&document.url).into();
        let mut title = clipped(&document.title, LONG_TITLE);
        redact(&mut title, false);
        let names = &self.options.url_params;
        let (url, referrer) = (told(&document.url, names), told(&document.referrer, names));
        let page = Page { id: self.next_page, url, title: clipped(&title, MAX_TITLE), referrer };
        self.next_page += 1;
        self.pages.push(page);
        self.forget_pages();
        if self.options.capture.page_views {
            self.accept(Captured { name: "page_view".into(), params: Map::new() }, self.now.wall_ms);
        }
    }

    pub(super) fn leave(&mut self) {
        self.settle_scroll();
        if self.visit.is_some() {
            self.store();
            self.spill();
        }
    }

    /// Pages that nothing names any more are forgotten, but for the current one.
    pub(super) fn forget_pages(&mut self) {
        let (queue, held, current) = (&self.queue, &self.held, self.next_page.saturating_sub(1));
        self.pages.retain(|page| page.id == current || queue.names_page(page.id) || held.names_page(page.id));
    }

    fn settle_scroll(&mut self) {
        let depths = self.scroll.settle(self.now.mono_ms, true, &self.options.scroll);
        self.scrolled(&depths);
    }
}
