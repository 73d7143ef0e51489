//! Targets: what a command line or a `from` names, and how its image is found.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::module::ImageConfig;
use crate::oci::{BlobSource, Descriptor, Image, Platform, platform_name};
use crate::recipe::{Base, Known, Lock, Parents, Unusable};
use crate::registry::{self, Reference, Registry};
use crate::sandbox::Isolation;
use crate::store::{self, Layout, Store};
use crate::tree::Codec;

use super::error::Error;
use super::locked::{Locking, Rules};
use super::parent::ParentImage;
use super::place::{Everywhere, Place, note_place};
use super::vendor::Vendored;

/// What a user may name wherever an image or a flavour is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A recipe file.
    Recipe(PathBuf),
    /// Anything that exists already.
    Base(Base),
}

impl Target {
    /// Reads a target as the command line writes it.
    ///
    /// What ends in `.yml` or `.yaml` is a recipe; `oci:` and `oci-archive:` are those of
    /// containers-transports(5); everything else is an image reference.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if let Some(rest) = text.strip_prefix("oci-archive:") {
            return Self::Base(Base::Archive(rest.into()));
        }
        if let Some(rest) = text.strip_prefix("oci:") {
            return Self::Base(layout(rest));
        }
        if text.ends_with(".yml") || text.ends_with(".yaml") {
            return Self::Recipe(text.into());
        }
        Self::Base(Base::Image(match text.strip_prefix("docker://") {
            // Who writes the transport asks for the registry, Docker Hub where none is named.
            Some(name) => Reference::parse(name)
                .map_or_else(|_| name.to_owned(), |reference| reference.to_string()),
            None => text.to_owned(),
        }))
    }
}

/// Splits `DIR[:TAG]`.
fn layout(text: &str) -> Base {
    match text.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') && !path.is_empty() => Base::Layout {
            path: path.into(),
            tag: Some(tag.to_owned()),
        },
        _ => Base::Layout {
            path: text.into(),
            tag: None,
        },
    }
}

/// An image, and where its blobs are.
pub type Found = (Image, Arc<dyn BlobSource>);

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
    pub(super) store: Store,
    pub(super) registry: Option<Registry>,
    pub(super) reach: Reach,
    pub(super) codec: Codec,
    pub(super) epoch: Option<u64>,
    isolation: Isolation,
    pub(super) say: Box<dyn Fn(&str) + Send + Sync>,
    found: Mutex<BTreeMap<String, Arc<ParentImage>>>,
    rules: Rules,
    locking: OnceLock<Locking>,
    pub(super) vendored: Mutex<Option<Arc<Vendored>>>,
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
    pub(super) fn locked_epoch(&self) -> Option<u64> {
        self.locking()?.lock().epoch
    }

    /// How commands are confined.
    pub(super) fn isolation(&self) -> Isolation {
        self.isolation
    }

    /// How far outside is looked.
    pub(super) fn reach(&self) -> Reach {
        self.reach
    }

    /// Tells somebody when something slow begins.
    #[must_use]
    pub fn saying(mut self, say: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.say = Box::new(say);
        self
    }

    /// Tells whoever listens that something slow begins.
    pub(super) fn say(&self, what: &str) {
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
        Arc::new(Everywhere {
            store: self.store.clone(),
            registry: self.registry.clone(),
        })
    }

    /// The parent image for a base; none when it is not known and nothing may be fetched.
    pub(super) fn parent(
        &self,
        wanted: &Base,
        platform: &Platform,
    ) -> Result<Option<Arc<ParentImage>>, Error> {
        let key = format!("{wanted:?} {}", platform_name(platform));
        let lock = || self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = lock().get(&key) {
            return Ok(Some(Arc::clone(found)));
        }
        let found = self.find(wanted, platform)?.map(Arc::new);
        if let Some(found) = &found {
            lock().insert(key, Arc::clone(found));
        }
        Ok(found)
    }

    /// The image that a base names and where its blobs are; none when it is not known and nothing
    /// may be fetched, or when the base is no image.
    pub fn image(&self, wanted: &Base) -> Result<Option<Found>, Error> {
        match wanted {
            Base::Scratch | Base::Bootstrap(_) => Ok(None),
            Base::Layout { path, tag } => {
                let layout = Layout::open(path)?;
                let found = local_image(
                    Arc::new(layout.clone()),
                    &layout.tags(),
                    tag.as_deref(),
                    &path.display().to_string(),
                )?;
                note_place(&self.store, &found.0, &Place::layout(path))?;
                Ok(Some(found))
            }
            Base::Archive(path) => {
                let archive = store::read_archive(path)?;
                let found = local_image(
                    Arc::new(archive.clone()),
                    &archive.tags(),
                    None,
                    &path.display().to_string(),
                )?;
                note_place(&self.store, &found.0, &Place::archive(path))?;
                Ok(Some(found))
            }
            Base::Image(reference) => self.published(reference),
        }
    }
}

/// Chooses an image of a layout or an archive.
fn local_image(
    source: Arc<dyn BlobSource>,
    tags: &[(String, Descriptor)],
    wanted: Option<&str>,
    place: &str,
) -> Result<Found, Error> {
    let refuse = |why: String| Error::Parent {
        reference: place.to_owned(),
        why,
    };
    let chosen = match (wanted, tags) {
        (None, [(_, only)]) => only,
        (None, []) => return Err(refuse("it holds no image".to_owned())),
        (None, several) => {
            let names: Vec<&str> = several.iter().map(|(name, _)| name.as_str()).collect();
            return Err(refuse(format!(
                "it holds several images, name one: {}",
                names.join(", ")
            )));
        }
        (Some(wanted), tags) => {
            let found = tags
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, root)| root);
            found.ok_or_else(|| refuse(format!("it holds no image with the tag {wanted}")))?
        }
    };
    Ok((Image::load(source.as_ref(), chosen)?, source))
}

impl Parents for Outside {
    fn known(&self, base: &Base, platform: &Platform) -> Result<Option<Known>, Unusable> {
        let found = self
            .parent(base, platform)
            .map_err(|error| unusable(&error))?;
        if found.is_none() {
            let locked = self
                .locking()
                .and_then(|locking| locking.facts(base, platform));
            return Ok(locked.map(|facts| Known {
                facts,
                record: None,
                config: None,
                triggers: Vec::new(),
            }));
        }
        Ok(found.map(|parent| Known {
            facts: parent.facts.clone(),
            record: parent.record.clone(),
            config: Some(ImageConfig::of_image(&parent.config)),
            triggers: triggers(&parent.config),
        }))
    }

    fn config(&self, base: &Base, platform: &Platform) -> Result<Option<ImageConfig>, Unusable> {
        match self.image_config(base, platform) {
            Ok(found) => Ok(found.as_ref().map(ImageConfig::of_image)),
            // What is not in the store is not known.
            Err(_) if self.reach == Reach::Offline => Ok(None),
            Err(error) => Err(unusable(&error)),
        }
    }
}

/// The instructions that a config has for those who build on its image.
fn triggers(config: &serde_json::Value) -> Vec<String> {
    let stated = config.pointer("/config/OnBuild");
    let stated = stated.and_then(serde_json::Value::as_array);
    let texts = stated.into_iter().flatten();
    texts
        .filter_map(|text| Some(text.as_str()?.to_owned()))
        .collect()
}

/// Why a parent cannot be used.
fn unusable(error: &Error) -> Unusable {
    Unusable {
        why: describe(error),
        // A name that cannot be is the recipe's mistake, what lies behind a good one is not.
        outside: !matches!(
            error,
            Error::Platform { .. }
                | Error::NotLocked { .. }
                | Error::Drift { .. }
                | Error::Registry(registry::Error::Reference { .. })
                | Error::Store(store::Error::NoLayout { .. })
        ),
    }
}

/// An error in one line: its causes, each once, and what to do.
fn describe(error: &Error) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    match error {
        Error::Registry(error) => error
            .hint()
            .map_or(text.clone(), |hint| format!("{text}; {hint}")),
        Error::NotLocked { .. } => format!("{text}; terroir lock adds it"),
        Error::Platform { .. } => {
            format!("{text}; name one that it has in `platforms` or with --platform")
        }
        Error::Drift { .. } => format!("{text}; terroir update takes what is there now"),
        _ => text,
    }
}
