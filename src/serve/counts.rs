//! How many requests were answered, and how.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Counts of answers since the start.
#[derive(Debug, Default)]
pub(super) struct Counts {
    answers: Mutex<BTreeMap<Key, u64>>,
}

/// What is counted apart: the protocol, the kind of the answer, and the status of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// `http` or `tftp`.
    pub(super) protocol: &'static str,
    /// One word.
    pub(super) answer: &'static str,
    /// The status of HTTP.
    pub(super) status: u16,
}

impl Counts {
    /// Counts an answer.
    pub(super) fn add(&self, key: Key) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        *answers.entry(key).or_insert(0) += 1;
    }

    /// All counts.
    pub(super) fn all(&self) -> BTreeMap<Key, u64> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.clone()
    }
}
