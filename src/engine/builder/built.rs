//! The builder of flavours and what it returns.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::action::Tree;
use crate::engine::assemble::Provenance;
use crate::engine::error::Error;
use crate::engine::outside::Outside;
use crate::engine::parent::LayerId;
use crate::engine::parent::ParentImage;
use crate::engine::runner::Runner;
use crate::engine::step::Outcome;
use crate::engine::step::Stacking;
use crate::oci::{Digest, Image};
use crate::recipe::Flavour;
use crate::tree::{Codec, Packed};

/// A flavour that was built for all platforms that were asked for.
#[derive(Debug)]
pub struct Built {
    /// The flavour's name.
    pub name: String,
    /// Its image.
    pub image: Image,
    /// What became of each platform.
    pub platforms: Vec<BuiltPlatform>,
    /// What it derives from, when that is a recipe too.
    pub parent: Option<Arc<Self>>,
}

/// A flavour that was built for one platform.
#[derive(Debug)]
pub struct BuiltPlatform {
    /// The flavour.
    pub flavour: Arc<Flavour>,
    /// How many layers came from the parent.
    pub inherited: usize,
    /// What those take, in bytes.
    pub inherited_size: u64,
    /// Its steps.
    pub outcomes: Vec<Outcome>,
    /// Its record layer.
    pub record: Packed,
    /// The image as something to stack on.
    pub(super) stacked: ParentImage,
}

/// Builds flavours; parents that several share are built once.
#[derive(Debug)]
pub struct Builder<'a> {
    pub(in crate::engine) outside: &'a Outside,
    pub(in crate::engine) codec: Codec,
    pub(in crate::engine) epoch: Option<u64>,
    pub(super) provenance: Provenance,
    pub(in crate::engine) runner: Option<Runner>,
    /// The day by which exceptions expire.
    pub(super) today: Option<jiff::civil::Date>,
    /// Published images that stand for recipes, by the name of the flavour, by digest.
    pub(super) given: BTreeMap<String, String>,
    pub(super) done: Mutex<BTreeMap<String, Slot>>,
    /// The tags of the store with their digests, once they were read.
    pub(super) tags: Mutex<Option<BTreeMap<String, String>>>,
}

/// Where the build of a flavour is waited for by all that stack on it.
type Slot = Arc<OnceLock<Result<Arc<Built>, Arc<Error>>>>;

impl<'a> Builder<'a> {
    /// A builder; `epoch` is `SOURCE_DATE_EPOCH`, if it is set; else that of the lock counts.
    #[must_use]
    pub fn new(
        outside: &'a Outside,
        codec: Codec,
        epoch: Option<u64>,
        provenance: Provenance,
    ) -> Self {
        Self {
            outside,
            codec,
            epoch: epoch.or_else(|| outside.locked_epoch()),
            provenance,
            runner: None,
            today: None,
            given: BTreeMap::new(),
            done: Mutex::new(BTreeMap::new()),
            tags: Mutex::new(None),
        }
    }

    /// Lets steps run commands.
    #[must_use]
    pub fn running(mut self, runner: Runner) -> Self {
        self.runner = Some(runner);
        self
    }

    /// Takes published images in the place of recipes that flavours derive from: references with a
    /// digest, by the name of the flavour.
    #[must_use]
    pub fn deriving(mut self, given: BTreeMap<String, String>) -> Self {
        self.given = given;
        self
    }

    /// Holds images to the audits that their recipes ask for, as of a day.
    #[must_use]
    pub fn auditing(mut self, today: jiff::civil::Date) -> Self {
        self.today = Some(today);
        self
    }

    /// Remembers what the images that were built need, so that a prune leaves it.
    pub fn remember(&self) -> Result<(), Error> {
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let built = done.values().filter_map(|slot| slot.get()?.as_ref().ok());
        let images = built.map(|built| (built.name.clone(), Digest::of(&built.image.root.bytes)));
        let images: BTreeMap<String, Digest> = images.collect();
        Ok(self.outside.store().remember(&images)?)
    }

    /// What the steps of a flavour are made over and with.
    pub(super) fn stacking<'s>(
        &'s self,
        flavour: &'s Flavour,
        parent: &'s ParentImage,
        (runner, trees): (Option<&'s Runner>, &'s BTreeMap<Tree, Vec<LayerId>>),
    ) -> Stacking<'s> {
        Stacking {
            flavour,
            parent,
            codec: self.codec,
            epoch: self.epoch.unwrap_or(parent.epoch),
            outside: self.outside,
            runner,
            trees,
        }
    }
}
