//! Wrong tokens, by the address that they come from.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// How many wrong tokens an address may send within [`WINDOW`].
const WRONG_TOKENS: u32 = 10;
/// How long wrong tokens count, in seconds.
const WINDOW: u64 = 60;
/// How many addresses are watched at most.
const WATCHED: usize = 10_000;

/// How many wrong tokens came, and from where.
#[derive(Debug, Default)]
pub(super) struct Guesses {
    watched: Mutex<Watched>,
}

#[derive(Debug, Default)]
struct Watched {
    /// How many an address sent, and since when they count.
    of: BTreeMap<String, (u32, u64)>,
    total: u64,
}

impl Guesses {
    /// Whether an address sent too many to get another answer.
    pub(super) fn is_blocked(&self, address: &str, now: u64) -> bool {
        let watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let found = watched.of.get(address);
        found.is_some_and(|(count, since)| *count >= WRONG_TOKENS && now < since + WINDOW)
    }

    /// Counts one.
    pub(super) fn count(&self, address: &str, now: u64) {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        watched.total += 1;
        if watched.of.len() >= WATCHED {
            watched.of.retain(|_, (_, since)| now < *since + WINDOW);
        }
        let (count, since) = watched.of.entry(address.to_owned()).or_insert((0, now));
        if now >= *since + WINDOW {
            (*count, *since) = (0, now);
        }
        *count += 1;
    }

    /// How many there were since the start.
    pub(super) fn total(&self) -> u64 {
        let watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        watched.total
    }
}

/// Compares two texts in a time that does not tell where they differ.
pub(super) fn is_same(a: &str, b: &str) -> bool {
    let differ = a
        .bytes()
        .zip(b.bytes())
        .fold(0, |all, (a, b)| all | (a ^ b));
    a.len() == b.len() && differ == 0
}
