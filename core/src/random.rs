//! Identifiers and jitter from one seed, so that the same inputs give the same effects.

use alloc::string::String;

/// A xorshift128+ generator: nothing here has to be secret, only different from browser to browser.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64, u64);

impl Random {
    /// From 128 bits of the browser's cryptographic randomness.
    pub(crate) fn new(seed: [u64; 2]) -> Self {
        // A state of zeros would stay there.
        Self(seed[0] | 1, seed[1])
    }

    pub(crate) fn next(&mut self) -> u64 {
        let (mut a, b) = (self.0, self.1);
        a ^= a << 23;
        self.0 = b;
        self.1 = a ^ b ^ (a >> 17) ^ (b >> 26);
        self.1.wrapping_add(b)
    }

    /// A number from 0 to `limit`, both included.
    pub(crate) fn up_to(&mut self, limit: u64) -> u64 {
        self.next() % limit.saturating_add(1)
    }

    /// So many random hexadecimal digits, 16 a word.
    pub(crate) fn hex(&mut self, words: u8) -> String {
        let mut text = String::new();
        for _ in 0..words {
            let word = self.next();
            for digit in 0..16 {
                let digit = (word >> (digit * 4)) as u8 & 15;
                text.push(char::from(digit + if digit < 10 { b'0' } else { b'a' - 10 }));
            }
        }
        text
    }
}
