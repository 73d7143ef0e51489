//! What a flavour needs to be built: the roots that it copies from, and modules that can be built.

use std::sync::Arc;

use crate::action::{Action, Tree};
use crate::engine::error::Error;
use crate::engine::step::{requests, trees_of};
use crate::recipe::{Base, Flavour, Parent, StageBase, request_name};

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

/// Refuses entries that this terroir cannot build, naming every one of them.
pub(super) fn refuse_unbuilt(flavour: &Flavour) -> Result<(), Error> {
    let needed = needed(flavour);
    let stages = flavour.stages.iter().filter(|stage| {
        let name = Tree::Stage(stage.name.value.clone());
        needed.contains(&name)
    });
    let unbuilt: Vec<String> = flavour
        .entries
        .iter()
        .chain(stages.flat_map(|stage| &stage.entries))
        .flat_map(|entry| &entry.unbuilt)
        .map(|module| format!("{} ({})", module.value, module.origin))
        .collect();
    if unbuilt.is_empty() {
        return Ok(());
    }
    Err(Error::Unbuilt {
        flavour: flavour.name.clone(),
        modules: unbuilt.join(", "),
    })
}

/// The recipes that a flavour derives from, one for each platform.
pub(super) fn parent_flavours(flavours: &[Arc<Flavour>]) -> Vec<Arc<Flavour>> {
    let parents = flavours.iter().map(|flavour| match &flavour.parent {
        Parent::Flavour(parent) => Some(Arc::clone(parent)),
        Parent::Base(_) => None,
    });
    parents.flatten().collect()
}

/// Every image and base that building a flavour reads, but those of the recipes that it derives from.
#[must_use]
pub fn bases(flavour: &Flavour) -> Vec<Base> {
    let mut found = Vec::new();
    if let Parent::Base(base) = &flavour.parent {
        found.push(base.value.clone());
    }
    let needed = needed(flavour);
    for tree in &needed {
        if let Tree::Image(reference) = tree {
            found.push(Base::Image(reference.clone()));
        }
    }
    for stage in &flavour.stages {
        if let StageBase::Base(base) = &stage.from.value
            && needed.contains(&Tree::Stage(stage.name.value.clone()))
        {
            found.push(base.clone());
        }
    }
    found
}

/// What the entries of a flavour ask of package managers: the names in the lock, and the requests in
/// words.
#[must_use]
pub fn asked(flavour: &Flavour) -> Vec<(String, String)> {
    let actions = flavour.entries.iter().map(|entry| &entry.actions);
    let all: Vec<_> = actions.flat_map(|actions| requests(actions)).collect();
    let named = all.iter().enumerate().map(|(at, request)| {
        let before = all.iter().take(at).filter(|other| *other == request);
        (request_name(request, before.count()), request.summary())
    });
    named.collect()
}
