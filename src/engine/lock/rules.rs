//! How closely a lock is kept to.

use std::collections::BTreeSet;

use crate::package::{Resolution, Resolved};
use crate::recipe::Base;

/// How closely a lock is kept to.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Whether what is not locked is refused.
    pub strict: bool,
    /// What is looked for anew although it is locked.
    pub refresh: Refresh,
    /// Where packages and bases are kept, instead of what the lock says.
    pub vendor: Option<Base>,
}

/// What is looked for anew although it is locked.
#[derive(Clone, Debug, Default)]
pub struct Refresh {
    /// Everything.
    pub everything: bool,
    /// Bases by their name in the lock, with the packages of all flavours that derive from them.
    pub bases: BTreeSet<String>,
    /// The packages of recipes.
    pub recipes: BTreeSet<String>,
    /// Packages by name; the others of the same request stay as long as that is possible.
    pub packages: BTreeSet<String>,
}

/// What is known of a request for packages.
#[derive(Clone, Debug)]
pub(in crate::engine) enum Pinned {
    /// Exactly these.
    Known(Resolution),
    /// They are to be found out; these stay if the archives still have them.
    Open(Vec<Resolved>),
}
