//! Choices from numbers: the same numbers, the same choices, so that what fails can be played again.

/// A number that choices are taken from, one after another.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// One of these.
    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize].clone()
    }

    /// A number below this one.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        let (rest, chosen) = (self.0 / limit, self.0 % limit);
        // SplitMix64 (Steele, Lea, Flood 2014): what is left of the number is made a whole one again.
        let mut mixed = rest.wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^= mixed >> 27;
        self.0 = mixed;
        chosen
    }

    /// Once in so many times.
    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}
