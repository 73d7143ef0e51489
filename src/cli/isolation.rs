//! How commands are confined where nobody says it.

use crate::engine::Runner;
use crate::sandbox::{Isolation, missing_ids};

/// How commands are confined where nobody says so.
pub(super) fn default_isolation() -> Isolation {
    match missing_ids() {
        Some(_) => Isolation::SingleId,
        None => Isolation::Namespaces,
    }
}

/// Who removes what earlier builds of this user left.
pub(super) fn own_runner() -> Runner {
    Runner::new(default_isolation())
}
