//! `prepare-root-config`: words in prepare-root.conf that nothing reads.

use crate::bootable::lint::ini::{self, Line};
use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{Found, IMAGE, Rule, Severity};
use crate::origin::did_you_mean;

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "prepare-root-config",
    severity: Severity::Warning,
    summary: "`prepare-root.conf` has a section, key or value that OSTree does not know",
    applies: IMAGE,
    check,
};

/// Keys by section.
const KEYS: [(&str, &[&str]); 4] = [
    ("composefs", &["enabled", "keypath"]),
    ("etc", &["transient"]),
    ("root", &["transient", "transient-ro"]),
    ("sysroot", &["readonly"]),
];
/// Values that are yes or no.
const SWITCH: [&str; 4] = ["true", "false", "1", "0"];
/// Values of `composefs.enabled`.
const COMPOSEFS: [&str; 9] = [
    "yes", "no", "true", "false", "1", "0", "maybe", "verity", "signed",
];

fn check(root: &Root) -> Vec<Found> {
    let paths = [
        "/etc/ostree/prepare-root.conf",
        "/usr/lib/ostree/prepare-root.conf",
    ];
    let files = paths
        .into_iter()
        .filter_map(|path| Some((path, root.text(path)?)));
    files
        .flat_map(|(path, text)| {
            let wrong = ini::lines(&text).into_iter();
            wrong.filter_map(move |line| Some(Found::new(path, wrong_in(&line)?)))
        })
        .collect()
}

fn wrong_in(line: &Line) -> Option<String> {
    let Line {
        section,
        key,
        value,
    } = line;
    let hint = |near: Option<&str>| match near {
        Some(near) => format!("; did you mean `{near}`?"),
        None => String::new(),
    };
    let Some((_, keys)) = KEYS.iter().find(|(name, _)| name == section) else {
        let near = did_you_mean(section, KEYS.iter().map(|(name, _)| *name));
        return Some(format!(
            "OSTree knows no section `[{section}]`{}",
            hint(near)
        ));
    };
    if !keys.contains(&key.as_str()) {
        let near = did_you_mean(key, keys.iter().copied());
        return Some(format!(
            "OSTree knows no key `{key}` in `[{section}]`{}",
            hint(near)
        ));
    }
    let known: &[&str] = match (section.as_str(), key.as_str()) {
        (_, "keypath") => return None,
        ("composefs", _) => &COMPOSEFS,
        _ => &SWITCH,
    };
    let is_known = known.contains(&value.as_str());
    (!is_known).then(|| {
        format!(
            "`{value}` is no value of `{key}`; write {}",
            known.join(", ")
        )
    })
}
