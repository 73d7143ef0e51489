//! Checks of entries and stages, and their results joined with what decoding finds.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;

use super::entry::Entry;
use super::text::refuse_numbers;
use crate::module::Dialect;
use crate::origin::{Diagnostic, Origin};
use crate::yaml::{self, Node};

/// The parts of a list that can be read, for finding what else is wrong in them.
#[must_use]
pub(crate) fn readable<T: DeserializeOwned>(list: Option<&Node>) -> Vec<T> {
    let items = list.into_iter().flat_map(Node::items);
    items.filter_map(|item| yaml::decode(item).ok()).collect()
}

/// Joins what decoding and a check found; what both found counts once.
pub(super) fn together<T>(
    decoded: Result<T, Vec<Diagnostic>>,
    mut problems: Vec<Diagnostic>,
) -> Result<T, Vec<Diagnostic>> {
    match decoded {
        Ok(value) if problems.is_empty() => Ok(value),
        Ok(_) => Err(sorted(problems)),
        Err(more) => {
            // What a check says of a place is nearer to the matter than what decoding says.
            let checked: BTreeSet<Origin> = problems.iter().map(|p| p.origin.clone()).collect();
            problems.extend(more.into_iter().filter(|p| !checked.contains(&p.origin)));
            Err(sorted(problems))
        }
    }
}

fn sorted(mut problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    problems.sort_by(|a, b| a.origin.cmp(&b.origin));
    problems
}

/// Checks every entry of a `modules` list.
pub(super) fn check_entries(modules: Option<&Node>, dialect: Dialect) -> Vec<Diagnostic> {
    let entries = modules.into_iter().flat_map(Node::items);
    entries
        .flat_map(|entry| {
            let mut problems = Entry::check(entry, dialect);
            if dialect == Dialect::BlueBuild {
                let lists = [entry.get("snippets"), entry.get("scripts")];
                let commands = lists.into_iter().flatten().flat_map(Node::items);
                problems.extend(refuse_numbers(commands));
            }
            problems
        })
        .collect()
}

/// Checks the modules of stages.
pub(super) fn check_stages<'n>(
    stages: impl IntoIterator<Item = &'n Node>,
    dialect: Dialect,
) -> Vec<Diagnostic> {
    let modules = stages.into_iter().map(|stage| stage.get("modules"));
    modules
        .flat_map(|modules| check_entries(modules, dialect))
        .collect()
}
