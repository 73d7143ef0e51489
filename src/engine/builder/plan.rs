//! What building would do, as far as that is known without building.

use std::sync::Arc;

use crate::engine::assemble::{known_record_layer, record};
use crate::engine::error::Error;
use crate::engine::parent::ParentImage;
use crate::engine::root::State;
use crate::engine::step::{Outcome, Stacked};
use crate::recipe::{Flavour, Parent};

use super::built::Builder;
use super::needed::refuse_unbuilt;

/// What a plan says of one flavour on one platform.
#[derive(Debug)]
pub struct Planned {
    /// The flavour.
    pub flavour: Arc<Flavour>,
    /// Its steps; none when the parent is not known yet.
    pub outcomes: Option<Vec<Outcome>>,
}

impl Builder<'_> {
    /// Says what building a flavour would do, as far as that is known without building.
    pub fn plan(&self, flavour: &Arc<Flavour>) -> Result<Vec<Planned>, Error> {
        let mut plans = Vec::new();
        self.plan_into(flavour, &mut plans)?;
        Ok(plans)
    }

    /// Plans the ancestry, then the flavour; gives the state that its children would stand on.
    fn plan_into(
        &self,
        flavour: &Arc<Flavour>,
        plans: &mut Vec<Planned>,
    ) -> Result<Option<ParentImage>, Error> {
        let parent = match &flavour.parent {
            Parent::Flavour(parent) => self.plan_into(parent, plans)?.map(Arc::new),
            Parent::Base(base) => self.outside.parent(base, &flavour.platform)?,
        };
        refuse_unbuilt(flavour)?;
        let Some(parent) = parent else {
            plans.push(Planned {
                flavour: Arc::clone(flavour),
                outcomes: None,
            });
            return Ok(None);
        };
        let trees = self.trees(flavour, &parent, None)?;
        let stacking = self.stacking(flavour, &parent, (None, &trees));
        let Stacked { outcomes, state } = stacking.stack()?;
        let standing = self.standing(flavour, &parent, (&outcomes, state))?;
        plans.push(Planned {
            flavour: Arc::clone(flavour),
            outcomes: Some(outcomes),
        });
        Ok(Some(standing))
    }

    /// What children of a flavour stand on: its image if all of it is there, else as much as is known.
    fn standing(
        &self,
        flavour: &Flavour,
        parent: &ParentImage,
        (outcomes, state): (&[Outcome], State),
    ) -> Result<ParentImage, Error> {
        let is_built = outcomes.iter().all(|outcome| outcome.missed.is_none());
        if is_built {
            let epoch = self.epoch.unwrap_or(parent.epoch);
            let record = Arc::new(record(flavour, parent, &state, epoch));
            let store = self.outside.store();
            if let Some(packed) = known_record_layer(&record, &state, self.codec, store)? {
                let known = (outcomes, record, state, &packed);
                return Ok(self.assembled(flavour, parent, known).0);
            }
        }
        // What the steps wrote stays known to the state, since their layers may not exist yet.
        Ok(ParentImage {
            state,
            ..parent.clone()
        })
    }
}
