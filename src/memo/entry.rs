//! Entries of the memo: a result with the facts that it stands on.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::checker::{Checker, Holds, nanoseconds};
use super::fact::{Fact, Facts, Place};
use super::stored::Stored;
use crate::oci::Digest;
use crate::store::Store;

/// The number of the format of entries.
const FORMAT: u32 = 1;

/// What this program is: entries of another are not trusted.
pub const PROGRAM: &str = concat!(env!("CARGO_PKG_VERSION"), " ", env!("TERROIR_SOURCES"));

/// A result with the facts that it stands on.
#[derive(Debug, Serialize, Deserialize)]
pub struct Entry<T> {
    format: u32,
    program: String,
    /// When its facts were noted, at the earliest, in nanoseconds since 1970.
    noted: u64,
    facts: Vec<(Place, Fact)>,
    /// The list of files of the store that it stands on.
    list: Digest,
    /// Blobs that have to be in the store, with their sizes.
    blobs: Vec<(Digest, u64)>,
    /// The result.
    pub result: T,
}

impl<T: Serialize + DeserializeOwned> Entry<T> {
    /// An entry; `noted` is a time before the first of its facts was looked at.
    #[must_use]
    pub fn new(
        noted: SystemTime,
        facts: Facts,
        (list, blobs): (Digest, Vec<(Digest, u64)>),
        result: T,
    ) -> Self {
        Self {
            format: FORMAT,
            program: PROGRAM.to_owned(),
            noted: stored(noted),
            facts: facts.into_iter().collect(),
            list,
            blobs,
            result,
        }
    }

    /// Keeps it in a store.
    ///
    /// # Errors
    /// The store cannot be written to.
    pub fn keep(&self, key: &Digest, store: &Store) -> Result<(), crate::store::Error> {
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        store.put_memo(key, &bytes)
    }

    /// Finds it in a store, if it is of this program.
    #[must_use]
    pub fn find(key: &Digest, store: &Store) -> Option<Self> {
        let bytes = store.memo(key)?;
        let entry: Self = serde_json::from_slice(&bytes).ok()?;
        (entry.format == FORMAT && entry.program == PROGRAM).then_some(entry)
    }

    /// Whether it holds: all of its facts, and what it needs of the store.
    pub fn holds(
        &self,
        (checker, stored): (&mut Checker, &mut Stored<'_>),
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Holds {
        let noted = UNIX_EPOCH + Duration::from_nanos(self.noted);
        let mut least = Holds::ByLook;
        for (place, fact) in &self.facts {
            least = least.min(checker.holds((place, fact), noted, variable));
            if least == Holds::No {
                return least;
            }
        }
        match stored.holds(&self.list) && self.blobs.iter().all(|blob| stored.has(blob)) {
            true => least,
            false => Holds::No,
        }
    }

    /// The same, as a checker that found it to hold has looked at it later.
    #[must_use]
    pub fn again(mut self, checker: &Checker, noted: SystemTime) -> Self {
        for (place, fact) in &mut self.facts {
            if let (Fact::Content(look, _), Some(now)) = (fact, checker.look(place)) {
                *look = now;
            }
        }
        self.noted = stored(noted);
        self
    }
}

fn stored(time: SystemTime) -> u64 {
    u64::try_from(nanoseconds(time)).unwrap_or(u64::MAX)
}
