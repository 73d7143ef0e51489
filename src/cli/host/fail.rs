//! Errors of the machine as failures.

use crate::cli::output::failure::{Failure, Kind};
use crate::host::Error;

/// The failure for an error.
pub(super) fn fail(error: &Error) -> Failure {
    let kind = match error {
        Error::NotAHost(_) | Error::Configuration { .. } => Kind::Usage,
        Error::Policy { .. } | Error::State(_) | Error::Unfollowed(_) => Kind::No,
        _ => Kind::Outside,
    };
    let failure = Failure::new(kind, error);
    match error {
        Error::Configuration { problems, .. } => match problems.first() {
            Some(first) => failure.at(first.clone()),
            None => failure,
        },
        Error::Registry(inner) => match inner.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        },
        Error::Policy { .. } => failure.hint(
            "until this terroir can verify signatures, update this machine with what verifies \
             them, or let the image in by name in that file",
        ),
        _ => failure,
    }
}
