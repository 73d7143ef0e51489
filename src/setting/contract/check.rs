//! What the check of a setting finds in a finished root.

use crate::path::TreePath;
use crate::setting::input::place::constant;
use crate::tree::Unread;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Whether the root is as the setting demands.
    pub outcome: Outcome,
    /// What the root has, in words; never empty.
    pub found: String,
    /// The file, and where it is known the line, that decides it.
    pub place: Option<Place>,
}

/// Whether a root is as a setting demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It is.
    Met,
    /// It has nothing that the setting is about.
    NotApplicable,
    /// Only an installation can decide it: partitions, boot loaders.
    Install,
    /// Only a running system can decide it.
    Run,
    /// It is not.
    Unmet,
}

/// A line of a file of the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: TreePath,
    /// The line, counted from 1; none where the file as a whole decides.
    pub line: Option<u32>,
}

/// Why a setting could not be examined; this is never a verdict.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unexamined {
    /// A file that decides it could not be read.
    #[error(transparent)]
    Unread(#[from] Unread),
    /// The stored value is not one of its kind.
    #[error("the value of {setting} cannot be read: {why}")]
    Value {
        /// Key of the setting.
        setting: String,
        /// What the reader said.
        why: String,
    },
    /// No package database that this terroir reads.
    #[error("the root has no package database that terroir reads")]
    NoPackages,
}

/// What a check looks at; when none of it changed, its answer did not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reads {
    /// One path, whatever stands there.
    At(TreePath),
    /// A folder with all below it.
    Below(TreePath),
    /// The database of installed packages.
    Packages,
    /// The whole root.
    Everything,
}

impl Reads {
    /// One path.
    #[must_use]
    pub(in crate::setting) fn at(path: &str) -> Self {
        Self::At(constant(path))
    }

    /// A folder.
    #[must_use]
    pub(in crate::setting) fn below(path: &str) -> Self {
        Self::Below(constant(path))
    }

    /// Tells whether this is the path, or a folder above it; a whole root names nothing.
    #[must_use]
    pub fn names(&self, path: &TreePath) -> bool {
        match self {
            Self::At(at) => merged(at) == merged(path),
            Self::Below(folder) => merged(path).starts_with(&merged(folder)),
            Self::Packages | Self::Everything => false,
        }
    }

    /// Tells whether a change of a path may change the answer.
    ///
    /// Paths are compared without `/usr` in front of `/lib`, so that either spelling of a merged
    /// `/usr` counts.
    #[must_use]
    pub fn touches(&self, path: &TreePath) -> bool {
        let path = merged(path);
        match self {
            // A folder above may have been replaced or removed whole.
            Self::At(at) => {
                let at = merged(at);
                at == path || at.starts_with(&path)
            }
            Self::Below(folder) => {
                let folder = merged(folder);
                path.starts_with(&folder) || folder.starts_with(&path)
            }
            Self::Packages => {
                let database = path.as_bytes();
                database
                    .windows(4)
                    .any(|word| word == b"dpkg" || word == b"/rpm")
            }
            Self::Everything => true,
        }
    }
}

fn merged(path: &TreePath) -> TreePath {
    match path.as_bytes().strip_prefix(b"usr/lib/") {
        Some(rest) => TreePath::from_bytes(&[b"lib/", rest].concat()).unwrap_or_default(),
        None => path.clone(),
    }
}

impl Checked {
    /// The root is as demanded.
    pub(in crate::setting) fn met(found: impl Into<String>, place: Option<Place>) -> Self {
        Self::new(Outcome::Met, found, place)
    }

    /// The root is not as demanded.
    pub(in crate::setting) fn unmet(found: impl Into<String>, place: Option<Place>) -> Self {
        Self::new(Outcome::Unmet, found, place)
    }

    /// The root has nothing that the setting is about.
    pub(in crate::setting) fn not_applicable(found: impl Into<String>) -> Self {
        Self::new(Outcome::NotApplicable, found, None)
    }

    /// Met or not.
    pub(in crate::setting) fn when(
        met: bool,
        found: impl Into<String>,
        place: Option<Place>,
    ) -> Self {
        let outcome = if met { Outcome::Met } else { Outcome::Unmet };
        Self::new(outcome, found, place)
    }

    /// Any outcome.
    pub(in crate::setting) fn new(
        outcome: Outcome,
        found: impl Into<String>,
        place: Option<Place>,
    ) -> Self {
        Self {
            outcome,
            found: found.into(),
            place,
        }
    }
}

impl Place {
    /// A file as a whole.
    #[must_use]
    pub fn file(path: &TreePath) -> Self {
        Self {
            path: path.clone(),
            line: None,
        }
    }

    /// A line of a file, by its index from 0.
    #[must_use]
    pub fn line(path: &TreePath, index: usize) -> Self {
        Self {
            path: path.clone(),
            line: u32::try_from(index + 1).ok(),
        }
    }
}
