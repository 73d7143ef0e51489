//! Tests of packages, units, accounts and kernel parameters.

use std::collections::BTreeMap;

use serde_json::Value;

use super::aspect::Aspect;
use crate::package::Installed;
use crate::recipe::{AnyText, PackageTest, ServiceTest, UserTest};
use crate::setting::{Accounts, Kind, Outcome, ServiceState, Unexamined};
use crate::tree::Snapshot;

/// What a test of a package finds.
pub(super) fn package(test: &PackageTest, root: &Snapshot) -> Vec<Aspect> {
    let wanted = test.installed.unwrap_or(true);
    let expected = match (wanted, &test.version) {
        (false, _) => "not installed".to_owned(),
        (true, None) => "installed".to_owned(),
        (true, Some(version)) => format!("version {}", version.0),
    };
    let installed = match Installed::of(root) {
        Ok(Some(installed)) => installed,
        Ok(None) => return vec![Aspect::unknown(expected, &Unexamined::NoPackages)],
        Err(why) => return vec![Aspect::unknown(expected, &why.into())],
    };
    vec![match installed.version(&test.name) {
        None => Aspect::new(expected, "not installed".to_owned(), !wanted),
        Some(version) => {
            let same = test.version.as_ref().is_none_or(|one| one.0 == version);
            Aspect::new(expected, format!("version {version}"), wanted && same)
        }
    }]
}

/// What a test of a unit finds: the same as the check of a setting.
pub(super) fn service(test: &ServiceTest, root: &Snapshot) -> Vec<Aspect> {
    let state = |wanted: Option<bool>, yes: ServiceState, no: ServiceState| {
        wanted.map(|wanted| if wanted { yes } else { no })
    };
    let states = [
        state(test.enabled, ServiceState::Enabled, ServiceState::Disabled),
        state(test.masked, ServiceState::Masked, ServiceState::Unmasked),
    ];
    let aspects = states.into_iter().flatten().map(|state| {
        let value = serde_json::to_value(state).expect("a state is a word");
        let expected = value.as_str().unwrap_or_default().to_owned();
        checked(Kind::SERVICE, test.name.as_str(), (&value, expected), root)
    });
    aspects.collect()
}

/// What a test of kernel parameters finds: the same as the check of a setting.
pub(super) fn sysctl(test: &BTreeMap<String, AnyText>, root: &Snapshot) -> Vec<Aspect> {
    let aspects = test.iter().map(|(name, value)| {
        let words: Vec<&str> = value.0.split_whitespace().collect();
        let value = words.join(" ");
        let expected = format!("{name} = {value}");
        checked(Kind::SYSCTL, name, (&Value::from(value), expected), root)
    });
    aspects.collect()
}

fn checked(kind: Kind, name: &str, (value, expected): (&Value, String), root: &Snapshot) -> Aspect {
    match kind.check(name, value, root) {
        Ok(checked) => {
            let place = match &checked.place {
                Some(place) => format!(" ({})", place.path),
                None => String::new(),
            };
            let met = checked.outcome == Outcome::Met;
            Aspect::new(expected, format!("{}{place}", checked.found), met)
        }
        Err(why) => Aspect::unknown(expected, &why),
    }
}

/// What a test of an account finds.
pub(super) fn user(test: &UserTest, root: &Snapshot) -> Vec<Aspect> {
    let wanted = test.exists.unwrap_or(true);
    let word = |there: bool| if there { "an account" } else { "no account" };
    let accounts = match Accounts::read(root) {
        Ok(accounts) => accounts,
        Err(why) => return vec![Aspect::unknown(word(wanted).to_owned(), &why)],
    };
    let user = accounts.user(&test.name);
    let there = user.is_some();
    let mut aspects = vec![Aspect::new(
        word(wanted).to_owned(),
        word(there).to_owned(),
        wanted == there,
    )];
    let Some(user) = user else { return aspects };
    let mut same = |word: &str, expected: Option<String>, found: String| {
        if let Some(expected) = expected {
            let met = expected == found;
            let told = |value: &str| format!("{word} {value}");
            aspects.push(Aspect::new(told(&expected), told(&found), met));
        }
    };
    same(
        "uid",
        test.uid.map(|uid| uid.to_string()),
        user.uid.to_string(),
    );
    same(
        "home",
        test.home.as_ref().map(ToString::to_string),
        user.home.clone(),
    );
    same(
        "shell",
        test.shell.as_ref().map(ToString::to_string),
        user.shell.clone(),
    );
    for name in &test.groups {
        let group = accounts.group(name);
        let member =
            group.is_some_and(|group| group.gid == user.gid || group.members.contains(&user.name));
        let found = match (group, member) {
            (None, _) => format!("no group {name}"),
            (Some(_), true) => format!("member of {name}"),
            (Some(_), false) => format!("no member of {name}"),
        };
        aspects.push(Aspect::new(format!("member of {name}"), found, member));
    }
    aspects
}
