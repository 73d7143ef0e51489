//! What two flavour records state: settings, mandatory rules, exceptions.

use std::collections::{BTreeMap, BTreeSet};

use super::item::Item;
use crate::recipe::{Claim, Claims, Record};
use crate::setting::Kind;

/// The settings whose value in force differs.
pub(super) fn settings(old: &Record, new: &Record) -> Vec<Item> {
    let keys = |claims: &Claims| -> BTreeSet<String> {
        claims.iter().map(|(key, _)| key.to_owned()).collect()
    };
    let all: BTreeSet<String> = keys(&old.settings)
        .union(&keys(&new.settings))
        .cloned()
        .collect();
    let mut items = Vec::new();
    for key in &all {
        let (was, is) = (old.settings.get(key), new.settings.get(key));
        let value = |claim: Option<&Claim>| claim.map(|claim| shown(key, claim));
        let Some(mut item) = Item::between(key, value(was), value(is)) else {
            continue;
        };
        let (record, claim) = match is {
            Some(claim) => (new, Some(claim)),
            None => (old, was),
        };
        if let Some(claim) = claim {
            item.place = Some(claim.origin.to_string());
            item.flavour = Some(claim.flavour.clone());
            item.owner = owner(record, &claim.flavour);
        }
        items.push(item);
    }
    items.extend(order(old, new, items.iter().any(|item| item.name.starts_with("karg:"))));
    items
}

/// The order of kernel arguments, where nothing else of them differs.
fn order(old: &Record, new: &Record, told: bool) -> Option<Item> {
    let line = |record: &Record| {
        let arguments = record.settings.kernel_arguments();
        let words = arguments.iter().map(|one| match one.held.value {
            Some(value) => format!("{}={value}", one.held.name),
            None => one.held.name.to_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    };
    match told {
        true => None,
        false => Item::between("order of kernel arguments", Some(line(old)), Some(line(new))),
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
    match text.strip_prefix(name).and_then(|rest| rest.strip_prefix(" = ")) {
        Some(value) => value.to_owned(),
        None => text,
    }
}

fn owner(record: &Record, flavour: &str) -> Option<String> {
    let named = record.ancestry.iter().find(|one| one.name == flavour);
    named.and_then(|one| one.owner.clone())
}

/// What is stated by name: its value, its place, its flavour and its owner.
type Stated = BTreeMap<String, (String, String, String, Option<String>)>;

/// The rules that differ.
pub(super) fn rules(old: &Record, new: &Record) -> Vec<Item> {
    let stated = |record: &Record| -> Stated {
        let rules = record.mandatory.iter().map(|rule| {
            let value = match rule.exceptions_allowed {
                true => "mandatory, exceptions allowed",
                false => "mandatory",
            };
            let name = format!("{} by {}", rule.pattern, rule.flavour);
            let rest = (rule.origin.to_string(), rule.flavour.clone(), rule.owner.clone());
            (name, (value.to_owned(), rest.0, rest.1, rest.2))
        });
        rules.collect()
    };
    compared(&stated(old), &stated(new))
}

/// The exceptions that differ.
pub(super) fn exceptions(old: &Record, new: &Record) -> Vec<Item> {
    let stated = |record: &Record| -> Stated {
        let all = record.exceptions.iter().map(|one| {
            let value = format!("until {}: {}", one.expires, one.reason);
            let name = format!("{} by {}", one.control, one.flavour);
            let owner = Some(one.owner.clone());
            (name, (value, one.origin.to_string(), one.flavour.clone(), owner))
        });
        all.collect()
    };
    compared(&stated(old), &stated(new))
}

fn compared(old: &Stated, new: &Stated) -> Vec<Item> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let items = names.into_iter().filter_map(|name| {
        let value = |all: &Stated| all.get(name).map(|(value, ..)| value.clone());
        let (_, place, flavour, owner) = new.get(name).or_else(|| old.get(name))?;
        let item = Item::between(name, value(old), value(new));
        let Some(item) = item else {
            // The same words with another owner.
            let owners = |all: &Stated| all.get(name).and_then(|(.., owner)| owner.clone());
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
