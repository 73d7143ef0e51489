//! `baseimage-composefs`: whether composefs is switched on.

use crate::bootable::lint::ini;
use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{BOOTC, Found, Rule, Severity};

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "baseimage-composefs",
    severity: Severity::Warning,
    summary: "`prepare-root.conf` is missing, or switches neither composefs nor a transient root on",
    applies: BOOTC,
    check,
};

/// A root that bootc keeps beside, to make others of.
const BASE: &str = "/usr/share/doc/bootc/baseimage/base";
/// Values that switch composefs on.
const ON: [&str; 6] = ["yes", "true", "1", "maybe", "verity", "signed"];

fn check(root: &Root) -> Vec<Found> {
    let mut found: Vec<Found> = in_root(root, "").into_iter().collect();
    if root.is_folder(BASE) {
        found.extend(in_root(root, BASE));
    }
    found
}

fn in_root(root: &Root, top: &str) -> Option<Found> {
    // The first that is there counts alone.
    let places = ["etc", "usr/lib"].map(|place| format!("{top}/{place}/ostree/prepare-root.conf"));
    let [_, usual] = &places;
    let Some((path, text)) = places
        .iter()
        .find_map(|path| Some((path, root.text(path)?)))
    else {
        return Some(Found::new(usual, "it is missing, so composefs is off"));
    };
    let enabled = ini::value(&text, "composefs", "enabled");
    let transient = ini::value(&text, "root", "transient");
    let is_on = enabled.is_some_and(|value| ON.contains(&value.as_str()))
        || transient.is_some_and(|value| ini::is_yes(&value));
    (!is_on).then(|| Found::new(path, "it does not say `[composefs] enabled = yes`"))
}
