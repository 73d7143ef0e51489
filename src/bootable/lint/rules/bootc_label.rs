//! `bootc-label`: the label by which tools know images of bootc.

use crate::bootable::LifeCycle;
use crate::bootable::lint::root::{LABEL, Root, constant};
use crate::bootable::lint::rule::{ANY, Found, Rule, Severity};

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "bootc-label",
    severity: Severity::Warning,
    summary: "the label `containers.bootc=1` is missing, or stands on an image without bootc",
    applies: ANY,
    check,
};

fn check(root: &Root) -> Vec<Found> {
    let Some(image) = &root.image else {
        return Vec::new();
    };
    let (life_cycle, _) = root.life_cycle();
    let is_labelled = image.labels.get(LABEL).is_some_and(|value| value == "1");
    let has_bootc = root.leads(&constant("/usr/bin/bootc"));
    let message = match (life_cycle == LifeCycle::Bootc, is_labelled) {
        (true, false) => "it has no label `containers.bootc=1`, so tools that make disks refuse it",
        (_, true) if !has_bootc => "it has the label `containers.bootc`, and no /usr/bin/bootc",
        _ => return Vec::new(),
    };
    vec![Found::new("", message)]
}
