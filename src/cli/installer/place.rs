//! Where the work on an installer is done.

use std::fs;
use std::io;
use std::path::Path;

/// A folder for the work, on the same file system as its place.
pub(super) fn beside(output: &Path) -> io::Result<tempfile::TempDir> {
    let output = std::path::absolute(output)?;
    let parent = output.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(parent)?;
    tempfile::Builder::new()
        .prefix(".terroir-installer-")
        .tempdir_in(parent)
}
