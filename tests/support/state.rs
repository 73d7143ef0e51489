//! Everything that can differ in a root on disk, in lines that can be compared.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;

use terroir::oci::Digest;
use terroir::tree::Ownership;

/// A line for each path, and one for each group of hard links.
pub(crate) type State = BTreeMap<Vec<u8>, String>;

/// Looks at all below a directory; without ownership owners, attributes and devices are left out.
pub(crate) fn of(root: &Path, ownership: Ownership) -> State {
    let mut paths = vec![root.to_path_buf()];
    let mut open = paths.clone();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("a directory") {
            let path = entry.expect("an entry").path();
            paths.push(path.clone());
            if path.symlink_metadata().expect("there").is_dir() {
                open.push(path);
            }
        }
    }
    let mut names: BTreeMap<u64, Vec<Vec<u8>>> = BTreeMap::new();
    let mut state = BTreeMap::new();
    for path in paths {
        let metadata = path.symlink_metadata().expect("there");
        let kind = metadata.file_type();
        if ownership == Ownership::Mine && (kind.is_char_device() || kind.is_block_device()) {
            continue;
        }
        let name = path.strip_prefix(root).expect("below");
        let name = name.as_os_str().as_bytes().to_vec();
        names.entry(metadata.ino()).or_default().push(name.clone());
        state.insert(name, line(&path, &metadata, ownership));
    }
    for mut group in names.into_values().filter(|group| group.len() > 1) {
        group.sort();
        state.insert(
            [&b"linked "[..], &group.join(&b' ')].concat(),
            String::new(),
        );
    }
    state
}

/// Fails with every path that is not the same on both sides.
pub(crate) fn compare(ours: &State, theirs: &State) {
    let keys = ours.keys().chain(theirs.keys());
    let different: Vec<_> = keys
        .filter(|key| ours.get(*key) != theirs.get(*key))
        .map(|key| (String::from_utf8_lossy(key), ours.get(key), theirs.get(key)))
        .collect();
    assert!(different.is_empty(), "path, ours, theirs: {different:#?}");
}

fn line(path: &Path, metadata: &Metadata, ownership: Ownership) -> String {
    let mut words = vec![format!("{:o}", metadata.mode())];
    // Size and time of a directory depend on the file system if no layer states them.
    if !metadata.is_dir() {
        let (seconds, rest) = (metadata.mtime(), metadata.mtime_nsec());
        words.push(format!("{} at {seconds}.{rest}", metadata.size()));
    }
    if metadata.is_file() {
        let content = std::fs::read(path).expect("readable");
        words.push(Digest::of(&content).short());
    }
    if metadata.is_symlink() {
        words.push(format!("> {:?}", std::fs::read_link(path).expect("a link")));
    }
    if ownership == Ownership::Keep {
        let (uid, gid, device) = (metadata.uid(), metadata.gid(), metadata.rdev());
        words.push(format!("{uid}:{gid} device {device:x}"));
        words.extend(attributes(path));
    }
    words.join(" ")
}

fn attributes(path: &Path) -> Vec<String> {
    let mut list = vec![0; 4096];
    let length = rustix::fs::llistxattr(path, &mut list[..]).expect("listed");
    let names = list[..length].split(|byte| *byte == 0);
    let mut found: Vec<String> = names
        .filter(|name| !name.is_empty())
        .map(|name| {
            let mut value = vec![0; 4096];
            let length = rustix::fs::lgetxattr(path, name, &mut value[..]).expect("read");
            format!("{}={:?}", String::from_utf8_lossy(name), &value[..length])
        })
        .collect();
    found.sort_unstable();
    found
}
