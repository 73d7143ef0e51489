//! The failure for an error of an installation.

use crate::cli::output::engine_failure::fail;
use crate::cli::output::failure::{Failure, Kind};
use crate::installer::InstallError;

/// The failure for an error.
pub(super) fn failure(error: &InstallError) -> Failure {
    let failure = match error {
        InstallError::Engine(error) => fail(error),
        InstallError::Document(_) | InstallError::Address { .. } => {
            Failure::new(Kind::Usage, error)
        }
        InstallError::Disk(_) | InstallError::Platform { .. } | InstallError::Hosts(_) => {
            Failure::new(Kind::No, error)
        }
        _ => Failure::new(Kind::Outside, error),
    };
    match error.hint() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
