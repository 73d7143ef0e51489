//! What systemd finds for the name of a unit in a finished root: its file or its mask, its drop-ins,
//! and the links by which others start it (systemd.unit(5)).

use std::collections::{BTreeMap, BTreeSet};

use crate::path::TreePath;
use crate::setting::input::place::constant;
use crate::tree::{NodeKind, Snapshot};

/// Most links that are followed from one name to its file.
const MAX_LINKS: usize = 40;

/// What a name leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setting) enum Loaded {
    /// Nothing of this name is there.
    Nothing,
    /// It is masked at this path: an empty file, or a link to `/dev/null`.
    Masked(TreePath),
    /// Its file, links followed.
    Fragment(TreePath),
}

/// Looks a unit up in folders, of which the first that has the name decides.
pub(in crate::setting) fn load(root: &Snapshot, folders: &[&str], name: &str) -> Loaded {
    for folder in folders {
        let Ok(path) = constant(folder).join(name.as_bytes()) else {
            continue;
        };
        if is_null(root, &path) {
            return Loaded::Masked(path);
        }
        if let Some((file, node)) = root.followed(&path)
            && node.kind.is_file()
        {
            return Loaded::Fragment(file);
        }
    }
    Loaded::Nothing
}

/// Whether a path is an empty file, or a link that ends at `/dev/null`.
pub(in crate::setting) fn is_null(root: &Snapshot, path: &TreePath) -> bool {
    let mut at = path.clone();
    for _ in 0..MAX_LINKS {
        match root.node(&at).map(|node| node.kind) {
            Some(NodeKind::Link(target)) => at = at.led_to(&target),
            Some(NodeKind::File) => {
                return matches!(root.bytes(&at), Ok(Some(bytes)) if bytes.is_empty());
            }
            _ => return at.as_bytes() == b"dev/null",
        }
    }
    false
}

/// The drop-ins of a unit in the order in which they are read: by name, of two with one name that
/// of the earlier folder; those for all units of a type and of a prefix count too.
pub(in crate::setting) fn drop_ins(root: &Snapshot, folders: &[&str], name: &str) -> Vec<TreePath> {
    let Some((stem, suffix)) = name.rsplit_once('.') else {
        return Vec::new();
    };
    let mut names = vec![name.to_owned()];
    if let Some((prefix, instance)) = stem.split_once('@')
        && !instance.is_empty()
    {
        names.push(format!("{prefix}@.{suffix}"));
    }
    let prefix = stem.split('@').next().unwrap_or(stem);
    let dashes = prefix.char_indices().filter(|(_, c)| *c == '-');
    let prefixes = dashes.filter_map(|(index, _)| prefix.get(..=index));
    let mut prefixes: Vec<&str> = prefixes
        .filter(|one| *one != prefix && *one != "-")
        .collect();
    prefixes.reverse();
    names.extend(prefixes.iter().map(|prefix| format!("{prefix}.{suffix}")));
    let mut places: Vec<String> = Vec::new();
    for folder in folders {
        places.extend(names.iter().map(|name| format!("{folder}/{name}.d")));
    }
    places.extend(folders.iter().map(|folder| format!("{folder}/{suffix}.d")));
    let mut by_name: BTreeMap<Vec<u8>, TreePath> = BTreeMap::new();
    for place in places {
        let Ok(folder) = TreePath::parse(&place) else {
            continue;
        };
        for path in root.children(&folder) {
            if path.file_name().ends_with(b".conf") {
                by_name.entry(path.file_name().to_vec()).or_insert(path);
            }
        }
    }
    by_name.into_values().collect()
}

/// Targets of which a boot starts none.
const NOT_AT_BOOT: [&str; 14] = [
    "ctrl-alt-del.target",
    "emergency.target",
    "exit.target",
    "final.target",
    "halt.target",
    "hibernate.target",
    "kexec.target",
    "poweroff.target",
    "reboot.target",
    "rescue.target",
    "shutdown.target",
    "sleep.target",
    "suspend.target",
    "umount.target",
];

/// The link by which another unit starts one that has one of these names, the vendor's included; a
/// link of the same name to `/dev/null` in an earlier folder takes it back.
pub(in crate::setting) fn wanting(
    root: &Snapshot,
    folders: &[&str],
    names: &BTreeSet<String>,
) -> Option<TreePath> {
    let mut seen: BTreeSet<Vec<u8>> = BTreeSet::new();
    for folder in folders {
        for wants in root.children(&constant(folder)) {
            let name = wants.file_name().to_vec();
            // Folders `.upholds` are read since systemd 254 only.
            let suffixes = [&b".wants"[..], b".requires"];
            let of = suffixes
                .iter()
                .find_map(|suffix| name.strip_suffix(*suffix));
            let Some(of) = of.filter(|of| !NOT_AT_BOOT.iter().any(|one| one.as_bytes() == *of))
            else {
                continue;
            };
            let starter = load(root, folders, &String::from_utf8_lossy(of));
            if matches!(starter, Loaded::Masked(_)) {
                continue;
            }
            for unit in names {
                let Ok(link) = wants.join(unit.as_bytes()) else {
                    continue;
                };
                let Some(node) = root.node(&link) else {
                    continue;
                };
                let first = seen.insert([name.as_slice(), b"/", unit.as_bytes()].concat());
                let is_link = matches!(node.kind, NodeKind::Link(_));
                if first && is_link && !is_null(root, &link) {
                    return Some(link);
                }
            }
        }
    }
    None
}
