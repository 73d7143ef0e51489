//! `folder-metadata`: folders whose mode or owner an import loses.

use crate::bootable::LifeCycle;
use crate::bootable::lint::layers::{Changed, Implied};
use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{Found, IMAGE, Rule, Severity};

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "folder-metadata",
    severity: Severity::Warning,
    summary: "a layer leaves the mode or the owner of a folder open, or changes what another has said",
    applies: IMAGE,
    check,
};

fn check(root: &Root) -> Vec<Found> {
    let mut found = Vec::new();
    let (life_cycle, _) = root.life_cycle();
    let layers = root.image.iter().flat_map(|image| &image.layers);
    for (index, layer) in layers.enumerate() {
        let number = index + 1;
        for Implied { folder, holds } in &layer.implied {
            let message = format!(
                "layer {number} has {holds} without every folder above it: an import gives this one \
                 mode 0755 and the owner of that"
            );
            found.push(Found::at(folder, message));
        }
        // The other life cycle sets folders by the merged root.
        if life_cycle != LifeCycle::Bootc {
            continue;
        }
        for Changed { folder, was, is } in &layer.changed {
            let shown = |(mode, uid, gid): &(u32, u32, u32)| format!("{mode:04o} {uid}:{gid}");
            let message = format!(
                "layer {number} makes it {}; an import keeps {} of a layer below",
                shown(is),
                shown(was)
            );
            found.push(Found::at(folder, message));
        }
    }
    found
}
