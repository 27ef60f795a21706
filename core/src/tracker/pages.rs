//! Page views: the first page, route changes, returns from the back/forward cache, and being left.

use core::mem;

use super::{MANY_MICROS, NEVER, Tracker, set};
use crate::address::{clipped, route, told};
use crate::campaign::Origin;
use crate::capture::Captured;
use crate::capture::form::Forms;
use crate::capture::scroll::Scroll;
use crate::json::Map;
use crate::redact::redact;
use crate::wire::Page;

/// Longest title that is kept, characters.
const MAX_TITLE: usize = 300;
/// Longest title that is looked at: what is cut in two isn't known for what it is.
const LONG_TITLE: usize = 1_000;

impl Tracker {
    pub(super) fn start(&mut self, told: &mut Map) {
        self.origin = Origin::new(told.text("url"), told.text("referrer"));
        if self.options.conversions.micros() > MANY_MICROS {
            self.diagnose("micro_conversions_many", "conversions");
        }
        let refused = &mut self.signals.refused;
        self.signals.gpc = told.flag("gpc", false);
        if self.signals.gpc {
            refused.0 = self.options.gpc();
        }
        if told.flag("dnt", false) {
            refused.1 = self.options.dnt();
        }
        self.started = true;
        self.decide(self.now.wall_ms);
        self.view(told);
        mem::swap(&mut self.facts, told);
    }

    /// The address is the one it was when only its fragment changed, unless that is a hash router's route.
    pub(super) fn routed(&mut self, document: &mut Map) {
        if route(document.text("url")) == self.route {
            return;
        }
        document.insert("referrer", mem::take(&mut self.route));
        self.view(document);
    }

    /// A new page view: scroll depth and forms begin anew.
    pub(super) fn view(&mut self, document: &Map) {
        self.tell_depths(NEVER);
        self.scroll = Scroll::new();
        self.forms = Forms::default();
        set(&mut self.route, route(document.text("url")).into());
        let mut title = clipped(document.text("title"), LONG_TITLE);
        redact(&mut title, false);
        let names = &self.options.url_params;
        let (url, referrer) = (told(document.text("url"), names), told(document.text("referrer"), names));
        let page = Page { id: self.next_page, url, title: clipped(&title, MAX_TITLE), referrer };
        match self.pages.last_mut() {
            Some(last) if !self.page_counts => *last = page,
            _ => self.pages.push(page),
        }
        // What happened before the first page belongs to that.
        self.page_counts &= self.next_page == 0;
        self.next_page += 1;
        // Another page's core may have been told of it.
        if self.options.captures("pageViews") && !document.flag("seen", false) {
            self.capture(Captured { name: "page_view".into(), params: Map::new() });
        }
    }

    pub(super) fn leave(&mut self) {
        self.tell_depths(NEVER);
        if self.kept.visit.is_some() {
            self.store();
            self.spill();
        }
    }

    /// Pages and visits before the current ones are known for as long as an event waits that may name one.
    pub(super) fn forget_past(&mut self) {
        if self.kept.queue.len() == 0 {
            self.kept.past_visits.clear();
            if let [first, .., last] = self.pages.as_mut_slice() {
                mem::swap(first, last);
            }
            self.pages.truncate(1);
        }
    }
}
