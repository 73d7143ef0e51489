//! The files of kargs.d that give a list of kernel arguments.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::declare::every_architecture;
use super::file::{KARGS_FOLDER, KargsFile};
use super::list::{Karg, word};
use crate::action::Action;
use crate::setting::contract::kind::Kind;
use crate::setting::contract::refusal::Refusal;
use crate::setting::root::rewrite::written;

/// bootc reads the files by name, so this one comes after those of a base: a flavour appends.
const STEM: &str = "zz-terroir";
/// The name before the record's second format.
const OLD_STEM: &str = "10-terroir";

/// Writes one file, or one for each architecture that something is limited to and one for all
/// others, so that every machine reads exactly one and its order is the list's.
pub(in crate::setting) fn render(all: &BTreeMap<String, Value>) -> Result<Vec<Action>, Refusal> {
    let mut arguments: Vec<(u64, &str, String)> = Vec::new();
    let mut named: BTreeSet<&str> = BTreeSet::new();
    let mut old: BTreeSet<String> = BTreeSet::new();
    for (name, value) in all {
        let only = name.split_once('@').map_or("", |(_, only)| only);
        let architectures: Vec<&str> = only.split(',').filter(|name| !name.is_empty()).collect();
        let known = |name: &&str| every_architecture().any(|known| known == *name);
        if !architectures.iter().all(known) {
            return Err(Refusal::Value {
                setting: Kind::KARG.key(name),
                reason: "it is for an architecture that does not exist".to_owned(),
            });
        }
        named.extend(architectures);
        match Karg::read(name, value)? {
            Karg::List(list) => {
                if list.first_format {
                    old.insert(only.replace(',', "-"));
                }
                let given = list.given.iter();
                arguments.extend(given.map(|(at, value)| (*at, only, word(name, value))));
            }
            Karg::Demand(values) => {
                arguments.extend(values.iter().map(|value| (0, only, word(name, value))));
            }
            Karg::Change(_) => {
                return Err(Refusal::Value {
                    setting: Kind::KARG.key(name),
                    reason: "it is a change of the list, not the list".to_owned(),
                });
            }
        }
    }
    arguments.sort_by_key(|(at, ..)| *at);
    let words = |architecture: &str| -> Vec<String> {
        let of_it = arguments.iter().filter(|(_, only, _)| {
            only.is_empty() || only.split(',').any(|only| only == architecture)
        });
        of_it.map(|(.., word)| word.clone()).collect()
    };
    let others = match named.is_empty() {
        true => Vec::new(),
        false => every_architecture()
            .filter(|name| !named.contains(name))
            .map(str::to_owned)
            .collect(),
    };
    // Also a file without arguments is written, over the one of a parent.
    let mut actions = vec![file(STEM, "", words(""), others)?];
    for architecture in named {
        let only = vec![architecture.to_owned()];
        actions.push(file(STEM, architecture, words(architecture), only)?);
    }
    for suffix in old {
        actions.push(file(OLD_STEM, &suffix, Vec::new(), Vec::new())?);
    }
    Ok(actions)
}

fn file(
    stem: &str,
    suffix: &str,
    kargs: Vec<String>,
    only: Vec<String>,
) -> Result<Action, Refusal> {
    let file = KargsFile {
        kargs,
        match_architectures: Some(only).filter(|only| !only.is_empty()),
    };
    let text = toml::to_string(&file).map_err(|error| Refusal::Value {
        setting: Kind::KARG.prefix().to_owned(),
        reason: error.to_string(),
    })?;
    let dash = if suffix.is_empty() { "" } else { "-" };
    let header = "# Written by terroir from the settings of this image; `terroir explain` \
                  tells where each comes from.\n";
    Ok(written(
        &format!("{KARGS_FOLDER}/{stem}{dash}{suffix}.toml"),
        &format!("{header}{text}"),
    ))
}
