//! Failures of the engine, with their exit code, place and hint.

use super::failure::{Failure, Kind};
use crate::engine::{Error, RunError, StepError};
use crate::origin::Diagnostic;
use crate::store;

/// The failure of a gate, with the places that it is about.
fn held_back(failure: Failure, cause: &Error) -> Failure {
    match cause {
        Error::Weakened(broken) | Error::Defeated(broken) => match broken.split_first() {
            Some((first, others)) => {
                let and = |one: Diagnostic, other: &Diagnostic| {
                    one.and(&other.origin, other.message.clone())
                };
                failure.at(others.iter().fold(first.clone(), and))
            }
            None => failure,
        },
        Error::Audit { origin, .. } => {
            let said = Diagnostic::error(origin, failure.message.clone());
            failure.at(said.labelled("asked for here").hint(
                "meet the controls, make exceptions with an owner and an expiry, or lower the threshold",
            ))
        }
        _ => failure,
    }
}

/// The failure of a build: an error of the recipe, or of the world outside.
pub(in crate::cli) fn fail(error: &Error) -> Failure {
    let mut cause = error;
    loop {
        cause = match cause {
            Error::Nested { source, .. } => source,
            Error::RunStep { source, .. } => source,
            _ => break,
        };
    }
    let kind = kind_of(cause);
    let failure = Failure::new(kind, error);
    match cause {
        Error::Step { origin, source, .. } => failure.at(match source {
            StepError::Setting(diagnostic) => diagnostic.as_ref().clone(),
            other => {
                let said = Failure::new(kind, other).message;
                Diagnostic::error(origin, said).labelled("asked for by this entry")
            }
        }),
        Error::Weakened(_) | Error::Defeated(_) | Error::Audit { .. } => held_back(failure, cause),
        Error::Accounts { .. } => failure.hint(
            "files that machines keep below /var and /home belong to numbers; where that does not \
             matter, delete the account's line from terroir.lock, then run terroir lock",
        ),
        Error::Registry(error) => match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        },
        Error::Run(error) => match error.hint() {
            Some(hint) => failure.hint(&hint),
            None => failure,
        },
        Error::NotLocked { .. } => failure
            .hint("terroir lock adds it; look at what it writes, and keep it in version control"),
        Error::Drift { .. } => {
            failure.hint("terroir update NAME takes what is there now; terroir lock all of it")
        }
        Error::Platform { .. } => {
            failure.hint("name one that it has in `platforms` or with --platform")
        }
        Error::Moved { .. } => failure.hint(
            "terroir update takes the new state; --vendor names a place that kept the old one, and \
             so may a mirror of snapshots in the recipe",
        ),
        Error::Vendor { .. } => failure.hint("terroir vendor writes one"),
        Error::Bootstrap(_) => failure
            .hint("mmdebstrap and its keyrings are Debian packages: apt-get install mmdebstrap"),
        Error::Lint(_) => failure.hint("docs/src/lint.md says of each rule what to do"),
        Error::Unbuilt { .. } => failure
            .hint("the warnings above show each of them; docs/src/bluebuild.md says what is built"),
        _ => failure,
    }
}

/// What an error means for the exit code.
fn kind_of(cause: &Error) -> Kind {
    match cause {
        Error::Weakened(_)
        | Error::Defeated(_)
        | Error::Lint(_)
        | Error::Audit { .. }
        | Error::Accounts { .. } => Kind::No,
        Error::Step { .. }
        | Error::Unbuilt { .. }
        | Error::Platform { .. }
        | Error::Layers { .. }
        | Error::NotLocked { .. }
        | Error::Drift { .. }
        | Error::Run(RunError::Secret { .. } | RunError::Tree(_))
        | Error::Store(store::Error::TagName(_)) => Kind::Usage,
        _ => Kind::Outside,
    }
}
