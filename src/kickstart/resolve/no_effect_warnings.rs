//! Warnings of keys that have no effect on any host that they are stated for, and the table of such keys as text.

use std::collections::BTreeMap;

use super::no_effect::{Concerns, NO_EFFECT, NoEffect, no_effect_on_host};
use crate::kickstart::inventory::merge::Merged;
use crate::kickstart::model::host::Host;
use crate::kickstart::model::site::Site;
use crate::origin::{Diagnostic, Origin};
use crate::yaml::Node;

/// A statement, and the hosts that it has no effect on; none once it has an effect on one.
struct Stated<'a> {
    row: &'static NoEffect,
    hosts: Option<Vec<&'a Host>>,
}

/// Warnings of everything that is stated and has no effect on any host.
pub(in crate::kickstart) fn no_effect_warnings(
    site: &Site,
    head: Option<&Node>,
    hosts: &[Merged],
) -> Vec<Diagnostic> {
    let mut all: BTreeMap<(Origin, &str), Stated<'_>> = BTreeMap::new();
    for merged in hosts {
        let Some(host) = site.hosts.get(&merged.name.value) else {
            continue;
        };
        let builtin = merged.levels.first().map(|level| &level.node);
        let whole = merged.node();
        for row in NO_EFFECT.iter().filter(|row| row.warned) {
            if matches!(row.concerns, Concerns::OnSite(_)) {
                continue;
            }
            let parts: Vec<&str> = row.key.split('.').collect();
            let Some((_, node)) = find(&whole, &parts).pop() else {
                continue;
            };
            let usual = builtin.and_then(|builtin| find(builtin, &parts).pop());
            if node.is_null() || usual.is_some_and(|(_, usual)| usual.to_json() == node.to_json()) {
                continue;
            }
            let found = no_effect_on_host(host, row.key);
            let stated = all.entry((node.origin.clone(), row.key));
            let stated = stated.or_insert_with(|| Stated {
                row: found.unwrap_or(row),
                hosts: Some(Vec::new()),
            });
            match (found, &mut stated.hosts) {
                (None, hosts) => *hosts = None,
                (Some(_), Some(hosts)) => hosts.push(host),
                (Some(_), None) => {}
            }
        }
    }
    let of_hosts = all.into_iter().filter_map(|((origin, key), stated)| {
        let hosts = stated.hosts?;
        let first = hosts.first()?;
        let others = match hosts.len() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        let name = &first.name;
        let message = format!(
            "`{key}` has no effect on {name}{others}: {}",
            stated.row.reason
        );
        Some(warning(&origin, message, stated.row))
    });
    of_hosts
        .chain(head.into_iter().flat_map(|head| of_site(site, head)))
        .collect()
}

fn warning(origin: &Origin, message: String, row: &NoEffect) -> Diagnostic {
    let hint = format!("remove it; it does not concern {}", row.to);
    Diagnostic::warning(origin, message).hint(hint)
}

/// Warnings of what the site itself states.
fn of_site(site: &Site, head: &Node) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for row in NO_EFFECT.iter().filter(|row| row.warned) {
        let Concerns::OnSite(concerns) = row.concerns else {
            continue;
        };
        let parts: Vec<&str> = row.key.split('.').collect();
        for (name, node) in find(head, &parts) {
            if !node.is_null() && concerns(site, &name) {
                let message = format!("`{}` of {name} has no effect: {}", row.key, row.reason);
                found.push(warning(&node.origin, message, row));
            }
        }
    }
    found
}

/// The nodes of a dotted key, each with the name that stands for `*`.
fn find<'a>(node: &'a Node, parts: &[&str]) -> Vec<(String, &'a Node)> {
    let Some((first, rest)) = parts.split_first() else {
        return vec![(String::new(), node)];
    };
    if *first != "*" {
        return node
            .get(first)
            .map_or_else(Vec::new, |inner| find(inner, rest));
    }
    let mut all = Vec::new();
    for (key, inner) in node.entries() {
        let name = key.as_text().unwrap_or_default();
        all.extend(
            find(inner, rest)
                .into_iter()
                .map(|(_, node)| (name.to_owned(), node)),
        );
    }
    all
}

/// The table as the book prints it.
#[must_use]
pub fn no_effect_table() -> String {
    let mut out = "| key | has no effect on | because |\n|---|---|---|\n".to_owned();
    for row in NO_EFFECT {
        let line = format!("| `{}` | {} | {} |\n", row.key, row.to, row.reason);
        if !out.ends_with(&line) {
            out.push_str(&line);
        }
    }
    out
}
