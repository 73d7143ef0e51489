//! serde's view of an origin.

use serde::de::value::{MapAccessDeserializer, StrDeserializer, U32Deserializer};
use serde::de::{DeserializeSeed, MapAccess};

use super::problem::Problem;
use crate::origin::Origin;

/// The keys of an origin, in the order in which it is read.
const KEYS: [&str; 4] = ["file", "line", "column", "length"];

/// Gives the next key of a mapping, if there is one.
pub(super) fn next_key<'de, K: DeserializeSeed<'de>>(
    key: Option<&str>,
    seed: K,
) -> Result<Option<K::Value>, Problem> {
    key.map(|key| seed.deserialize(StrDeserializer::new(key)))
        .transpose()
}

/// The entries of an origin, as serde reads them.
pub(super) struct OriginEntries<'a> {
    origin: &'a Origin,
    next: usize,
}

/// Hands an origin over to serde.
pub(super) fn origin_deserializer(origin: &Origin) -> MapAccessDeserializer<OriginEntries<'_>> {
    MapAccessDeserializer::new(OriginEntries { origin, next: 0 })
}

impl<'de> MapAccess<'de> for OriginEntries<'_> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Problem> {
        self.next += 1;
        next_key(KEYS.get(self.next - 1).copied(), seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Problem> {
        match self.next {
            1 => seed.deserialize(StrDeserializer::new(&self.origin.file)),
            2 => seed.deserialize(U32Deserializer::new(self.origin.line)),
            3 => seed.deserialize(U32Deserializer::new(self.origin.column)),
            _ => seed.deserialize(U32Deserializer::new(self.origin.length)),
        }
    }
}
