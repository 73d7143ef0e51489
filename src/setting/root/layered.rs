//! Configuration files of several folders, of which the first one wins.

use std::collections::BTreeMap;

use crate::path::TreePath;
use crate::setting::input::place::constant;
use crate::tree::Snapshot;

/// The files `*SUFFIX` of several folders of which the earlier win by name, in the order of names:
/// how systemd and modprobe read their folders (sysctl.d(5), modprobe.d(5)). Hidden files do not count,
/// and a link that leads nowhere or to `/dev/null` hides the files of its name.
pub(in crate::setting) fn layered(
    root: &Snapshot,
    folders: &[&str],
    suffix: &str,
) -> Vec<TreePath> {
    let mut by_name = BTreeMap::new();
    for folder in folders.iter().rev() {
        for path in root.children(&constant(folder)) {
            let name = path.file_name();
            if name.ends_with(suffix.as_bytes()) && !name.starts_with(b".") {
                by_name.insert(path.file_name().to_vec(), path);
            }
        }
    }
    by_name.into_values().collect()
}
