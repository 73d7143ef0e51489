//! A flavour with its whole ancestry, its facts and tests, and the record in its image.

pub(super) mod expectation;
pub(super) mod facts;
pub(super) mod record;
pub(super) mod resolved;
