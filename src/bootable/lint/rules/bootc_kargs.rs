//! `bootc-kargs`: files of kernel arguments that nobody can read.

use serde::Deserialize;

use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{ANY, Found, Rule, Severity};

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "bootc-kargs",
    severity: Severity::Error,
    summary: "a file of `/usr/lib/bootc/kargs.d` is no TOML with `kargs`, or has other keys",
    applies: ANY,
    check,
};

/// A file as bootc reads it.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    #[serde(rename = "kargs")]
    _kargs: Vec<String>,
    #[serde(default, rename = "match-architectures")]
    _match_architectures: Option<Vec<String>>,
}

fn check(root: &Root) -> Vec<Found> {
    let files = root.files_in("/usr/lib/bootc/kargs.d", ".toml").into_iter();
    let wrong = files.filter_map(|path| {
        let text = root.text_at(&path)?;
        let error = toml::from_str::<File>(&text).err()?;
        Some(Found::at(&path, error.message().to_owned()))
    });
    wrong.collect()
}
