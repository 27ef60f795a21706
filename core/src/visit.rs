//! Who visits and since when: visitor id, session, origin; how that is kept in the browser and read again.
//! Deliberately not here: whether it may be kept.

use alloc::string::String;

use crate::address::{listed, pieces, split};
use crate::campaign::Origin;
use crate::consent::Grant;
use crate::input::Now;
use crate::json::{Builder, Number, Value, integer, read};
use crate::random::Random;
use crate::wire::Session;

/// Most orders that are remembered, so that a reloaded thank-you page is no second purchase.
const MAX_ORDERS: usize = 20;

/// A visitor's current visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Visit {
    /// Counts every change of what a batch's envelope says of the visit.
    pub(crate) epoch: u32,
    pub(crate) visitor: String,
    pub(crate) user: Option<String>,
    pub(crate) session: Session,
    pub(crate) origin: Origin,
    pub(crate) active_at: u64,
    /// Fingerprints, parted by spaces.
    orders: String,
}

impl Visit {
    /// A first visit.
    pub(crate) fn first(epoch: u32, user: Option<String>, origin: Origin, started_at: u64, random: &mut Random) -> Self {
        let session = Session { id: random.hex(1), number: 1, started_at, landing: origin.page() };
        Self { epoch, visitor: random.hex(2), user, session, origin, active_at: started_at, orders: String::new() }
    }

    /// Whether the visitor was silent for too long.
    pub(crate) fn is_over(&self, at: u64, session_ms: u64) -> bool {
        at.saturating_sub(self.active_at) > session_ms
    }

    /// Notes activity; begins the next session when the last one is over. Returns whether it did.
    pub(crate) fn touch(&mut self, at: u64, session_ms: u64, origin: &Origin, random: &mut Random) -> bool {
        let over = self.is_over(at, session_ms);
        if over {
            self.epoch += 1;
            self.origin = origin.clone();
            self.session.id = random.hex(1);
            self.session.number = self.session.number.saturating_add(1);
            self.session.started_at = at;
            self.session.landing = origin.page();
        }
        self.stay(at);
        over
    }

    /// Something happens in the session, which isn't over.
    pub(crate) fn stay(&mut self, at: u64) {
        self.active_at = self.active_at.max(at);
    }

    /// Takes over what another tab has noted of the same session; gives back a visit that is to replace this one.
    pub(crate) fn merge(&mut self, stored: Self) -> Option<Self> {
        if (&stored.visitor, &stored.session.id) != (&self.visitor, &self.session.id) {
            return (stored.active_at > self.active_at).then_some(stored);
        }
        self.active_at = self.active_at.max(stored.active_at);
        for order in pieces(&stored.orders, b' ') {
            self.remember(order);
        }
        None
    }

    /// Whether the order is new; remembers it.
    pub(crate) fn first_time(&mut self, transaction_id: &str) -> bool {
        self.remember(&integer(fingerprint(transaction_id)))
    }

    /// The text that is kept in the browser; click ids only where `marketing` is agreed to. Other tabs read what was chosen
    /// and when.
    pub(crate) fn store(&self, marketing: Grant, chosen_at: u64) -> String {
        let mut out = Builder::default();
        out.open('{');
        out.text("visitor", &self.visitor);
        out.text("session", &self.session.id);
        out.number("number", self.session.number.into());
        out.number("started", self.session.started_at);
        out.number("active", self.active_at);
        out.text("landing", &self.origin.kept(marketing == Grant::Granted));
        out.text("marketing", marketing.as_str());
        out.number("chosen", chosen_at);
        out.some("referrer", &self.origin.referrer);
        out.some("user", self.user.as_deref().unwrap_or_default());
        if !self.orders.is_empty() {
            out.name("orders");
            out.open('[');
            pieces(&self.orders, b' ').for_each(|order| out.raw(order));
            out.close(']');
        }
        out.close('}');
        out.finish()
    }

    /// Reads what [`store`](Self::store) wrote; nothing when it isn't that, or is from the future.
    pub(crate) fn restore(text: &str, epoch: u32, now: Now) -> Option<Self> {
        let mut map = read(text).unwrap_or_default().into_map();
        let (visitor, id) = (map.take_text("visitor"), map.take_text("session"));
        let active_at = map.number("active", u64::MAX);
        // A clock that was ahead when this was written would keep the session alive for ever.
        if !is_hex(&visitor, 32) || !is_hex(&id, 16) || active_at > now.wall_ms {
            return None;
        }
        let origin = Origin { landing: map.take_text("landing"), referrer: map.take_text("referrer") };
        let number = map.number("number", 1) as u32;
        let session = Session { id, number, started_at: map.number("started", active_at), landing: origin.page() };
        let user = map.get("user").and_then(Value::as_str).map(String::from);
        let mut visit = Self { epoch, visitor, user, session, origin, active_at, orders: String::new() };
        if let Some(Value::List(orders)) = map.get("orders") {
            for order in orders {
                visit.remember(order.as_number().map_or("", Number::as_str));
            }
        }
        Some(visit)
    }

    /// Remembers an order's fingerprint. Returns whether it is new.
    #[inline(never)]
    fn remember(&mut self, order: &str) -> bool {
        if order.is_empty() || listed(order, &self.orders) {
            return false;
        }
        if self.orders.bytes().filter(|byte| *byte == b' ').count() > MAX_ORDERS - 2 {
            self.orders = split(&self.orders, b' ').1.into();
        }
        if !self.orders.is_empty() {
            self.orders.push(' ');
        }
        self.orders.push_str(order);
        true
    }
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// FNV-1a: only told apart, never turned back.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Now = Now { wall_ms: 1_763_752_000_000, mono_ms: 0 };

    fn visit() -> Visit {
        let origin = Origin::new("https://shop.example/?utm_source=news&gclid=abc", "https://blog.example/");
        Visit::first(0, Some("user-7".into()), origin, NOW.wall_ms, &mut Random::new([1, 2]))
    }

    #[test]
    fn what_is_stored_is_read_back() {
        let mut visit = visit();
        assert!(visit.first_time("T-1") && !visit.first_time("T-1"));
        assert_eq!(Visit::restore(&visit.store(Grant::Granted, 1), 0, NOW), Some(visit.clone()));
        assert!(!visit.store(Grant::Denied, 1).contains("abc"));
    }

    #[test]
    fn what_is_not_ours_or_is_from_the_future_is_not_read() {
        let stored = visit().store(Grant::Denied, 1);
        for text in ["", "null", "{}", "[1]", &stored.replace("visitor", "v"), &stored.replace("\"active\":1", "\"active\":9")] {
            assert_eq!(Visit::restore(text, 0, NOW), None, "{text}");
        }
    }

    #[test]
    fn half_an_hour_of_silence_ends_the_session() {
        let (mut visit, mut random, half_hour) = (visit(), Random::new([3, 4]), 30 * 60_000);
        let later = Origin::new("https://shop.example/cart", "");
        let first = visit.session.clone();
        assert!(!visit.touch(NOW.wall_ms + half_hour, half_hour, &later, &mut random));
        assert_eq!(visit.session, first);
        assert!(visit.touch(NOW.wall_ms + 2 * half_hour + 1, half_hour, &later, &mut random));
        assert_eq!((visit.session.number, visit.session.landing.as_str(), visit.epoch), (2, "https://shop.example/cart", 1));
        assert_ne!(visit.session.id, first.id);
    }

    #[test]
    fn only_the_last_orders_are_remembered() {
        let mut visit = visit();
        for order in 0..21 {
            assert!(visit.first_time(&alloc::format!("T-{order}")));
        }
        assert!(visit.first_time("T-0"));
        assert!(!visit.first_time("T-20"));
    }
}
