//! Long browsing on a bad network: what was told under consent arrives, once, with its amounts.

use proptest::prelude::*;

use crate::dice::Dice;
use crate::world::World;

/// Steps of the long run; the network is kind once in so many.
const STEPS: u64 = 100_000;
const ROUND: u64 = 2_000;

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_told_arrives_once(numbers in prop::collection::vec(any::<u64>(), 0..300)) {
        let mut world = World::new();
        for number in numbers {
            world.act(&mut Dice(number));
        }
        world.heal();
    }
}

/// `MILEPOST_SEED=n` plays a round again that failed.
#[test]
fn what_was_told_arrives_once_however_long_it_takes() {
    if let Ok(seed) = std::env::var("MILEPOST_SEED") {
        return play(seed.parse().expect("MILEPOST_SEED is a number"));
    }
    let half = |first: u64| (first..STEPS / ROUND).step_by(2).find(|seed| std::panic::catch_unwind(|| play(*seed)).is_err());
    let failed = std::thread::scope(|scope| [0, 1].map(|first| scope.spawn(move || half(first))).map(|half| half.join().unwrap()));
    assert_eq!(failed, [None, None], "these rounds fail again with MILEPOST_SEED=n");
}

fn play(seed: u64) {
    let (mut world, mut dice) = (World::new(), Dice(seed.wrapping_mul(0xd134_2543_de82_ef95)));
    (0..ROUND).for_each(|_| world.act(&mut dice));
    world.heal();
}
