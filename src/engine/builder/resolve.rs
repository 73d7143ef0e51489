//! What building a flavour takes from outside, found out with as little building as that needs.

use std::sync::Arc;

use crate::engine::error::Error;
use crate::engine::step::requests;
use crate::oci::platform_name;
use crate::recipe::{Base, Entry, Flavour};

use super::built::Builder;
use super::needed::{bases, parent_flavours, refuse_unbuilt};

impl Builder<'_> {
    /// Finds out bases and packages of a flavour, given once for each platform, and of all recipes
    /// that it derives from; fetches the packages if that is wanted.
    pub fn resolve(&self, flavours: &[Arc<Flavour>], fetching: bool) -> Result<(), Arc<Error>> {
        self.resolve_new(flavours, fetching).map_err(Arc::new)
    }

    fn resolve_new(&self, flavours: &[Arc<Flavour>], fetching: bool) -> Result<(), Error> {
        let nested = parent_flavours(flavours);
        if !nested.is_empty() {
            self.resolve_new(&nested, fetching)?;
        }
        for flavour in flavours {
            refuse_unbuilt(flavour)?;
            self.look_at_bases(flavour)?;
        }
        if !flavours.iter().any(|flavour| asks(flavour)) {
            return Ok(());
        }
        let built = self.recipe_parent(flavours)?;
        for (position, flavour) in flavours.iter().enumerate() {
            let parent = self.parent(flavour, built.as_deref(), position)?;
            let trees = self.trees(flavour, &parent, self.runner.as_ref())?;
            let with = (self.runner.as_ref(), &trees);
            self.stacking(flavour, &parent, with).resolve(fetching)?;
        }
        Ok(())
    }

    /// Looks at every image that a flavour derives from or copies from.
    fn look_at_bases(&self, flavour: &Flavour) -> Result<(), Error> {
        let look = |base: &Base| match self.outside.parent(base, &flavour.platform)? {
            Some(_) => Ok(()),
            None => Err(Error::Parent {
                reference: base.describe(),
                why: format!(
                    "nothing is known of it for {}",
                    platform_name(&flavour.platform)
                ),
            }),
        };
        bases(flavour).iter().try_for_each(look)?;
        Ok(())
    }
}

/// Whether a flavour or a stage of it asks for packages.
fn asks(flavour: &Flavour) -> bool {
    let of_entry = |entry: &Entry| requests(&entry.actions).next().is_some();
    flavour.entries.iter().any(of_entry)
        || flavour
            .stages
            .iter()
            .any(|stage| stage.entries.iter().any(of_entry))
}
