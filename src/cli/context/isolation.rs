//! How commands are confined where nobody says it.

use crate::engine::Runner;
use crate::sandbox::{Isolation, missing_ids};

/// How commands are confined where nobody says so.
pub(in crate::cli) fn default_isolation() -> Isolation {
    match missing_ids() {
        Some(_) => Isolation::SingleId,
        None => Isolation::Namespaces,
    }
}

/// Who removes what earlier builds of this user left.
pub(in crate::cli) fn own_runner() -> Runner {
    Runner::new(default_isolation())
}
