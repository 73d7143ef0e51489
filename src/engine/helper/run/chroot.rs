//! A run without namespaces and mounts: a copied root, and copies where mounts would be.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use rustix::fs::{FileType, Mode, makedev, mknodat};

use crate::process;
use crate::process::Program;
use crate::sandbox::Bind;
use crate::tree::{InRoot, Ownership, copy_tree};

use super::folders::Folders;
use crate::engine::helper::error::TaskError;
use crate::engine::helper::files::remove;

/// How long copying a root may take.
const COPYING: Duration = Duration::from_secs(30 * 60);

/// Devices that programs count on: name, major and minor number.
const DEVICES: [(&str, u32, u32); 6] = [
    ("null", 1, 3),
    ("zero", 1, 5),
    ("full", 1, 7),
    ("random", 1, 8),
    ("urandom", 1, 9),
    ("tty", 5, 0),
];

/// Copies a root that nobody changes to one that commands may change.
pub(super) fn copy_root(pristine: &Path, root: &Path) -> Result<(), TaskError> {
    if fs::read_dir(root)?.next().is_some() {
        return Ok(());
    }
    let from = format!("{}/.", pristine.display());
    let to = format!("{}/", root.display());
    let output = process::run(&Program {
        name: "cp",
        arguments: &["-a", "--reflink=auto", &from, &to],
        input: &[],
        search: Some("/usr/bin:/bin".as_ref()),
        limit: COPYING,
    })?;
    match output.code {
        Some(0) => Ok(()),
        _ => Err(TaskError::Message(
            format!(
                "copying the root: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            ),
            None,
        )),
    }
}

/// What stands where mounts would be, and what it took the place of.
pub(super) struct CopiedMounts {
    root: PathBuf,
    saved: PathBuf,
    places: Vec<Place>,
}

struct Place {
    /// The path on this machine.
    path: PathBuf,
    /// What was there before, kept aside.
    before: Option<PathBuf>,
    /// Where what is there now is kept for the next command.
    keep: Option<PathBuf>,
    /// Whether the folder itself was moved here.
    moved: bool,
}

impl CopiedMounts {
    /// Puts the scratch folders and copies of other things where mounts would be.
    pub(in crate::engine) fn put(folders: &Folders, binds: &[Bind]) -> Result<Self, TaskError> {
        let mut placed = Self {
            root: folders.root.clone(),
            saved: folders.memory.join("saved"),
            places: Vec::new(),
        };
        fs::create_dir_all(&placed.saved)?;
        let empty = folders.memory.join("empty");
        fs::create_dir_all(&empty)?;
        placed.one(&empty, "/dev", None)?;
        placed.devices();
        for bind in &folders.scratch {
            placed.clear(&bind.target, Some(bind.source.clone()), true)?;
            let place = placed.places.last().map(|place| place.path.clone());
            fs::rename(&bind.source, place.unwrap_or_default())?;
        }
        for bind in binds {
            let keep = (!bind.read_only).then(|| bind.source.clone());
            placed.one(&bind.source, &bind.target, keep)?;
        }
        Ok(placed)
    }

    fn one(&mut self, source: &Path, target: &str, keep: Option<PathBuf>) -> Result<(), TaskError> {
        self.clear(target, keep, false)?;
        let (folder, name) = (source.parent(), source.file_name());
        let (Some(folder), Some(name)) = (folder, name) else {
            return Ok(());
        };
        let from = format!("/{}", name.to_string_lossy());
        copy_tree(
            (folder, &from),
            (&self.root, target),
            (None, None),
            Ownership::Keep,
        )?;
        Ok(())
    }

    /// Puts aside what is in the place of something.
    fn clear(&mut self, target: &str, keep: Option<PathBuf>, moved: bool) -> Result<(), TaskError> {
        let mut root = InRoot::open(&self.root)?;
        let trimmed = target.trim_end_matches('/');
        let (above, name) = trimmed.rsplit_once('/').unwrap_or(("", trimmed));
        let above = if above.is_empty() { "/" } else { above };
        root.make_directories(above)?;
        let path = root.real_path(above)?.join(name);
        let before = match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
            Ok(_) => {
                let aside = self.saved.join(self.places.len().to_string());
                fs::rename(&path, &aside)?;
                Some(aside)
            }
        };
        self.places.push(Place {
            path,
            before,
            keep,
            moved,
        });
        Ok(())
    }

    /// Makes devices, as far as this machine allows it.
    fn devices(&self) {
        let Ok(folder) = fs::File::open(self.root.join("dev")) else {
            return;
        };
        for (name, major, minor) in DEVICES {
            let kind = FileType::CharacterDevice;
            let mode = Mode::from_raw_mode(0o666);
            // Programs that need one that cannot be made say so themselves.
            let _ = mknodat(&folder, name, kind, mode, makedev(major, minor));
            let _ = rustix::fs::chmodat(&folder, name, mode, rustix::fs::AtFlags::empty());
        }
    }

    /// Takes the copies away and puts back what was there, the last first.
    pub(super) fn take_away(self) -> Result<(), TaskError> {
        for place in self.places.into_iter().rev() {
            if let Some(keep) = place.keep {
                if fs::symlink_metadata(&place.path).is_ok() {
                    remove(&keep)?;
                    fs::rename(&place.path, &keep)?;
                } else if place.moved {
                    fs::create_dir_all(&keep)?;
                }
            }
            remove(&place.path)?;
            if let Some(before) = place.before {
                fs::rename(before, &place.path)?;
            }
        }
        Ok(())
    }
}
