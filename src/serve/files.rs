//! Files beside the rendered ones: kernels and boot loaders, in a folder.

use std::fs::File;
use std::path::{Path, PathBuf};

/// The place of a file of a folder; none when it is not there, or a link leads out of the folder.
pub(super) fn place(folder: &Path, path: &Path) -> Option<PathBuf> {
    let place = folder.join(path);
    let real = place.canonicalize().ok()?;
    let is_inside = real.starts_with(folder.canonicalize().ok()?);
    (is_inside && real.is_file()).then_some(real)
}

/// Opens such a file.
pub(super) fn open(folder: &Path, path: &Path) -> Option<File> {
    File::open(place(folder, path)?).ok()
}
