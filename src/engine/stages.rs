//! The other roots that a flavour copies from: its stages, and images.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::{Error, RunError};
use super::execute::Builder;
use super::parent::ParentImage;
use super::roots::{LayerId, of_parent};
use super::run::describe;
use super::runner::Runner;
use super::stack::{Stacked, Stacking};
use super::stack_run::trees_of;
use crate::action::{Action, Tree};
use crate::recipe::{Base, Claims, Flavour, Parent, Stage, StageBase};

impl Builder<'_> {
    /// The layers of every root that the entries of a flavour copy from; stages that nobody needs
    /// are left out, and without a runner those that are not built yet are too.
    pub(super) fn trees(
        &self,
        flavour: &Flavour,
        parent: &ParentImage,
        runner: Option<&Runner>,
    ) -> Result<BTreeMap<Tree, Vec<LayerId>>, Error> {
        let mut trees = BTreeMap::new();
        let mut stages = BTreeMap::new();
        for wanted in needed(flavour) {
            if let Tree::Image(reference) = &wanted
                && let Some(found) = self
                    .outside
                    .parent(&Base::Image(reference.clone()), &flavour.platform)?
            {
                trees.insert(wanted, of_parent(&found));
            }
        }
        for stage in &flavour.stages {
            let name = Tree::Stage(stage.name.value.clone());
            if !needed(flavour).contains(&name) {
                continue;
            }
            let Some(base) = self.stage_base(stage, flavour, parent, &stages)? else {
                continue;
            };
            let alone = alone(flavour, stage);
            let stacking = Stacking {
                flavour: &alone,
                parent: &base,
                codec: self.codec,
                epoch: self.epoch.unwrap_or(parent.epoch),
                outside: self.outside,
                runner,
                trees: &trees,
            };
            let Stacked { outcomes, state } = stacking.stack()?;
            if outcomes
                .iter()
                .any(|one| one.missed.is_some() && one.layer.is_none() && runner.is_none())
            {
                continue;
            }
            let mut built = base.as_ref().clone();
            for layer in outcomes.iter().filter_map(|outcome| outcome.layer.as_ref()) {
                built.layers.push(layer.descriptor());
                built.diff_ids.push(layer.diff_id);
            }
            built.state = state;
            note_history(&mut built, &outcomes);
            let layers = of_parent(&base);
            let own = outcomes.iter().filter_map(|outcome| outcome.layer.as_ref());
            let own = own.map(|layer| (layer.descriptor(), layer.diff_id));
            trees.insert(name, layers.into_iter().chain(own).collect());
            stages.insert(stage.name.value.clone(), Arc::new(built));
        }
        if let (Some(_), Some(missing)) = (
            runner,
            needed(flavour)
                .into_iter()
                .find(|tree| !trees.contains_key(tree)),
        ) {
            return Err(RunError::Tree(describe(&missing)).into());
        }
        Ok(trees)
    }

    fn stage_base(
        &self,
        stage: &Stage,
        flavour: &Flavour,
        parent: &ParentImage,
        stages: &BTreeMap<String, Arc<ParentImage>>,
    ) -> Result<Option<Arc<ParentImage>>, Error> {
        match &stage.from.value {
            StageBase::Parent => Ok(Some(Arc::new(parent.clone()))),
            StageBase::Stage(name) => Ok(stages.get(name).cloned()),
            StageBase::Base(base) => self.outside.parent(base, &flavour.platform),
        }
    }
}

/// Gives every layer of a stage a line of history, by which records are told from other layers.
fn note_history(built: &mut ParentImage, outcomes: &[super::stack::Outcome]) {
    let Some(history) = built
        .config
        .get_mut("history")
        .and_then(serde_json::Value::as_array_mut)
    else {
        return;
    };
    let layers = outcomes.iter().filter(|outcome| outcome.layer.is_some());
    history.extend(layers.map(|outcome| serde_json::json!({ "created_by": outcome.label })));
}

/// A stage as a flavour of its own, which nobody publishes.
fn alone(flavour: &Flavour, stage: &Stage) -> Flavour {
    Flavour {
        name: format!("{}/{}", flavour.name, stage.name.value),
        recipe: format!("{} stage {}", flavour.recipe, stage.name.value).into(),
        parent: Parent::Base(crate::origin::Sourced::new(
            Base::Scratch,
            stage.name.origin.clone(),
        )),
        stages: Vec::new(),
        entries: stage.entries.clone(),
        inherited: Claims::default(),
        claims: Claims::default(),
        ..flavour.clone()
    }
}

/// The roots that a flavour's entries copy from, and those that these copy from in turn.
pub(super) fn needed(flavour: &Flavour) -> Vec<Tree> {
    let of = |actions: &[Action]| trees_of(actions);
    let mut found: Vec<Tree> = flavour
        .entries
        .iter()
        .flat_map(|entry| of(&entry.actions))
        .collect();
    let mut next = 0;
    while let Some(tree) = found.get(next).cloned() {
        next += 1;
        let Tree::Stage(name) = &tree else { continue };
        let stage = flavour
            .stages
            .iter()
            .find(|stage| stage.name.value == *name);
        let Some(stage) = stage else { continue };
        let mut more: Vec<Tree> = stage
            .entries
            .iter()
            .flat_map(|entry| of(&entry.actions))
            .collect();
        if let StageBase::Stage(base) = &stage.from.value {
            more.push(Tree::Stage(base.clone()));
        }
        more.retain(|tree| !found.contains(tree));
        found.extend(more);
    }
    found
}
