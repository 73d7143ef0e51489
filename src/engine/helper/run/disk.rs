//! How much of the disk a run takes.

use std::fs;
use std::path::{Path, PathBuf};

/// How much of the disk a run may still take.
pub(super) struct DiskBudget {
    folder: PathBuf,
    limit: Option<u64>,
    free: u64,
    /// Whether the run took more.
    pub exhausted: bool,
}

impl DiskBudget {
    pub(super) fn measure(folder: &Path, limit: Option<u64>) -> Self {
        Self {
            folder: folder.to_path_buf(),
            limit,
            free: free(folder),
            exhausted: false,
        }
    }

    /// Looks whether the disk lost more than the run may take, and if so whether the run took it.
    pub(super) fn is_left(&mut self) -> bool {
        let Some(limit) = self.limit else { return true };
        let gone = self.free.saturating_sub(free(&self.folder));
        self.exhausted = gone > limit && size(&self.folder) > limit;
        !self.exhausted
    }
}

fn free(folder: &Path) -> u64 {
    rustix::fs::statvfs(folder).map_or(0, |stat| stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// The bytes that the changes and scratch folders of a run take.
fn size(folder: &Path) -> u64 {
    let folders = ["upper", "scratch"].map(|name| folder.join(name));
    folders.iter().map(|folder| size_below(folder)).sum()
}

fn size_below(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() => size_below(&entry.path()),
        Ok(found) => found.blocks() * 512,
        Err(_) => 0,
    };
    entries.map(size).sum()
}
