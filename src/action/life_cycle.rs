//! How machines of an image live on: what updates them, and what takes them back.

use serde::{Deserialize, Serialize};

/// How the machines of an image are updated.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum LifeCycle {
    /// As deployments of OSTree, from the distribution's own packages.
    Ostree,
    /// By bootc, which the image carries.
    Bootc,
    /// By packages, as an ordinary root.
    Plain,
}

impl LifeCycle {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ostree, Self::Bootc, Self::Plain];

    /// The file of a root that holds the word for its own.
    pub const PLACE: &'static str = "/usr/lib/terroir/life-cycle";

    /// The life cycle of a word; blanks around it do not count.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        let word = word.trim();
        Self::ALL.into_iter().find(|one| one.name() == word)
    }

    /// The word for it in recipes, records and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ostree => "ostree",
            Self::Bootc => "bootc",
            Self::Plain => "plain",
        }
    }
}
