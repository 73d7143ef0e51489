//! Files that are only in one of two roots, or differ.

use std::collections::BTreeSet;

use serde::Serialize;

use super::listing::{FileLine, Listings};
use crate::path::TreePath;
use crate::recipe::Direction;

/// A file that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileItem {
    /// Which way.
    pub direction: Direction,
    /// Its path.
    pub path: String,
    /// What it was.
    pub old: Option<FileLine>,
    /// What it is.
    pub new: Option<FileLine>,
}

/// Compares two roots, sorted by path.
pub(super) fn files(old: &Listings, new: &Listings) -> Vec<FileItem> {
    let paths: BTreeSet<&TreePath> = old.keys().chain(new.keys()).collect();
    let items = paths.into_iter().filter_map(|path| {
        let (was, is) = (old.get(path), new.get(path));
        let direction = match (was, is) {
            (was, is) if was == is => return None,
            (None, _) => Direction::New,
            (_, None) => Direction::Gone,
            _ => Direction::Changed,
        };
        Some(FileItem {
            direction,
            path: path.to_string(),
            old: was.cloned(),
            new: is.cloned(),
        })
    });
    items.collect()
}

/// Bytes of all files; other names of one file count once for each name.
pub(super) fn bytes(all: &Listings) -> u64 {
    all.values().filter_map(|line| line.size).sum()
}
