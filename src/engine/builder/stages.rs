//! The other roots that a flavour copies from: its stages, and images.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::action::Tree;
use crate::engine::error::{Error, RunError};
use crate::engine::parent::{LayerId, ParentImage, of_parent};
use crate::engine::run::tree_name;
use crate::engine::runner::Runner;
use crate::engine::step::{Outcome, Stacked, Stacking};
use crate::recipe::{Base, Claims, Flavour, Parent, Stage, StageBase};

use super::built::Builder;
use super::needed::needed;

impl Builder<'_> {
    /// The layers of every root that the entries of a flavour copy from; stages that nobody needs
    /// are left out, and without a runner those that are not built yet are too.
    pub(in crate::engine) fn trees(
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
                epoch: self.epoch.unwrap_or(parent.epoch),
                ..self.stacking(&alone, &base, (runner, &trees))
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
            return Err(RunError::Tree(tree_name(&missing)).into());
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

/// Gives every layer of a stage a line of history, which tells records and other layers apart.
fn note_history(built: &mut ParentImage, outcomes: &[Outcome]) {
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

/// A stage as a flavour of its own, which is never published.
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
