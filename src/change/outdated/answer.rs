//! Whether a flavour is up to date, and what says so.

use serde::Serialize;

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// A package of the archive's security suite.
    Security,
    /// The image that it derives from or copies from.
    Base,
    /// A package.
    Package,
    /// The archive that its base is made from.
    Archive,
    /// A layer that terroir ships.
    Layer,
    /// The recipe asks for something that is not locked.
    Recipe,
}

impl Why {
    /// The word in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Security => "security",
            Self::Base => "base",
            Self::Package => "package",
            Self::Archive => "archive",
            Self::Layer => "layer",
            Self::Recipe => "recipe",
        }
    }
}

/// One thing that changed, or that nobody could tell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cause {
    /// What kind of thing.
    pub why: Why,
    /// The thing.
    pub name: String,
    /// What is locked: a version or a digest.
    pub locked: Option<String>,
    /// What there is.
    pub available: Option<String>,
    /// The recipe that takes it in: the flavour's own, or one that it derives from.
    pub recipe: String,
    /// Why it could not be told; then nothing is said about what there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
}

/// Whether a flavour is up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Freshness {
    /// All is as it is locked.
    Fresh,
    /// Something changed.
    Outdated,
    /// Nothing is known to have changed, and not all could be asked.
    Unknown,
}

/// What is known of a flavour on one platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The flavour.
    pub flavour: String,
    /// Its recipe.
    pub recipe: String,
    /// The platform.
    pub platform: String,
    /// The recipes that it derives from, the nearest first.
    pub parents: Vec<String>,
    /// Whether it is up to date.
    pub state: Freshness,
    /// What changed, security first, and what could not be told.
    pub causes: Vec<Cause>,
}

impl Answer {
    /// Whether anything could not be told.
    #[must_use]
    pub fn is_unsure(&self) -> bool {
        self.causes.iter().any(|cause| cause.unknown.is_some())
    }

    /// Sorts the causes and says what follows from them.
    pub(super) fn conclude(mut self) -> Self {
        self.causes.sort();
        self.causes.dedup();
        let changed = self.causes.iter().any(|cause| cause.unknown.is_none());
        self.state = match (changed, self.is_unsure()) {
            (true, _) => Freshness::Outdated,
            (false, true) => Freshness::Unknown,
            (false, false) => Freshness::Fresh,
        };
        self
    }
}
