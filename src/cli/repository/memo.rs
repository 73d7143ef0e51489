//! The memo of a verb: results by recipe, with the facts that they stand on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::cli::context::environment::text_variable;
use crate::memo::{Checker, Entry, Facts, Holds, Stored};
use crate::oci::{Digest, sorted_json};
use crate::recipe::{LOCK_FILE, repository_root};
use crate::store::{Error, Store};

/// The results of a verb that a store remembers.
pub(in crate::cli) struct Memo<'a> {
    store: &'a Store,
    began: SystemTime,
    /// The verb, and all that its results depend on beside recipes and the store.
    common: Value,
    stored: Stored<'a>,
    /// Repositories, by the folders of recipes.
    folders: BTreeMap<PathBuf, Option<Repository>>,
    /// Folders whose repositories were the same after recipes were loaded.
    steady: BTreeMap<PathBuf, bool>,
    checkers: BTreeMap<String, Checker>,
    /// The list of what this run read of the store; none before it is kept.
    list: Option<Digest>,
}

/// A repository, as keys have it.
#[derive(Clone, PartialEq, Eq)]
struct Repository {
    root: String,
    /// The same without links.
    place: String,
    /// The digest of its lock, if it has one.
    lock: Option<Digest>,
}

impl<'a> Memo<'a> {
    /// The memo of a verb in a store; `began` is a time before anything was looked at.
    pub(in crate::cli) fn new(
        store: &'a Store,
        (verb, common): (&str, &Value),
        began: SystemTime,
    ) -> Self {
        Self {
            store,
            began,
            common: json!([verb, common]),
            stored: Stored::new(store),
            folders: BTreeMap::new(),
            steady: BTreeMap::new(),
            checkers: BTreeMap::new(),
            list: None,
        }
    }

    /// Looks at what the results of a recipe are kept by, before it is loaded.
    pub(in crate::cli) fn begin(&mut self, recipe: &Path) {
        self.key(recipe);
    }

    /// The result for a recipe that passes a last test, if all that it stands on holds.
    pub(in crate::cli) fn find<T: Serialize + DeserializeOwned, U>(
        &mut self,
        recipe: &Path,
        test: impl FnOnce(&T) -> Option<U>,
    ) -> Option<U> {
        let (key, root) = self.key(recipe)?;
        let entry: Entry<T> = Entry::find(&key, self.store)?;
        let began = self.began;
        let checker = self
            .checkers
            .entry(root)
            .or_insert_with_key(|root| Checker::new(root, began));
        let holds = entry.holds((checker, &mut self.stored), &text_variable);
        if holds == Holds::No {
            return None;
        }
        let result = test(&entry.result)?;
        if holds == Holds::ByContent {
            // From the next time on a look is enough. A memo that cannot be written is none.
            let _ = entry.again(checker, began).keep(&key, self.store);
        }
        Some(result)
    }

    /// Keeps the result for a recipe.
    pub(in crate::cli) fn keep<T: Serialize + DeserializeOwned>(
        &mut self,
        recipe: &Path,
        (facts, blobs): (Facts, Vec<(Digest, u64)>),
        result: T,
    ) -> Result<(), Error> {
        let Some((key, _)) = self.key(recipe).filter(|_| self.is_steady(recipe)) else {
            return Ok(());
        };
        if self.list.is_none() {
            self.list = Stored::keep_list(self.store)?;
        }
        match self.list {
            Some(list) => {
                Entry::new(self.began, facts, (list, blobs), result).keep(&key, self.store)
            }
            None => Ok(()),
        }
    }

    /// Whether the lock of a recipe's repository is still the one of the keys; it was read again meanwhile.
    fn is_steady(&mut self, recipe: &Path) -> bool {
        let Ok(recipe) = std::path::absolute(recipe) else {
            return false;
        };
        let folder = recipe.parent().unwrap_or(Path::new("/")).to_path_buf();
        let known = self.folders.get(&folder).cloned().flatten();
        *self
            .steady
            .entry(folder)
            .or_insert_with(|| known.is_some() && known == Repository::of(&recipe))
    }

    /// The key of a recipe's results, and the root of its repository.
    fn key(&mut self, recipe: &Path) -> Option<(Digest, String)> {
        let recipe = std::path::absolute(recipe).ok()?;
        let folder = recipe.parent()?.to_path_buf();
        let repository = self
            .folders
            .entry(folder)
            .or_insert_with(|| Repository::of(&recipe))
            .as_ref()?;
        let key = json!({
            "common": self.common,
            "recipe": recipe.to_str()?,
            "root": repository.root,
            "place": repository.place,
            "lock": repository.lock,
        });
        Some((Digest::of(&sorted_json(&key)), repository.root.clone()))
    }
}

impl Repository {
    /// The repository of a recipe; none where its paths are no text.
    fn of(recipe: &Path) -> Option<Self> {
        let root = repository_root(recipe);
        let lock = std::fs::read(root.join(LOCK_FILE)).ok();
        Some(Self {
            place: root.canonicalize().ok()?.to_str()?.to_owned(),
            root: root.to_str()?.to_owned(),
            lock: lock.map(|lock| Digest::of(&lock)),
        })
    }
}
