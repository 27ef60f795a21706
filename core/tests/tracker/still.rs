//! The gate alone, in tens of thousands of short lives: signals, choices, refusals of the browser, other tabs, leaving and
//! coming back, in any order. Nothing is sent, kept, read or named while the visitor doesn't agree.

use milepost_core::options::Options;
use milepost_core::{Effect, Input, Tracker};

use crate::dice::Dice;
use crate::page::START;
use crate::visitor::Visitor;
use crate::wild::{Known, input, later};

const LIVES: u64 = 24_000;
const LONGEST: u64 = 24;
const OPTIONS: [&str; 4] = [
    r#"{"site":"shop","collector":"/","conversions":"ecommerce","batch":{"maxWaitMs":0}}"#,
    r#"{"site":"shop","collector":"/","consent":{"mode":"granted","gpc":["analytics"]},"batch":{"maxWaitMs":0}}"#,
    r#"{"site":"shop","collector":"/","consent":{"dnt":["analytics"]},"cookieless":true}"#,
    r#"{"site":"shop","collector":"/","consent":{"mode":"granted"},"cookieless":true}"#,
];

#[test]
fn in_tens_of_thousands_of_lives_nothing_happens_that_the_visitor_did_not_agree_to() {
    let mut active = 0;
    for life in 0..LIVES {
        let mut dice = Dice(life.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bd1_e995_0000_0000);
        active += u64::from(live(life, &mut dice));
    }
    // A gate that never opens would keep still, too.
    assert!(active * 5 > LIVES, "only {active} of {LIVES} visitors ever agreed");
}

/// Whether anything was sent or kept.
fn live(life: u64, dice: &mut Dice) -> bool {
    let options = dice.pick(&OPTIONS);
    let mut tracker = Tracker::new(Options::parse(options).unwrap(), [life, 0x1234_5678_9abc_def1]);
    let (mut visitor, mut known, mut now, mut active) = (Visitor::new(options), Known::default(), START, false);
    let mut effects = Vec::new();
    for step in 0..dice.below(LONGEST) {
        // Pages begin by telling of themselves, but for a few.
        let told = if step == 0 && !dice.once_in(8) { Input::Started(crate::wild::facts(dice)) } else { any(dice, &known) };
        now = later(now, dice);
        visitor.hear(&told, now);
        let asked = format!("{told:?}");
        tracker.handle(told, now, &mut effects);
        for effect in effects.drain(..) {
            match &effect {
                Effect::Forget | Effect::Release | Effect::Wake { .. } | Effect::Diagnose(_) => continue,
                Effect::Persist(text) => known.kept = Some(text.clone()),
                Effect::Send { batch, .. } => known.batch = *batch,
                _ => {}
            }
            assert!(visitor.agrees(), "life {life}, {asked}: {effect:?}");
            active = true;
        }
    }
    active
}

/// What bears on the gate, and now and then anything else.
fn any(dice: &mut Dice, known: &Known) -> Input {
    match dice.below(5) {
        0 => Input::Consent(crate::wild::consent(dice)),
        1 => dice.pick(&[
            Input::Hidden,
            Input::Left,
            Input::Shown,
            Input::Flush,
            Input::Loaded(known.kept.clone()),
            Input::Forget,
            Input::Elsewhere(None),
        ]),
        2 => Input::Elsewhere(Some(format!(r#"{{"chosen":{}}}"#, dice.pick(&[1, 1_763_752_000_050, u64::MAX])))),
        _ => input(dice, known),
    }
}
