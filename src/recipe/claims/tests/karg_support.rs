//! Statements of kernel arguments in flavours, and the command line that bootc makes of them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::action::{Action, Content};
use crate::origin::{Diagnostic, Origin, Sourced, Tier};
use crate::recipe::claims::chain::{Claims, Mandatory, Proposal};
use crate::recipe::claims::merge::Claimant;
use crate::setting::tests::fake::{Disk, Repository};
use crate::setting::{Declaration, KargEdit, Kind, Setting, karg_words};

/// One statement: by the module `kargs`, or under `settings:`.
pub(super) enum Said {
    Words(&'static [&'static str], &'static str),
    Remove(&'static str),
    Replace(&'static str, &'static str),
    Settings(Value),
}

pub(super) fn settings(said: &Said, origin: &Origin) -> Vec<Setting> {
    let sourced = |word: &str, column: u32| {
        let mut origin = origin.clone();
        origin.column = column;
        Sourced::new(word.to_owned(), origin)
    };
    let words = |words: &[&str], only: &str, edits: &[KargEdit]| {
        let words: Vec<_> = (1..)
            .zip(words)
            .map(|(at, word)| sourced(word, at))
            .collect();
        let only: Vec<_> = only.split(',').filter(|one| !one.is_empty()).collect();
        let only: Vec<_> = only.into_iter().map(|one| sourced(one, 1)).collect();
        karg_words(edits, &words, &only).expect("valid words")
    };
    match said {
        Said::Words(list, only) => words(list, only, &[]),
        Said::Remove(word) => words(&[], "", &[KargEdit::Remove(sourced(word, 1))]),
        Said::Replace(old, new) => {
            let new = vec![sourced(new, 1)];
            words(&[], "", &[KargEdit::Replace(sourced(old, 1), new)])
        }
        Said::Settings(map) => {
            let declared: Declaration =
                serde_json::from_value(json!({ "karg": map })).expect("a declaration");
            let mut settings = declared.settings(&Repository::default()).expect("valid");
            settings
                .iter_mut()
                .for_each(|one| one.origin = origin.clone());
            settings
        }
    }
}

/// A flavour's statements, in one recipe of its own.
pub(super) fn derive(
    claims: &mut Claims,
    (flavour, tier): (&str, Tier),
    said: &[(Said, bool)],
    mandatory: &[Mandatory],
) -> Vec<Diagnostic> {
    let inherited = claims.clone();
    let by = Claimant {
        flavour,
        tier,
        last_wins: false,
        inherited: &inherited,
        mandatory,
        exceptions: &[],
        informed: true,
    };
    let mut problems = Vec::new();
    for (line, (said, overrides)) in (1..).zip(said) {
        let origin = Origin {
            line,
            ..Origin::of_file(flavour)
        };
        for setting in settings(said, &origin) {
            let proposal = Proposal {
                setting,
                controls: Vec::new(),
                overrides: *overrides,
            };
            problems.extend(claims.merge(&proposal, by).err());
        }
    }
    problems
}

/// The command line that bootc makes of the files for an architecture: files by name, each whole,
/// those that are for others left out (bootc-kargs, `kargs.d`).
pub(super) fn as_bootc_reads(claims: &Claims, architecture: &str) -> String {
    let all = claims.of_kind(Kind::KARG);
    let touched: BTreeSet<String> = all.keys().cloned().collect();
    let actions = Kind::KARG
        .render(&all, &touched, &mut Disk::new())
        .expect("renders");
    let mut files = BTreeMap::new();
    for action in actions {
        if let Action::Write {
            path,
            content: Content::Text(text),
            ..
        } = action
        {
            let table: toml::Table = toml::from_str(&text).expect("TOML");
            files.insert(path, table);
        }
    }
    let texts = |table: &toml::Table, key: &str| -> Option<Vec<String>> {
        let list = table.get(key)?.as_array()?;
        Some(
            list.iter()
                .filter_map(|one| one.as_str().map(str::to_owned))
                .collect(),
        )
    };
    let mut words = Vec::new();
    for table in files.values() {
        let only = texts(table, "match-architectures");
        if only.is_none_or(|only| only.iter().any(|one| one == architecture)) {
            words.extend(texts(table, "kargs").expect("kargs"));
        }
    }
    words.join(" ")
}
