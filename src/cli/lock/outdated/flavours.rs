//! The flavours of a repository with what each recipe of their ancestry takes in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::change::Asked;
use crate::cli::arguments::options::Compression;
use crate::cli::context::session::Session;
use crate::cli::output::failure::Failure;
use crate::cli::repository::load::load;
use crate::engine::{Locking, Reach, asked, bases};
use crate::oci::{Digest, Platform};
use crate::recipe::{Base, Flavour, Parent};

/// A flavour on one platform.
pub(in crate::cli::lock) struct Known {
    /// Its name.
    pub name: String,
    /// Its platform.
    pub platform: Platform,
    /// What the recipes of its ancestry take in, its own first.
    pub ancestry: Vec<Asked>,
    /// The bases by their names in the lock.
    pub bases: BTreeMap<String, Base>,
}

/// Loads a recipe without asking anybody.
pub(super) fn known(session: &Session, recipe: &Path) -> Result<Vec<Known>, Failure> {
    let outside = session.outside(session.reader()?, Reach::Offline, Compression::Zstd);
    let flavours = load(session, &outside, recipe, &[])?;
    let Some(locking) = outside.locking() else {
        return Ok(Vec::new());
    };
    let layers = locking.used().layers;
    let known = |flavour: &Arc<Flavour>| of(flavour, locking, &layers);
    Ok(flavours.iter().map(known).collect())
}

/// A flavour with what it takes in.
pub(in crate::cli::lock) fn of(
    flavour: &Arc<Flavour>,
    locking: &Locking,
    layers: &BTreeMap<String, Digest>,
) -> Known {
    let mut known = Known {
        name: flavour.name.clone(),
        platform: flavour.platform.clone(),
        ancestry: Vec::new(),
        bases: BTreeMap::new(),
    };
    let mut next = Some(flavour);
    while let Some(one) = next {
        let mut names = Vec::new();
        for base in bases(one) {
            let base = base.on(&flavour.platform);
            if let Some(name) = locking.name(&base) {
                names.push(name.clone());
                known.bases.insert(name, base);
            }
        }
        known.ancestry.push(Asked {
            recipe: one.recipe.to_string(),
            bases: names,
            requests: asked(one),
            // The texts of layers are read for the whole ancestry at once.
            layers: match known.ancestry.is_empty() {
                true => layers.clone(),
                false => BTreeMap::new(),
            },
        });
        next = match &one.parent {
            Parent::Flavour(parent) => Some(parent),
            Parent::Base(_) => None,
        };
    }
    known
}

/// A recipe that could not be loaded, and why.
pub(super) struct Unread {
    /// The recipe.
    pub recipe: PathBuf,
    /// Why.
    pub failure: Failure,
}
