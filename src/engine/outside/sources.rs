//! The sources of a build outside the repository, and how far it may ask them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use crate::engine::lock::{Locking, Rules};
use crate::engine::parent::ParentImage;
use crate::engine::vendor::Vendored;
use crate::oci::BlobSource;
use crate::recipe::Lock;
use crate::registry::Registry;
use crate::sandbox::Isolation;
use crate::store::Store;
use crate::tree::Codec;

use super::location::KnownSources;

/// How far outside is looked for what the store does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Nothing is fetched or made.
    Offline,
    /// What is missing is fetched or made.
    Missing,
    /// Registries and archives are asked for something newer first.
    Newer,
}

/// Finds the images that flavours stack on, each once.
pub struct Outside {
    pub(in crate::engine) store: Store,
    pub(in crate::engine) registry: Option<Registry>,
    pub(in crate::engine) reach: Reach,
    pub(in crate::engine) codec: Codec,
    pub(in crate::engine) epoch: Option<u64>,
    /// Whether bases are made from packages where none is known.
    pub(super) makes: bool,
    isolation: Isolation,
    pub(in crate::engine) say: Box<dyn Fn(&str) + Send + Sync>,
    pub(super) found: Mutex<BTreeMap<String, Arc<ParentImage>>>,
    rules: Rules,
    locking: OnceLock<Locking>,
    pub(in crate::engine) vendored: Mutex<Option<Arc<Vendored>>>,
}

impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outside")
            .field("reach", &self.reach)
            .finish_non_exhaustive()
    }
}

impl Outside {
    /// Looks in a store first, then outside as far as `reach` says.
    #[must_use]
    pub fn new(store: Store, registry: Option<Registry>, reach: Reach, codec: Codec) -> Self {
        let found = Mutex::new(BTreeMap::new());
        Self {
            store,
            registry,
            reach,
            codec,
            epoch: None,
            makes: true,
            isolation: Isolation::Namespaces,
            say: Box::new(|_| {}),
            found,
            rules: Rules::default(),
            locking: OnceLock::new(),
            vendored: Mutex::default(),
        }
    }

    /// States the creation date of what is made from packages (`SOURCE_DATE_EPOCH`).
    #[must_use]
    pub fn epoch(mut self, epoch: Option<u64>) -> Self {
        self.epoch = epoch;
        self
    }

    /// States how commands are confined, which is part of the keys of their steps.
    #[must_use]
    pub fn confining(mut self, isolation: Isolation) -> Self {
        self.isolation = isolation;
        self
    }

    /// Makes no base from packages: one that the store does not have is not known.
    #[must_use]
    pub fn making_nothing(mut self) -> Self {
        self.makes = false;
        self
    }

    /// States how closely a lock is kept to.
    #[must_use]
    pub fn keeping(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// Puts the lock of a repository into force; gives the one that is in force, which is another's
    /// when one was before.
    pub fn lock_to(&self, root: &Path, lock: Lock) -> &Locking {
        let new = || Locking::new(root, lock, self.rules.clone());
        self.locking.get_or_init(new)
    }

    /// The lock that is in force.
    #[must_use]
    pub fn locking(&self) -> Option<&Locking> {
        self.locking.get()
    }

    /// Whether what is not locked is refused.
    #[must_use]
    pub fn strict(&self) -> bool {
        self.rules.strict
    }

    /// The creation date that the lock states.
    pub(in crate::engine) fn locked_epoch(&self) -> Option<u64> {
        self.locking()?.lock().epoch
    }

    /// How commands are confined.
    pub(in crate::engine) fn isolation(&self) -> Isolation {
        self.isolation
    }

    /// How far outside is looked.
    pub(in crate::engine) fn reach(&self) -> Reach {
        self.reach
    }

    /// Sets what is called when something slow begins.
    #[must_use]
    pub fn saying(mut self, say: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.say = Box::new(say);
        self
    }

    /// Reports that something slow begins.
    pub(in crate::engine) fn say(&self, what: &str) {
        (self.say)(what);
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Where blobs are read: the store, else the registry, layout or archive that their image came from.
    #[must_use]
    pub fn blobs(&self) -> Arc<dyn BlobSource> {
        Arc::new(KnownSources {
            store: self.store.clone(),
            registry: self.registry.clone(),
        })
    }
}
