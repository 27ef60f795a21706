//! Chooses which letter each of the frequent symbols gets, so that a letter tells brotli more of the one after it.
//! Not here: which letters there are (spell.rs), and what the symbols are (join.rs).
//!
//! Brotli foresees a letter by the kind of the one before: a vowel, a consonant, a bracket, and so on. Here, symbols that are
//! followed by the same ones get letters of one kind, as well as a search of a second finds out.

use super::{LOW, letter};

/// What brotli takes for one kind each (RFC 7932, section 7.1, UTF8), of the letters that stand for symbols.
const KINDS: [&str; 6] = ["?@^_`|~", "[{", "]}>", "AEIOU", "BCDFGHJKLMNPQRSTVWXYZ", "aeiou"];

/// Bits of a letter's mention in brotli's description of what follows a kind.
const MENTION: i64 = 6 * BIT;

/// Bits are counted in whole fractions, so that every machine comes to the same letters.
const BIT: i64 = 1 << 10;

const STEPS: u64 = 60_000;

/// How many bits worse the first step may be; the last one none.
const WORSE: i64 = 100 * BIT;

/// For each number of one letter, the one that its symbol is to have instead.
pub(super) fn arrange(code: &[u64]) -> Vec<u64> {
    let mut search = Search::new(code);
    // Knuth's generator, for the same letters each time.
    let mut random = 1_u64;
    let mut any = || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((random >> 33) % LOW) as usize
    };
    for left in (0..STEPS).rev() {
        search.exchange(any(), any(), WORSE * left as i64 / STEPS as i64);
    }
    search.sorted()
}

/// What follows what.
type Counts = Vec<i64>;

struct Search {
    /// By number: what comes after it.
    after: Vec<Counts>,
    /// By number: its letter.
    letters: Vec<usize>,
    /// By letter: its kind.
    kinds: Vec<usize>,
    /// By kind: what comes after its letters, and the bits that says.
    sums: Vec<(Counts, i64)>,
}

impl Search {
    fn new(code: &[u64]) -> Self {
        // Numbers of more than one letter are one of their own: they are rare.
        let numbers: Vec<usize> = code.iter().map(|number| (*number).min(LOW) as usize).collect();
        let none = vec![0; LOW as usize + 1];
        let mut after = vec![none.clone(); LOW as usize];
        for pair in numbers.windows(2) {
            if let [one, next] = pair
                && let Some(count) = after.get_mut(*one).and_then(|counts| counts.get_mut(*next))
            {
                *count += 1;
            }
        }
        let kind = |number| KINDS.iter().position(|kind| kind.contains(letter(number))).unwrap_or(KINDS.len());
        let mut search = Self {
            after,
            letters: (0..LOW as usize).collect(),
            kinds: (0..LOW).map(kind).collect(),
            sums: vec![(none, 0); KINDS.len() + 1],
        };
        for (kind, counts) in search.kinds.iter().zip(&search.after) {
            if let Some((sum, _)) = search.sums.get_mut(*kind) {
                *sum = add(sum, counts, 1);
            }
        }
        for (counts, cost) in &mut search.sums {
            *cost = bits(counts);
        }
        search
    }

    /// Gives each of the two numbers the other's letter, unless that is worse by more than so many bits.
    fn exchange(&mut self, one: usize, other: usize, worse: i64) -> Option<()> {
        let (its, others) = (*self.letters.get(one)?, *self.letters.get(other)?);
        let (from, to) = (*self.kinds.get(its)?, *self.kinds.get(others)?);
        if from == to {
            return None;
        }
        let moved = add(self.after.get(one)?, self.after.get(other)?, -1);
        let ((left, left_bits), (met, met_bits)) = (self.sums.get(from)?, self.sums.get(to)?);
        let (left_now, met_now) = (add(left, &moved, -1), add(met, &moved, 1));
        let (left_cost, met_cost) = (bits(&left_now), bits(&met_now));
        if left_cost + met_cost - left_bits - met_bits <= worse {
            *self.sums.get_mut(from)? = (left_now, left_cost);
            *self.sums.get_mut(to)? = (met_now, met_cost);
            self.letters.swap(one, other);
        }
        Some(())
    }

    /// The same kinds, but the letters of each by number, as symbols in order are described in fewer bytes.
    fn sorted(&self) -> Vec<u64> {
        let kind = |letter: &usize| self.kinds.get(*letter).copied();
        let mut free: Vec<usize> = (0..LOW as usize).collect();
        let first = |letter| {
            let at = free.iter().position(|other| kind(other) == kind(letter)).unwrap_or_default();
            free.remove(at) as u64
        };
        self.letters.iter().map(first).collect()
    }
}

fn add(counts: &Counts, more: &Counts, times: i64) -> Counts {
    counts.iter().zip(more).map(|(count, more)| count + more * times).collect()
}

/// What a kind's letters cost: each what its frequency says, and a mention.
fn bits(counts: &Counts) -> i64 {
    let total: i64 = counts.iter().sum();
    let spelled = |count: i64| if count > 0 { (count as f64 * (count as f64).log2() * BIT as f64).round() as i64 } else { 0 };
    spelled(total) + counts.iter().filter(|count| **count > 0).map(|count| MENTION - spelled(*count)).sum::<i64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two symbols that `1` follows, and two that `2` does, in turns.
    fn code() -> Vec<u64> {
        (0..400).flat_map(|turn| [[10, 1], [20, 2], [30, 1], [40, 2]][turn % 4]).collect()
    }

    fn kind(number: u64) -> Option<usize> {
        KINDS.iter().position(|kind| kind.contains(letter(number)))
    }

    #[test]
    fn every_letter_is_given_once() {
        let mut letters = arrange(&code());
        letters.sort_unstable();
        assert_eq!(letters, (0..LOW).collect::<Vec<_>>());
    }

    #[test]
    fn what_the_same_follows_gets_letters_of_one_kind() {
        let letters = arrange(&code());
        let kinds = [10, 30, 20, 40].map(|number: usize| kind(letters[number]));
        assert_eq!((kinds[0], kinds[2]), (kinds[1], kinds[3]));
        assert_ne!(kinds[0], kinds[2]);
    }
}
