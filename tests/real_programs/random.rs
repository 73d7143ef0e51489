//! Choices of a small generator with a fixed seed, and how many cases are tried.

/// A generator (xorshift); the same seed gives the same choices.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// A generator from a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below a bound.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).expect("a small bound");
        usize::try_from((self.next() >> 11) % bound).expect("below the bound")
    }

    /// One of several things.
    pub(crate) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// True in this many of a hundred cases.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// Some of several things in any order, joined.
    pub(crate) fn some(&mut self, of: &[&str], most: usize, with: &str) -> String {
        let count = self.below(most + 1);
        let chosen: Vec<&str> = (0..count).map(|_| *self.one(of)).collect();
        chosen.join(with)
    }
}

/// How many cases of a kind are tried: 300, or what `TERROIR_TEST_CASES` says.
#[expect(clippy::disallowed_methods, reason = "tests look at the environment")]
pub(crate) fn cases() -> usize {
    let said = std::env::var("TERROIR_TEST_CASES").ok();
    said.and_then(|said| said.parse().ok()).unwrap_or(300)
}
