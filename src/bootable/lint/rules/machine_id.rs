//! `machine-id`: the identity that all machines would share.

use crate::bootable::LifeCycle;
use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{ANY, Found, Rule, Severity};

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "machine-id",
    severity: Severity::Error,
    summary: "`/etc/machine-id` is filled; or it is empty where a first boot matters",
    applies: ANY,
    check,
};

fn check(root: &Root) -> Vec<Found> {
    let path = "/etc/machine-id";
    let Some(text) = root.text(path) else {
        return Vec::new();
    };
    let (life_cycle, _) = root.life_cycle();
    let found = match text.trim() {
        "uninitialized" => None,
        "" if life_cycle == LifeCycle::Ostree => Some(
            Found::new(
                path,
                "it is empty, so the first boot is none for systemd; write `uninitialized`",
            )
            .warning(),
        ),
        "" => None,
        _ => Some(Found::new(
            path,
            "all machines would have this id; write `uninitialized`",
        )),
    };
    found.into_iter().collect()
}
