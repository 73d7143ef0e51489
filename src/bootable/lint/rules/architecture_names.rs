//! `architecture-names`: architectures by names that bootc does not know.

use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{ANY, Found, Rule, Severity};
use crate::origin::did_you_mean;
use crate::setting::KARGS_FOLDER;

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "architecture-names",
    severity: Severity::Error,
    summary: "`match-architectures` names one that bootc does not know, so nothing applies",
    applies: ANY,
    check,
};

/// Names that bootc compares, each with what others call it.
const NAMES: [(&str, &[&str]); 6] = [
    ("aarch64", &["arm64"]),
    ("arm", &["armhf", "armel", "armv7l"]),
    ("powerpc64", &["ppc64", "ppc64el", "ppc64le"]),
    ("riscv64", &[]),
    ("s390x", &[]),
    ("x86_64", &["amd64", "x86-64"]),
];

fn check(root: &Root) -> Vec<Found> {
    let mut found = Vec::new();
    let mut files = root.files_in(KARGS_FOLDER, ".toml");
    files.extend(root.files_in("/usr/lib/bootc/install", ".toml"));
    for path in files {
        let text = root.text_at(&path).unwrap_or_default();
        let file: toml::Table = toml::from_str(&text).unwrap_or_default();
        let install = file.get("install").and_then(toml::Value::as_table);
        let named = [Some(&file), install].into_iter().flatten();
        let named = named.filter_map(|table| table.get("match-architectures")?.as_array());
        for name in named.flatten().filter_map(toml::Value::as_str) {
            if NAMES.iter().any(|(known, _)| *known == name) {
                continue;
            }
            let meant = NAMES.iter().find(|(_, others)| others.contains(&name));
            let near = did_you_mean(name, NAMES.iter().map(|(known, _)| *known));
            let hint = match meant.map(|(known, _)| *known).or(near) {
                Some(known) => format!("; write `{known}`"),
                None => String::new(),
            };
            let message = format!("bootc knows no architecture `{name}`{hint}");
            found.push(Found::at(&path, message));
        }
    }
    found
}
