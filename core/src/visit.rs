//! Who visits and since when: visitor id, session, origin; how that is kept in the browser and read again.
//! Deliberately not here: whether it may be kept.

use alloc::string::String;
use core::mem;

use crate::address::{bare, digit, run};
use crate::campaign::{Origin, kept, write_campaign};
use crate::consent::Grant;
use crate::input::Now;
use crate::json::{Builder, Map, Value};
use crate::random::Random;
use crate::tracker::members;

/// Most orders that are remembered, so that a reloaded thank-you page is no second purchase.
const MAX_ORDERS: usize = 20;

/// A visitor's current visit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Visit {
    /// Counts every change of what a batch's envelope says of the visit; 0 as long as there is none.
    pub(crate) epoch: u32,
    pub(crate) active_at: u64,
    /// What is kept in the browser: `visitor`, `session` (its id), `number`, `started`, `landing` and `referrer` (its
    /// [`Origin`]), `user`, `orders` (fingerprints).
    known: Map,
}

impl Visit {
    /// Whether there is one: before, only the user may be known.
    pub(crate) fn is_some(&self) -> bool {
        self.epoch > 0
    }

    /// The site's own id of the person; empty when there is none.
    pub(crate) fn user(&self) -> &str {
        self.known.text("user")
    }

    /// The site says who this is.
    pub(crate) fn identify(&mut self, user: &str) {
        self.known.insert("user", user);
    }

    /// Nothing is known any more.
    pub(crate) fn forget(&mut self) {
        self.known = Map::new();
    }

    /// Whether the visitor was silent for too long, or is new.
    pub(crate) fn is_over(&self, at: u64, session_ms: u64) -> bool {
        self.known.get("session").is_none() || at.saturating_sub(self.active_at) > session_ms
    }

    /// Begins the next session, or a new visitor's first one.
    #[inline(never)]
    pub(crate) fn begin(&mut self, at: u64, origin: &Origin, random: &mut Random) {
        self.active_at = at;
        let known = &mut self.known;
        known.insert("session", random.hex(1));
        if known.get("visitor").is_none() {
            known.insert("visitor", random.hex(2));
        }
        known.insert("number", u64::from((known.number("number", 0) as u32).saturating_add(1)));
        known.insert("started", at);
        known.insert("landing", origin.landing.as_str());
        known.insert("referrer", origin.referrer.as_str());
    }

    /// Something happens in the session, which isn't over.
    pub(crate) fn stay(&mut self, at: u64) {
        self.active_at = self.active_at.max(at);
    }

    /// Takes over what another tab has noted of the same session. Returns whether it is another visit, to replace this one.
    pub(crate) fn merge(&mut self, stored: &Self) -> bool {
        let same = |name| *self.known.text(name) == *stored.known.text(name);
        if !(same("visitor") && same("session")) {
            return stored.active_at > self.active_at;
        }
        self.stay(stored.active_at);
        if let Some(Value::List(orders)) = stored.known.get("orders") {
            for order in orders {
                self.remember(order.as_u64().unwrap_or_default());
            }
        }
        false
    }

    /// Whether the order is new; remembers it.
    pub(crate) fn first_time(&mut self, transaction_id: &str) -> bool {
        self.remember(fingerprint(transaction_id))
    }

    /// The text that is kept in the browser; click ids only where `marketing` is agreed to. Other tabs read what was chosen
    /// and when.
    pub(crate) fn store(&mut self, marketing: Grant, chosen_at: u64) -> String {
        let known = &mut self.known;
        let landing = known.take_text("landing");
        known.insert("active", self.active_at);
        known.insert("landing", kept(&landing, &[], true, marketing == Grant::Granted));
        known.insert("marketing", marketing.as_str());
        known.insert("chosen", chosen_at);
        let mut out = Builder::default();
        out.members(known);
        known.insert("landing", landing);
        out.finish()
    }

    /// The same again.
    pub(crate) fn copy(&self) -> Self {
        Self { known: self.known.copy(), ..*self }
    }

    /// Reads what [`store`](Self::store) wrote; nothing is known when it isn't that, or is from the future.
    pub(crate) fn restore(text: &str, now: Now) -> Self {
        let known = members(text);
        let active_at = known.number("active", u64::MAX);
        // A clock that was ahead when this was written would keep the session alive for ever.
        if is_hex(known.text("visitor"), 32) && is_hex(known.text("session"), 16) && active_at <= now.wall_ms {
            Self { epoch: 0, active_at, known }
        } else {
            Self::default()
        }
    }

    /// What an envelope says of it, as members.
    pub(crate) fn write(&self, cookieless: bool, marketing: bool, out: &mut Builder) {
        let known = &self.known;
        let landing = known.text("landing");
        out.some("visitor", if cookieless { "" } else { known.text("visitor") });
        out.some("user", self.user());
        out.object("session");
        out.text("id", known.text("session"));
        out.number("number", (known.number("number", 1) as u32).into());
        out.number("started_at", known.number("started", self.active_at));
        out.some("landing", &bare(landing));
        out.close('}');
        write_campaign(landing, known.text("referrer"), marketing, out);
    }

    /// Remembers an order's fingerprint. Returns whether it is new.
    #[inline(never)]
    fn remember(&mut self, order: u64) -> bool {
        let mut orders = self.known.take_list("orders");
        let new = !orders.iter().any(|known| known.as_u64() == Some(order));
        if new {
            let mut order = Value::from(order);
            if orders.len() < MAX_ORDERS {
                orders.push(order);
            } else {
                // Each makes room for the one after it.
                orders.iter_mut().rev().for_each(|known| mem::swap(known, &mut order));
            }
        }
        self.known.insert("orders", orders);
        new
    }
}

// In two places: see `Options::captures`.
#[inline(always)]
fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && run(text, 0, |letter| digit(letter) < 16) == length
}

/// FNV-1a: only told apart, never turned back.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{read, to_string};

    const NOW: Now = Now { wall_ms: 1_763_752_000_000, mono_ms: 0 };

    fn visit() -> Visit {
        let origin = Origin::new("https://shop.example/?utm_source=news&gclid=abc", "https://blog.example/");
        let mut visit = Visit::default();
        visit.begin(NOW.wall_ms, &origin, &mut Random::new([1, 2]));
        visit.identify("user-7");
        visit
    }

    fn envelope(visit: &Visit) -> Value {
        let mut out = Builder::default();
        out.open('{');
        visit.write(false, true, &mut out);
        out.close('}');
        read(&out.finish()).unwrap()
    }

    #[test]
    fn what_is_stored_is_read_back() {
        let mut visit = visit();
        assert!(visit.first_time("T-1") && !visit.first_time("T-1"));
        let restored = Visit::restore(&visit.store(Grant::Granted, 1), NOW);
        assert_eq!((envelope(&restored), restored.active_at), (envelope(&visit), visit.active_at));
        assert!(!restored.clone().first_time("T-1") && restored.clone().first_time("T-2"));
        assert!(!visit.store(Grant::Denied, 1).contains("abc"));
    }

    #[test]
    fn what_is_not_ours_or_is_from_the_future_is_not_read() {
        let stored = visit().store(Grant::Denied, 1);
        for text in ["", "null", "{}", "[1]", &stored.replace("visitor", "v"), &stored.replace("\"active\":1", "\"active\":9")] {
            assert_eq!(Visit::restore(text, NOW), Visit::default(), "{text}");
        }
    }

    #[test]
    fn half_an_hour_of_silence_ends_the_session() {
        let (mut visit, mut random, half_hour) = (visit(), Random::new([3, 4]), 30 * 60_000);
        let later = Origin::new("https://shop.example/cart", "");
        let first = envelope(&visit);
        assert!(!visit.is_over(NOW.wall_ms + half_hour, half_hour));
        visit.stay(NOW.wall_ms + half_hour);
        assert_eq!(envelope(&visit), first);
        assert!(visit.is_over(NOW.wall_ms + 2 * half_hour + 1, half_hour));
        visit.begin(NOW.wall_ms + 2 * half_hour + 1, &later, &mut random);
        let second = envelope(&visit);
        let of = |envelope: &Value, name| to_string(&envelope.get("session").and_then(|session| session.get(name)));
        assert_eq!((of(&second, "number").as_str(), of(&second, "landing").as_str()), ("2", "\"https://shop.example/cart\""));
        assert_ne!(of(&second, "id"), of(&first, "id"));
        assert_eq!(second.get("visitor"), first.get("visitor"));
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
