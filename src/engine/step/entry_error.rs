//! Errors with the entry in which they happened.

use crate::engine::error::{Error, StepError};
use crate::origin::Origin;
use crate::recipe::Entry;

/// An error of an entry's own.
pub(super) fn failed(entry: &Entry) -> impl Fn(StepError) -> Error + use<> {
    let (entry, origin) = (entry.label.clone(), entry.origin.clone());
    move |source| Error::Step {
        entry: entry.clone(),
        origin: origin.clone(),
        source,
    }
}

/// An error with the entry at which it happened.
pub(super) fn at_entry(entry: &Entry, source: Error) -> Error {
    match source {
        Error::Step { origin, source, .. } if origin == Origin::builtin() => Error::Step {
            entry: entry.label.clone(),
            origin: entry.origin.clone(),
            source,
        },
        Error::Run(_)
        | Error::Io { .. }
        | Error::Tree(_)
        | Error::NotLocked { .. }
        | Error::Vendor { .. } => Error::RunStep {
            entry: entry.label.clone(),
            origin: entry.origin.clone(),
            source: Box::new(source),
        },
        other => other,
    }
}
