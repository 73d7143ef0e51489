//! What actions take from elsewhere: packages and other roots.

use crate::action::{Action, Packages, Tree};

/// The requests for packages among actions.
pub(in crate::engine) fn requests(actions: &[Action]) -> impl Iterator<Item = &Packages> {
    actions.iter().filter_map(|action| match action {
        Action::Packages(request) => Some(request.as_ref()),
        _ => None,
    })
}

/// The other roots that actions read.
pub(in crate::engine) fn trees_of(actions: &[Action]) -> Vec<Tree> {
    let mut trees = Vec::new();
    for action in actions {
        match action {
            Action::Copy { from, .. } => trees.push(from.clone()),
            Action::Run(command) => {
                trees.extend(
                    command
                        .mounts
                        .iter()
                        .filter_map(|mount| match &mount.source {
                            crate::action::MountSource::Tree { tree, .. } => Some(tree.clone()),
                            _ => None,
                        }),
                );
            }
            _ => {}
        }
    }
    trees.sort();
    trees.dedup();
    trees
}
