//! Inputs that nobody should send: garbage texts, extreme numbers, answers to batches that never were, any order.
//! Deliberately not here: what must hold in spite of them.

use milepost_core::json::{Map, Value, read};
use milepost_core::{Document, Facts, FormFact, FormMoment, Input, Markup, MediaFact, MediaMoment, Now, Outcome, ScrollPosition};

use crate::dice::Dice;

const NUMBERS: [u64; 8] = [0, 1, 2, 99, 1_000, 20_000, u32::MAX as u64, u64::MAX];
const NAMES: [&str; 10] = ["page_view", "add_to_cart", "purchase", "refund", "search", "own_event", "", "ga_x", "ü", "a b"];
const OBJECTS: [&str; 12] = [
    "{}",
    r#"{"n":1}"#,
    r#"{"currency":"EUR","value":"19.990","items":[{"item_id":7,"price":0.1,"quantity":"3"}]}"#,
    r#"{"transaction_id":"T-1","currency":"EUR","value":1e3,"items":[{"item_name":"Mug"}]}"#,
    r#"{"transaction_id":"T-2","currency":"USD","value":"0.000000001","items":[{"item_name":"Mug"}]}"#,
    r#"{"currency":"EUR","items":[{"item_id":"a","price":999999999999999,"quantity":999999999999999}]}"#,
    r#"{"value":-1,"currency":"EUR"}"#,
    r#"{"value":true,"items":[[]]}"#,
    r#"{"__proto__":{"a":[1,2,{"b":null}]},"":"","a b":"\u0000"}"#,
    r#"{"free":"\ud83d\ude00 \u2028 </script>","number":1e999,"other":-0.50}"#,
    r#"{"search_term":"mug","page_title":null}"#,
    r#"{"discount":999999999999999.9,"currency":"EUR"}"#,
];
const CHOICES: [&str; 9] = [
    r#"{"analytics":"granted"}"#,
    r#"{"analytics":"granted"}"#,
    r#"{"analytics":"granted","marketing":"granted"}"#,
    r#"{"analytics":"denied"}"#,
    r#"{"analytics":"unknown"}"#,
    r#"{"marketing":"denied"}"#,
    r#"{"analytics":"yes"}"#,
    r#"{"ads":"granted"}"#,
    "{}",
];
const ADDRESSES: [&str; 8] = [
    "https://shop.example/p/1",
    "https://shop.example/?utm_source=n%zz&utm_term=%ff&gclid=g-1#/cart",
    "https://me:secret@shop.example:99999/a@b?c=#?",
    "http://",
    "://?#",
    "",
    "data:text/html,x",
    "\u{0}\n😀?utm_source=",
];
const KEPT: [&str; 6] = ["", "null", "{}", "[[[[[[[[[[[[[[[[[[[[", "{\"visitor\":7}", "\u{fffd}"];
const ANSWERS: [&str; 7] = [
    "",
    "{}",
    r#"{"accepted":1,"rejected":[{"seq":0,"code":"param_type","param":"x"}]}"#,
    r#"{"rejected":[{"seq":1},{"seq":1},{"seq":18446744073709551615},{"seq":-1},{"code":7},null]}"#,
    r#"{"rejected":{"seq":0}}"#,
    "[[[[[[[[[[[[[[[[[[[[[[[[",
    "<html>",
];
const STATUSES: [u16; 17] = [200, 200, 200, 200, 204, 301, 400, 401, 404, 413, 422, 429, 500, 503, 0, 599, u16::MAX];
const HOURS: u64 = 3_600_000;

/// What the inputs refer back to.
#[derive(Clone, Default)]
pub(crate) struct Known {
    /// What was last to be kept.
    pub(crate) kept: Option<String>,
    /// The last batch that wants an answer.
    pub(crate) batch: u32,
}

/// The time of the next step: the monotonic clock never goes back, the wall clock does as it likes.
pub(crate) fn later(now: Now, dice: &mut Dice) -> Now {
    let pass = dice.pick(&[0, 0, 0, 1, 50, 999, 5_000, 40_000, HOURS]);
    let mono_ms = now.mono_ms.saturating_add(if dice.once_in(500) { u64::MAX } else { pass });
    let wall_ms = match dice.below(40) {
        0 => now.wall_ms.saturating_sub(dice.pick(&[1, 60_000, 9_000 * HOURS])),
        1 => dice.pick(&[0, 1, u64::MAX, 1_763_752_000_000]),
        _ => now.wall_ms.saturating_add(pass),
    };
    Now { wall_ms, mono_ms }
}

/// Any input.
pub(crate) fn input(dice: &mut Dice, known: &Known) -> Input {
    match dice.below(38) {
        0 => Input::Started(facts(dice)),
        1 => Input::Routed(document(dice)),
        2 => Input::Page(document(dice)),
        3 => Input::Shown,
        4 => Input::Hidden,
        5 => Input::Left,
        6 => Input::Returned(document(dice)),
        7 | 8 => Input::Scrolled(position(dice)),
        9 => Input::Media(media(dice)),
        10 => Input::Form(form(dice)),
        11 => Input::Marked(markup(dice)),
        12 => Input::Ruled { rule: dice.pick(&[0, 1, usize::MAX]), markup: markup(dice) },
        13..20 => {
            let at = dice.once_in(3).then(|| dice.pick(&NUMBERS));
            Input::Track { name: name(dice), params: object(dice.pick(&OBJECTS)), at }
        }
        20 => Input::Identify(dice.pick(&["", "user-7", "user-8", "😀"]).repeat(dice.pick(&[1, 1, 1, 60]))),
        21 | 22 => Input::Consent(consent(dice)),
        23 => Input::Loaded(Some(dice.pick(&KEPT).into())),
        24..27 => Input::Loaded(known.kept.clone()),
        27 => Input::Woken,
        28 => Input::Flush,
        34 => Input::Elsewhere(None),
        35 => Input::Elsewhere(if dice.once_in(2) { known.kept.clone() } else { Some(dice.pick(&KEPT).into()) }),
        36 => {
            let at = dice.pick(&[0, 1, 1_763_752_000_001, 1_763_752_100_000, u64::MAX]);
            let marketing = dice.pick(&["\"granted\"", "\"denied\"", "7"]);
            Input::Elsewhere(Some(format!(r#"{{"chosen":{at},"marketing":{marketing}}}"#)))
        }
        37 => dice.pick(&[Input::Forget, Input::Flush, Input::Shown]),
        29 => dice.pick(&[Input::Flush, Input::Flush, Input::Reset, Input::Reset, Input::Stop]),
        _ => Input::Settled { batch: batch(dice, known), outcome: outcome(dice) },
    }
}

/// Mostly the API; signals that govern this and that, some of which never answer.
pub(crate) fn consent(dice: &mut Dice) -> Map {
    let mut told = Map::new();
    told.insert("source", dice.pick(&["api", "api", "api", "tcf", "klaro"]));
    if !dice.once_in(8) {
        told.insert("choices", object(dice.pick(&CHOICES)));
    }
    if dice.once_in(3) {
        let governs = [r#"["analytics"]"#, r#"["marketing","functional"]"#, r#"["ads",7]"#, "[]", "7"];
        told.insert("governs", read(dice.pick(&governs)).unwrap());
    }
    if dice.once_in(4) {
        told.insert("version", "2.3 \"x\"".repeat(dice.pick(&[1, 100])));
        told.insert("at", dice.pick(&NUMBERS));
    }
    told
}

fn batch(dice: &mut Dice, known: &Known) -> u32 {
    dice.pick(&[known.batch, known.batch, known.batch, known.batch.wrapping_sub(1), known.batch.wrapping_add(1), 0, u32::MAX])
}

fn outcome(dice: &mut Dice) -> Outcome {
    if dice.once_in(6) {
        return Outcome::Failed;
    }
    let retry_after_ms = dice.once_in(4).then(|| dice.pick(&NUMBERS));
    Outcome::Answered { status: dice.pick(&STATUSES), retry_after_ms, body: dice.pick(&ANSWERS).into() }
}

fn name(dice: &mut Dice) -> String {
    if dice.once_in(30) { "x".repeat(5_000) } else { dice.pick(&NAMES).into() }
}

pub(crate) fn facts(dice: &mut Dice) -> Facts {
    let text = |dice: &mut Dice| dice.pick(&["", "desktop", "1920x1080", "\"\\\u{7f}"]).into();
    Facts {
        document: document(dice),
        touched: dice.once_in(2),
        width: dice.pick(&NUMBERS),
        height: dice.pick(&NUMBERS),
        language: text(dice),
        screen: text(dice),
        viewport: text(dice),
        engine: text(dice),
        gpc: dice.once_in(4),
        dnt: dice.once_in(4),
        seen: dice.once_in(8),
    }
}

fn document(dice: &mut Dice) -> Document {
    let title = dice.pick(&["", "Mugs", "😀"]).repeat(dice.pick(&[1, 1, 400]));
    Document { url: dice.pick(&ADDRESSES).into(), title, referrer: dice.pick(&ADDRESSES).into() }
}

fn position(dice: &mut Dice) -> ScrollPosition {
    let mut pixels = || dice.pick(&[0, 1, 700, 5_000, u32::MAX]);
    ScrollPosition { top: pixels(), window: pixels(), page: pixels() }
}

fn media(dice: &mut Dice) -> MediaFact {
    MediaFact {
        element: dice.below(70) as u32,
        moment: dice.pick(&[MediaMoment::Play, MediaMoment::Progress, MediaMoment::Ended, MediaMoment::Changed]),
        audio: dice.once_in(2),
        position_ms: dice.pick(&NUMBERS),
        duration_ms: dice.pick(&NUMBERS),
        watched_ms: dice.pick(&NUMBERS),
        title: name(dice),
        url: dice.pick(&ADDRESSES).into(),
    }
}

fn form(dice: &mut Dice) -> FormFact {
    FormFact {
        element: dice.below(300) as u32,
        moment: dice.pick(&[FormMoment::Touched, FormMoment::Submitted, FormMoment::Invalid]),
        id: name(dice),
        name: name(dice),
        destination: dice.pick(&ADDRESSES).into(),
        fields: name(dice),
    }
}

fn markup(dice: &mut Dice) -> Markup {
    let element = |dice: &mut Dice| {
        let mut element = Map::new();
        for _ in 0..dice.below(5) {
            let key = dice.pick(&["mpEvent", "mpItemId", "mpPrice", "mpCurrency", "mpItems", "mp", "mpÜ", "x", "mpTransactionId"]);
            element.insert(key, dice.pick(&["add_to_cart", "19.99", "EUR", "", "1,5"]));
        }
        element
    };
    let elements = |dice: &mut Dice| (0..dice.below(4)).map(|_| element(dice).into()).collect();
    Markup { chain: elements(dice), inside: elements(dice) }
}

fn object(text: &str) -> Map {
    match read(text) {
        Ok(Value::Map(map)) => map,
        other => panic!("{text}: {other:?}"),
    }
}
