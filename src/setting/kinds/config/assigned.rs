//! One assignment of a key, and where it stands.

use crate::setting::contract::check::Place;

/// One assignment of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setting) struct Assigned {
    /// The value; empty for a key that stands alone.
    pub value: String,
    /// Where it stands.
    pub place: Place,
}
