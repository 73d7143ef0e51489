//! Whether files of a finished root are as demanded.

use serde_json::Value;

use super::value::FileValue;
use crate::action::{Id, Owner};
use crate::path::TreePath;
use crate::setting::contract::check::{Checked, Outcome, Place, Reads, Unexamined};
use crate::setting::contract::kind::Kind;
use crate::setting::contract::refusal::examined;
use crate::setting::input::glob::matches;
use crate::setting::input::place::{constant, place_of_name};
use crate::setting::root::accounts::Accounts;
use crate::tree::{Node, Snapshot};

/// Compares content, bits and owner; of a pattern, those of every file that fits it.
pub(in crate::setting) fn check(
    name: &str,
    value: &Value,
    root: &Snapshot,
) -> Result<Checked, Unexamined> {
    let demanded: FileValue = examined(Kind::FILE, name, value)?;
    if name.contains('*') {
        return pattern(name, &demanded, root);
    }
    one(&path_of(name)?, &demanded, root)
}

fn path_of(name: &str) -> Result<TreePath, Unexamined> {
    place_of_name(name).map_err(|error| Unexamined::Value {
        setting: Kind::FILE.key(name),
        why: error.to_string(),
    })
}

fn pattern(name: &str, demanded: &FileValue, root: &Snapshot) -> Result<Checked, Unexamined> {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for path in fitting(root, name) {
        let checked = one(&path, demanded, root)?;
        seen += 1;
        if checked.outcome == Outcome::Unmet {
            wrong.push((path, checked));
        }
    }
    let Some((first, checked)) = wrong.first() else {
        return Ok(match seen {
            0 if *demanded == FileValue::Absent => Checked::met("nothing is there", None),
            0 => Checked::not_applicable(format!("nothing fits {name}")),
            1 => Checked::met("the one file is as demanded", None),
            _ => Checked::met(format!("all {seen} files are as demanded"), None),
        });
    };
    let more = match wrong.len() {
        1 => String::new(),
        many => format!(", and {} more", many - 1),
    };
    let found = format!("{first}: {}{more}", checked.found);
    Ok(Checked::unmet(found, Some(Place::file(first))))
}

/// The paths that fit a pattern whose components may hold `*`; `**` is any number of folders.
pub(super) fn fitting(root: &Snapshot, pattern: &str) -> Vec<TreePath> {
    let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    let mut found = Vec::new();
    descend(root, &TreePath::root(), &parts, &mut found);
    found.sort();
    found.dedup();
    found
}

fn descend(root: &Snapshot, folder: &TreePath, parts: &[&str], found: &mut Vec<TreePath>) {
    let Some((first, rest)) = parts.split_first() else {
        return;
    };
    if *first == "**" {
        descend(root, folder, rest, found);
        for child in root.children(folder) {
            let node = root.node(&child);
            if node.is_some_and(|node| node.kind == crate::tree::NodeKind::Directory) {
                descend(root, &child, parts, found);
            }
        }
        return;
    }
    if !first.contains('*') {
        let Ok(next) = folder.join(first.as_bytes()) else {
            return;
        };
        match rest.is_empty() {
            true => found.extend(root.node(&next).map(|_| next)),
            false => descend(root, &next, rest, found),
        }
        return;
    }
    for child in root.children(folder) {
        if matches(first, &String::from_utf8_lossy(child.file_name())) {
            match rest.is_empty() {
                true => found.push(child),
                false => descend(root, &child, rest, found),
            }
        }
    }
}

fn one(path: &TreePath, demanded: &FileValue, root: &Snapshot) -> Result<Checked, Unexamined> {
    let Some((real, node)) = root.followed(path) else {
        return Ok(match demanded {
            FileValue::Absent if root.node(path).is_none() => Checked::met("it is not there", None),
            FileValue::Absent => Checked::unmet("it is a broken link", Some(Place::file(path))),
            _ if demanded.is_optional() => Checked::not_applicable(format!("{path} is not there")),
            _ => Checked::unmet("it is not there", None),
        });
    };
    let place = Some(Place::file(&real));
    if *demanded == FileValue::Absent {
        return Ok(Checked::unmet("it is there", place));
    }
    let accounts = Accounts::read(root)?;
    let mut faults = Vec::new();
    if let FileValue::Whole { text, .. } = demanded
        && root.bytes(&real)? != Some(text.as_bytes())
    {
        faults.push("its content is another".to_owned());
    }
    let shown = format!(
        "mode {:04o}, owner {}",
        node.mode,
        accounts.owner(node.uid, node.gid)
    );
    if demanded.mode().is_some_and(|mode| node.mode & !mode != 0)
        || !owned(&node, demanded, &accounts)
    {
        faults.push(shown.clone());
    }
    Ok(match faults.is_empty() {
        true => Checked::met(shown, place),
        false => Checked::unmet(faults.join(", "), place),
    })
}

fn owned(node: &Node, demanded: &FileValue, accounts: &Accounts) -> bool {
    let owners = demanded.owners();
    let user = |id: &Id| match id {
        Id::Number(number) => Some(*number),
        Id::Name(name) => accounts.uid(name),
    };
    let group = |id: &Id| match id {
        Id::Number(number) => Some(*number),
        Id::Name(name) => accounts.gid(name),
    };
    let fits = |owner: &Owner| {
        user(&owner.user) == Some(node.uid) && group(&owner.group) == Some(node.gid)
    };
    owners.is_empty() || owners.iter().any(fits)
}

/// The file; of a pattern the folder in front of it; and the account databases.
pub(in crate::setting) fn reads(name: &str) -> Vec<Reads> {
    let own = match name.find('*') {
        Some(star) => {
            let folder = name.split_at(star).0;
            let folder = folder.rsplit_once('/').map_or("/", |(folder, _)| folder);
            match folder.is_empty() {
                true => Reads::Everything,
                false => Reads::below(folder),
            }
        }
        None => Reads::At(path_of(name).unwrap_or_default()),
    };
    vec![
        own,
        Reads::At(constant("/etc/passwd")),
        Reads::At(constant("/etc/group")),
    ]
}
