//! Tests of files.

use super::aspect::Aspect;
use crate::oci::Digest;
use crate::recipe::FileTest;
use crate::setting::Accounts;
use crate::tree::{NodeKind, Snapshot};

/// What a test of a file finds.
pub(super) fn file(test: &FileTest, root: &Snapshot) -> Vec<Aspect> {
    let path = test.path.path();
    let there = root.node(path);
    let expected = match test.exists.unwrap_or(true) {
        true => "it is there",
        false => "it is not there",
    };
    let found = match &there {
        Some(_) => "it is there",
        None => "it is not there",
    };
    let mut aspects = vec![Aspect::new(
        expected.to_owned(),
        found.to_owned(),
        expected == found,
    )];
    let Some(node) = there else { return aspects };
    if let Some(link) = &test.link {
        let found = match &node.kind {
            NodeKind::Link(target) => format!("a link to {}", String::from_utf8_lossy(target)),
            _ => "no link".to_owned(),
        };
        let expected = format!("a link to {link}");
        let met = expected == found;
        aspects.push(Aspect::new(expected, found, met));
    }
    metadata(test, root, &mut aspects);
    content(test, root, &mut aspects);
    aspects
}

fn metadata(test: &FileTest, root: &Snapshot, aspects: &mut Vec<Aspect>) {
    if test.mode.is_none() && test.owner.is_none() && test.group.is_none() {
        return;
    }
    let Some((_, node)) = root.followed(test.path.path()) else {
        aspects.push(Aspect::new(
            "something with a mode and an owner".to_owned(),
            "a link to nothing".to_owned(),
            false,
        ));
        return;
    };
    if let Some(mode) = &test.mode {
        let (expected, found) = (mode.bits(), node.mode & 0o7777);
        aspects.push(Aspect::new(
            format!("mode {expected:04o}"),
            format!("mode {found:04o}"),
            expected == found,
        ));
    }
    let accounts = match Accounts::read(root) {
        Ok(accounts) => accounts,
        Err(why) => {
            aspects.push(Aspect::unknown("its owner".to_owned(), &why));
            return;
        }
    };
    let names = accounts.owner(node.uid, node.gid);
    let (user, group) = names.split_once(':').unwrap_or((&names, ""));
    let owners = [
        ("owner", &test.owner, user, node.uid),
        ("group", &test.group, group, node.gid),
    ];
    for (word, wanted, name, number) in owners {
        if let Some(wanted) = wanted {
            aspects.push(Aspect::new(
                format!("{word} {}", wanted.0),
                format!("{word} {name}"),
                wanted.0 == name || wanted.0 == number.to_string(),
            ));
        }
    }
}

fn content(test: &FileTest, root: &Snapshot, aspects: &mut Vec<Aspect>) {
    if test.contains.is_empty() && test.sha256.is_none() {
        return;
    }
    let bytes = match root.bytes(test.path.path()) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => {
            let (expected, found) = ("a file with content", "no regular file");
            return aspects.push(Aspect::new(expected.to_owned(), found.to_owned(), false));
        }
        Err(why) => {
            let expected = "its content".to_owned();
            return aspects.push(Aspect::unknown(expected, &why.into()));
        }
    };
    let text = String::from_utf8_lossy(bytes);
    for wanted in &test.contains {
        let holds = text.contains(wanted.as_str());
        let found = match holds {
            true => "that".to_owned(),
            false => format!("{} bytes without it", bytes.len()),
        };
        aspects.push(Aspect::new(
            format!("the text `{}`", wanted.trim_end()),
            found,
            holds,
        ));
    }
    if let Some(wanted) = &test.sha256 {
        let found = Digest::of(bytes).hex();
        let met = found == wanted.as_str();
        let expected = format!("SHA-256 {}", wanted.as_str());
        aspects.push(Aspect::new(expected, format!("SHA-256 {found}"), met));
    }
}
