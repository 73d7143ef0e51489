//! The default isolation of commands.

use crate::engine::Runner;
use crate::sandbox::{Isolation, missing_ids};

/// The isolation of commands that nobody chose.
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
