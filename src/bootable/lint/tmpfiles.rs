//! The paths that tmpfiles.d(5) makes.

use std::collections::BTreeMap;

use super::root::Root;
use crate::bootable::declared::paths;
use crate::path::TreePath;

/// Paths with the letters of the lines for them.
#[derive(Debug, Default)]
pub(super) struct Lines {
    paths: BTreeMap<TreePath, Vec<char>>,
}

/// The lines of all files.
pub(super) fn read(root: &Root) -> Lines {
    let mut lines = Lines::default();
    for folder in ["/usr/lib/tmpfiles.d", "/etc/tmpfiles.d"] {
        for file in root.files_in(folder, ".conf") {
            let text = root.text_at(&file).unwrap_or_default();
            for (kind, path) in paths(&text) {
                let (Some(letter), Ok(path)) = (kind.chars().next(), TreePath::parse(&path)) else {
                    continue;
                };
                lines
                    .paths
                    .entry(settled(root, path))
                    .or_default()
                    .push(letter);
            }
        }
    }
    lines
}

/// The path without links above its last part.
fn settled(root: &Root, path: TreePath) -> TreePath {
    let above = path.parent().and_then(|above| root.files.followed(&above));
    let joined = above.and_then(|(above, _)| above.join(path.file_name()).ok());
    joined.unwrap_or(path)
}

impl Lines {
    /// Tells whether a line makes a path, or copies it with a folder above it.
    pub(super) fn covers(&self, path: &TreePath) -> bool {
        let is_made = |letters: &Vec<char>| letters.iter().any(|one| !"xXrR".contains(*one));
        if self.paths.get(path).is_some_and(is_made) {
            return true;
        }
        let mut above = std::iter::successors(path.parent(), TreePath::parent);
        above.any(|above| {
            let letters = self.paths.get(&above);
            letters.is_some_and(|letters| letters.contains(&'C'))
        })
    }
    /// Tells whether a line sets the owner of a path, or of all below a folder above it.
    pub(super) fn gives_owner(&self, path: &TreePath) -> bool {
        let has = |path: &TreePath, letter| {
            let letters = self.paths.get(path);
            letters.is_some_and(|letters| letters.contains(&letter))
        };
        let mut above = std::iter::successors(Some(path.clone()), TreePath::parent);
        has(path, 'z') || above.any(|above| has(&above, 'Z'))
    }
}
