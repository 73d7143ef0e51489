//! Settings put into a root on disk: what a check says before and after, and that twice is once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::Path;

use serde_json::Value;

use super::fake::Disk;
use super::render::table;
use crate::action::{Action, Content, Id};
use crate::setting::{Checked, Kind, Outcome, Refusal, apply};
use crate::tree::Snapshot;

/// Carries actions out in a root on disk.
pub(crate) fn execute(disk: &Disk, actions: &[Action]) {
    for action in actions {
        let path = disk.at(action.path().expect("a path"));
        let parent = path.parent().expect("below the root");
        match action {
            Action::Write {
                content,
                mode,
                owner,
                ..
            } => {
                let Content::Text(text) = content else {
                    panic!("no text: {action:?}")
                };
                std::fs::create_dir_all(parent).expect("a folder");
                let _ = std::fs::remove_file(&path);
                std::fs::write(&path, text.as_bytes()).expect("a file");
                metadata(disk, &path, Some(*mode), Some((&owner.user, &owner.group)));
            }
            Action::Directory { mode, owner, .. } => {
                std::fs::create_dir_all(&path).expect("a folder");
                let owner = owner.as_ref().map(|owner| (&owner.user, &owner.group));
                metadata(disk, &path, *mode, owner);
            }
            Action::Mode { mode, owner, .. } => {
                let owner = owner.as_ref().map(|owner| (&owner.user, &owner.group));
                metadata(disk, &path, *mode, owner);
            }
            Action::Edit { edit, .. } => {
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                std::fs::create_dir_all(parent).expect("a folder");
                std::fs::write(&path, apply(edit, &text)).expect("a file");
            }
            Action::Link { target, .. } => {
                std::fs::create_dir_all(parent).expect("a folder");
                let _ = std::fs::remove_file(&path);
                symlink(target, &path).expect("a link");
            }
            Action::Remove { .. } if path.is_dir() && !path.is_symlink() => {
                std::fs::remove_dir_all(&path).expect("a folder");
            }
            Action::Remove { .. } => {
                let _ = std::fs::remove_file(&path);
            }
            other => panic!("not carried out here: {other:?}"),
        }
    }
}

fn metadata(disk: &Disk, path: &Path, mode: Option<u32>, owner: Option<(&Id, &Id)>) {
    let number = |id: &Id, database: &str| match id {
        Id::Number(number) => *number,
        Id::Name(name) => {
            let text = std::fs::read_to_string(disk.root.path().join(database)).expect("accounts");
            let lines = text.lines().map(|line| line.split(':').collect::<Vec<_>>());
            let mut own = lines
                .filter(|fields| fields[0] == name)
                .map(|fields| fields[2].parse());
            own.next().expect("an account").expect("a number")
        }
    };
    // Only root gives files away; others test all but that.
    if let Some((user, group)) = owner.filter(|_| rustix::process::geteuid().is_root()) {
        let (user, group) = (number(user, "etc/passwd"), number(group, "etc/group"));
        chown(path, Some(user), Some(group)).expect("an owner");
    }
    if let Some(mode) = mode {
        std::fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode");
    }
}

/// Every path of a root with its metadata and content.
pub(crate) fn listing(disk: &Disk) -> BTreeMap<String, (u32, u32, u32, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut folders = vec![disk.root.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("readable") {
            let path = entry.expect("readable").path();
            let meta = path.symlink_metadata().expect("there");
            let content = if meta.is_symlink() {
                let target = std::fs::read_link(&path).expect("a link");
                target.into_os_string().into_encoded_bytes()
            } else if meta.is_dir() {
                folders.push(path.clone());
                Vec::new()
            } else {
                std::fs::read(&path).expect("readable")
            };
            let name = path.strip_prefix(disk.root.path()).expect("below");
            let name = name.to_string_lossy().into_owned();
            found.insert(name, (meta.mode(), meta.uid(), meta.gid(), content));
        }
    }
    found
}

/// Every setting of some declarations, in the order in which kinds are put into a root.
pub(super) fn settings(declarations: &[Value]) -> Vec<(Kind, BTreeMap<String, Value>)> {
    let mut table = table(declarations);
    let in_order = Kind::ALL.into_iter();
    in_order
        .filter_map(|kind| Some((kind, table.remove(&kind)?)))
        .collect()
}

/// Puts declarations into a root, kind by kind.
pub(super) fn put(disk: &mut Disk, declarations: &[Value]) -> Result<(), Refusal> {
    for (kind, all) in settings(declarations) {
        let touched: BTreeSet<String> = all.keys().cloned().collect();
        let actions = kind.render(&all, &touched, disk)?;
        execute(disk, &actions);
    }
    Ok(())
}

/// What the checks of declarations find in a root, by key.
pub(super) fn checked(disk: &Disk, declarations: &[Value]) -> BTreeMap<String, Checked> {
    let root = Snapshot::of_directory(disk.root.path()).expect("a root");
    let mut found = BTreeMap::new();
    for (kind, all) in settings(declarations) {
        for (name, value) in all {
            let checked = kind.check(&name, &value, &root).expect("examined");
            assert!(!checked.found.is_empty(), "{}", kind.key(&name));
            found.insert(kind.key(&name), checked);
        }
    }
    found
}

/// Every setting is unmet in a root, met after it was put there, and putting it there again
/// changes nothing.
pub(super) fn unmet_then_met(disk: &mut Disk, declaration: &Value) {
    let declarations = std::slice::from_ref(declaration);
    for (key, checked) in checked(disk, declarations) {
        assert_eq!(checked.outcome, Outcome::Unmet, "{key}: {}", checked.found);
    }
    met(disk, declarations);
}

/// Every setting is met after it was put into a root, and putting it there again changes nothing.
pub(super) fn met(disk: &mut Disk, declarations: &[Value]) {
    put(disk, declarations).expect("renders");
    for (key, checked) in checked(disk, declarations) {
        assert_eq!(checked.outcome, Outcome::Met, "{key}: {}", checked.found);
    }
    let once = listing(disk);
    put(disk, declarations).expect("renders");
    assert_eq!(listing(disk), once, "{declarations:?}");
}
