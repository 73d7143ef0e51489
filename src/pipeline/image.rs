//! An image as a pipeline sees it.

use std::collections::BTreeMap;

use crate::oci::Digest;

/// Whether an image has to be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The registry has it, built of the same inputs, by this digest.
    Fresh(Digest),
    /// It is built, for this reason.
    Stale(String),
}

/// The audit whose reports a job hands in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Audit {
    /// The benchmark; that of the distribution when absent.
    pub benchmark: Option<String>,
    /// The level up to which controls count.
    pub level: u8,
    /// Whether the machine is a workstation, not a server.
    pub workstation: bool,
    /// The score that has to be reached, in percent.
    pub threshold: f64,
    /// Answers to the benchmark's choices.
    pub choose: BTreeMap<String, String>,
}

/// An image of the repository.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// The flavour's name.
    pub name: String,
    /// Its recipe, relative to the repository.
    pub recipe: String,
    /// The nearest of its ancestors that is published, by name.
    pub parent: Option<String>,
    /// References that are moved to it; none when it is published nowhere.
    pub references: Vec<String>,
    /// The digest of what it is built of.
    pub inputs: Digest,
    /// Whether it has to be built.
    pub state: State,
    /// The audit that its recipe asks for.
    pub audit: Option<Audit>,
    /// Whether it has tests, its own or its ancestors'.
    pub tests: bool,
    /// Whether machines start from it.
    pub boots: bool,
}

impl Image {
    /// Whether it is built.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        matches!(self.state, State::Stale(_))
    }

    /// The repository of its first reference.
    #[must_use]
    pub fn repository(&self) -> Option<&str> {
        let first = self.references.first()?;
        let end = first.rfind('/').unwrap_or_default();
        let tag = first.get(end..)?.find(':').map(|at| end + at);
        first.get(..tag.unwrap_or(first.len()))
    }
}
