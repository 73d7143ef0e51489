//! What two flavour records state: settings, mandatory rules, exceptions.

use std::collections::{BTreeMap, BTreeSet};

use super::item::Item;
use crate::recipe::{Ancestor, Claim, Claims, Exception, Flavour, Mandatory, Record};
use crate::setting::Kind;

/// What a record or a flavour states.
#[derive(Clone, Copy, Debug)]
pub struct Stated<'a> {
    claims: &'a Claims,
    mandatory: &'a [Mandatory],
    exceptions: &'a [Exception],
    ancestry: &'a [Ancestor],
}

impl<'a> From<&'a Record> for Stated<'a> {
    fn from(record: &'a Record) -> Self {
        Self {
            claims: &record.settings,
            mandatory: &record.mandatory,
            exceptions: &record.exceptions,
            ancestry: &record.ancestry,
        }
    }
}

impl<'a> From<&'a Flavour> for Stated<'a> {
    fn from(flavour: &'a Flavour) -> Self {
        Self {
            claims: &flavour.claims,
            mandatory: &flavour.mandatory,
            exceptions: &flavour.exceptions,
            ancestry: &flavour.ancestry,
        }
    }
}

/// Settings, rules and exceptions that differ.
#[must_use]
pub fn stated_changes(old: Stated<'_>, new: Stated<'_>) -> Vec<Item> {
    let mut items = settings(old, new);
    items.extend(rules(old, new));
    items.extend(exceptions(old, new));
    items
}

/// The settings whose value in force differs.
pub(super) fn settings(old: Stated<'_>, new: Stated<'_>) -> Vec<Item> {
    let keys = |claims: &Claims| -> BTreeSet<String> {
        claims.iter().map(|(key, _)| key.to_owned()).collect()
    };
    let all: BTreeSet<String> = keys(old.claims).union(&keys(new.claims)).cloned().collect();
    let mut items = Vec::new();
    for key in &all {
        let (was, is) = (old.claims.get(key), new.claims.get(key));
        let value = |claim: Option<&Claim>| claim.map(|claim| shown(key, claim));
        let Some(mut item) = Item::between(key, value(was), value(is)) else {
            continue;
        };
        let (stated, claim) = match is {
            Some(claim) => (new, Some(claim)),
            None => (old, was),
        };
        if let Some(claim) = claim {
            item.place = Some(claim.origin.to_string());
            item.flavour = Some(claim.flavour.clone());
            item.owner = owner(stated, &claim.flavour);
        }
        items.push(item);
    }
    items.extend(order(
        old,
        new,
        items.iter().any(|item| item.name.starts_with("karg:")),
    ));
    items
}

/// The order of kernel arguments, where nothing else of them differs.
fn order(old: Stated<'_>, new: Stated<'_>, told: bool) -> Option<Item> {
    let line = |stated: Stated<'_>| {
        let arguments = stated.claims.kernel_arguments();
        let words = arguments.iter().map(|one| match one.held.value {
            Some(value) => format!("{}={value}", one.held.name),
            None => one.held.name.to_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    };
    match told {
        true => None,
        false => Item::between(
            "order of kernel arguments",
            Some(line(old)),
            Some(line(new)),
        ),
    }
}

/// A value as people read it, without the name of its setting.
fn shown(key: &str, claim: &Claim) -> String {
    let known = key.split_once(':');
    let known = known.and_then(|(prefix, name)| Some((Kind::from_prefix(prefix)?, name)));
    let Some((kind, name)) = known else {
        return claim.value.to_string();
    };
    let text = kind.show(name, &claim.value);
    match text
        .strip_prefix(name)
        .and_then(|rest| rest.strip_prefix(" = "))
    {
        Some(value) => value.to_owned(),
        None => text,
    }
}

fn owner(stated: Stated<'_>, flavour: &str) -> Option<String> {
    let named = stated.ancestry.iter().find(|one| one.name == flavour);
    named.and_then(|one| one.owner.clone())
}

/// What is stated by name: its value, its place, its flavour and its owner.
type Named = BTreeMap<String, (String, String, String, Option<String>)>;

/// The rules that differ.
pub(super) fn rules(old: Stated<'_>, new: Stated<'_>) -> Vec<Item> {
    let named = |stated: Stated<'_>| -> Named {
        let rules = stated.mandatory.iter().map(|rule| {
            let value = match rule.exceptions_allowed {
                true => "mandatory, exceptions allowed",
                false => "mandatory",
            };
            let name = format!("{} by {}", rule.pattern, rule.flavour);
            let rest = (
                rule.origin.to_string(),
                rule.flavour.clone(),
                rule.owner.clone(),
            );
            (name, (value.to_owned(), rest.0, rest.1, rest.2))
        });
        rules.collect()
    };
    compared(&named(old), &named(new))
}

/// The exceptions that differ.
pub(super) fn exceptions(old: Stated<'_>, new: Stated<'_>) -> Vec<Item> {
    let named = |stated: Stated<'_>| -> Named {
        let all = stated.exceptions.iter().map(|one| {
            let value = format!("until {}: {}", one.expires, one.reason);
            let name = format!("{} by {}", one.control, one.flavour);
            let owner = Some(one.owner.clone());
            (
                name,
                (value, one.origin.to_string(), one.flavour.clone(), owner),
            )
        });
        all.collect()
    };
    compared(&named(old), &named(new))
}

fn compared(old: &Named, new: &Named) -> Vec<Item> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let items = names.into_iter().filter_map(|name| {
        let value = |all: &Named| all.get(name).map(|(value, ..)| value.clone());
        let (_, place, flavour, owner) = new.get(name).or_else(|| old.get(name))?;
        let item = Item::between(name, value(old), value(new));
        let Some(item) = item else {
            // The same words with another owner.
            let owners = |all: &Named| all.get(name).and_then(|(.., owner)| owner.clone());
            return Item::between(&format!("owner of {name}"), owners(old), owners(new));
        };
        Some(Item {
            place: Some(place.clone()),
            flavour: Some(flavour.clone()),
            owner: owner.clone(),
            ..item
        })
    });
    items.collect()
}
