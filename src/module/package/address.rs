//! What packages and repositories are named by: addresses, and files with the distribution's version.

use super::plan::Plan;
use crate::origin::{Diagnostic, Sourced};

/// What a URL or name says instead of the distribution's version.
pub(in crate::module) const VERSION: &str = "%OS_VERSION%";

/// Tells whether it is an address on the network.
pub(in crate::module) fn is_address(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

/// The name of a file of the repository with the distribution's version in it; none, with a note,
/// while that is not known.
pub(in crate::module) fn with_version(
    name: &Sourced<String>,
    plan: &mut Plan<'_>,
) -> Option<Sourced<String>> {
    if !name.contains(VERSION) {
        return Some(name.clone());
    }
    let Some(version) = plan.distribution.version_id else {
        plan.undecided = plan.undecided.take().or_else(|| {
            let message = format!("not known yet which version {VERSION} is");
            Some(
                Diagnostic::warning(&name.origin, message)
                    .hint("facts are known once the parent is in the store; --fetch gets it"),
            )
        });
        return None;
    };
    Some(Sourced::new(
        name.replace(VERSION, version),
        name.origin.clone(),
    ))
}
