//! The folders of a run on this machine.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::action::SCRATCH;
use crate::sandbox::Bind;

use crate::engine::helper::error::TaskError;
use crate::engine::helper::files::{new_folder, remove};

/// The folders of a run.
pub(super) struct Folders {
    /// What changes.
    pub upper: PathBuf,
    /// The root as commands see it.
    pub root: PathBuf,
    /// Memory for the runtime's files and secrets.
    pub memory: PathBuf,
    /// What overlays use for themselves.
    pub work: PathBuf,
    /// The scratch folders, and where commands see them.
    pub scratch: Vec<Bind>,
    /// Other roots.
    trees: PathBuf,
}

impl Folders {
    pub(super) fn of(folder: &Path) -> Self {
        Self {
            upper: folder.join("upper"),
            root: folder.join("root"),
            memory: folder.join("memory"),
            work: folder.join("work"),
            scratch: scratch_of(folder),
            trees: folder.join("trees"),
        }
    }

    pub(super) fn make(&self) -> Result<(), TaskError> {
        // What an overlay used for itself is of no use to the next.
        remove(&self.work)?;
        for folder in [&self.root, &self.memory, &self.work, &self.trees] {
            fs::create_dir_all(folder)?;
        }
        make_scratch(&self.scratch)?;
        if !self.upper.is_dir() {
            new_folder(&self.upper)?;
        }
        Ok(())
    }

    /// Where another root is mounted.
    pub(in crate::engine) fn tree(&self, number: usize) -> PathBuf {
        self.trees.join(number.to_string())
    }
}

/// The file that says that `/var` was made for this run alone.
pub(super) fn promised(folder: &Path) -> PathBuf {
    folder.join("promised")
}

/// The scratch folders of a run: where commands see them, and where they are on this machine.
fn scratch_of(folder: &Path) -> Vec<Bind> {
    let names = SCRATCH.iter();
    names
        .map(|target| Bind {
            source: folder.join("scratch").join(target.trim_start_matches('/')),
            target: (*target).to_owned(),
            read_only: false,
        })
        .collect()
}

/// Makes the scratch folders, as far as they are missing.
fn make_scratch(scratch: &[Bind]) -> Result<(), TaskError> {
    for bind in scratch {
        fs::create_dir_all(&bind.source)?;
        let mode = if bind.target == "/run" { 0o755 } else { 0o1777 };
        fs::set_permissions(&bind.source, fs::Permissions::from_mode(mode))?;
        if bind.target == "/run" {
            fs::create_dir_all(bind.source.join("lock"))?;
        }
    }
    Ok(())
}
