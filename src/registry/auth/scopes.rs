//! What a token has to allow.

use crate::registry::Reference;

/// What a token has to allow; the first scope is the one that cannot be done without.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::registry) struct Scopes(Vec<String>);

impl Scopes {
    /// Reading from a repository.
    pub(in crate::registry) fn pull(from: &Reference) -> Self {
        Self(vec![format!("repository:{}:pull", from.repository())])
    }

    /// Writing to a repository, and reading from those of which blobs may be mounted.
    pub(in crate::registry) fn push<'a>(
        to: &Reference,
        mounts: impl IntoIterator<Item = &'a Reference>,
    ) -> Self {
        let mut scopes = vec![format!("repository:{}:pull,push", to.repository())];
        for mount in mounts {
            scopes.extend(Self::pull(mount).0);
        }
        Self(scopes)
    }

    pub(in crate::registry) fn all(&self) -> &[String] {
        &self.0
    }

    pub(in crate::registry) fn first(&self) -> &[String] {
        self.0.get(..1).unwrap_or_default()
    }
}
