//! Damage to the files of a registry.

use std::fs;
use std::path::Path;

/// Changes a byte of the largest file below a folder.
pub(crate) fn corrupt_largest(folder: &Path) {
    let mut folders = vec![folder.to_path_buf()];
    let mut largest = None;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let found = entry.metadata().expect("a file");
            match found.is_dir() {
                true => folders.push(entry.path()),
                false => largest = largest.max(Some((found.len(), entry.path()))),
            }
        }
    }
    let (size, path) = largest.expect("a file");
    let mut bytes = fs::read(&path).expect("readable");
    bytes[usize::try_from(size / 2).expect("small")] ^= 1;
    fs::write(path, bytes).expect("writable");
}
