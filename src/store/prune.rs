//! Removal of what nothing refers to.

use std::collections::BTreeSet;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::oci::{BlobSource, Descriptor, Digest};

use super::file::walk;
use super::layout::digest_of;
use super::layout::read_index;
use super::steps::{self, NEEDED, RESERVED};
use super::{Error, Store};

/// What a prune removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Blobs that no tag and no step kept.
    pub blobs: usize,
    /// Steps whose layer no tag reaches and that nobody used lately.
    pub steps: usize,
    /// Notes that nobody used lately.
    pub notes: usize,
    /// Unfinished and damaged blobs.
    pub leftovers: usize,
    /// Bytes that all of them took.
    pub bytes: u64,
}

impl Store {
    /// Removes what no tag reaches and nobody has used since; fails while a build runs.
    ///
    /// Roots are left to whoever made them, since their files may belong to other ids.
    pub fn prune(&self, used_since: SystemTime) -> Result<Report, Error> {
        let _lock = self.exclusive()?;
        let mut report = Report::default();
        for folder in ["tmp", "damaged"] {
            let folder = self.path().join(folder);
            for (path, metadata) in files(&folder)? {
                remove(&path, &metadata, &mut report.leftovers, &mut report.bytes)?;
            }
            // What a bootstrap that was killed left; files of other ids in it need their owner.
            for path in folders(&folder)? {
                std::fs::remove_dir_all(&path)
                    .map_err(Error::io(format!("removing {}", path.display())))?;
                report.leftovers += 1;
            }
        }
        let mut kept = self.reachable()?;
        let needed = self.all_needed(&mut report)?;
        kept.extend(needed.iter().filter_map(|file| blob_of(file)));
        for (path, metadata) in files(&self.path().join("steps/sha256"))? {
            let layer = std::fs::read(&path)
                .ok()
                .and_then(|bytes| steps::parse(&bytes));
            match layer {
                Some(layer)
                    if kept.contains(&layer.digest)
                        || needed.contains(&path)
                        || is_used(&metadata, used_since) =>
                {
                    kept.insert(layer.digest);
                }
                _ => remove(&path, &metadata, &mut report.steps, &mut report.bytes)?,
            }
        }
        for folder in self.note_folders()? {
            for (path, metadata) in files(&folder.join("sha256"))? {
                if !is_used(&metadata, used_since) && !needed.contains(&path) {
                    remove(&path, &metadata, &mut report.notes, &mut report.bytes)?;
                }
            }
        }
        for (path, metadata) in files(&self.path().join("blobs/sha256"))? {
            if !blob_of(&path).is_some_and(|digest| kept.contains(&digest)) {
                remove(&path, &metadata, &mut report.blobs, &mut report.bytes)?;
            }
        }
        Ok(report)
    }

    /// What the images that are there need to be found again; lists of others are removed.
    fn all_needed(&self, report: &mut Report) -> Result<BTreeSet<PathBuf>, Error> {
        let tags = self.tags()?;
        let mut needed = BTreeSet::new();
        for (list, metadata) in files(&self.path().join(NEEDED).join("sha256"))? {
            match self.needed(&list, &tags) {
                Some(files) => needed.extend(files),
                None => remove(&list, &metadata, &mut report.notes, &mut report.bytes)?,
            }
        }
        Ok(needed)
    }

    /// Every blob that a tag reaches; documents that are not here reach nothing.
    fn reachable(&self) -> Result<BTreeSet<Digest>, Error> {
        let mut digests = BTreeSet::new();
        let mut visit = |one: &Descriptor| {
            digests.extend(digest_of(one));
        };
        for image in read_index(self.path())?.manifests() {
            walk(self as &dyn BlobSource, image, &|_| Ok(()), &mut visit)?;
        }
        Ok(digests)
    }

    fn note_folders(&self) -> Result<Vec<PathBuf>, Error> {
        let doing = || Error::io(format!("listing {}", self.path().display()));
        let mut folders = Vec::new();
        for folder in std::fs::read_dir(self.path()).map_err(doing())? {
            let folder = folder.map_err(doing())?.path();
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            if folder.is_dir() && name != NEEDED && !RESERVED.contains(&name.as_ref()) {
                folders.push(folder);
            }
        }
        Ok(folders)
    }
}

/// The files directly in a folder, sorted; none when there is no such folder.
fn files(folder: &Path) -> Result<Vec<(PathBuf, Metadata)>, Error> {
    let doing = || Error::io(format!("listing {}", folder.display()));
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for file in std::fs::read_dir(folder).map_err(doing())? {
        let file = file.map_err(doing())?;
        let metadata = file.metadata().map_err(doing())?;
        if metadata.is_file() {
            files.push((file.path(), metadata));
        }
    }
    files.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(files)
}

/// The folders directly in a folder, sorted; links are none.
fn folders(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let doing = || Error::io(format!("listing {}", folder.display()));
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(doing())? {
        let entry = entry.map_err(doing())?;
        if entry.file_type().map_err(doing())?.is_dir() {
            folders.push(entry.path());
        }
    }
    folders.sort();
    Ok(folders)
}

/// The digest of a blob's file.
fn blob_of(file: &Path) -> Option<Digest> {
    let name = file.file_name()?.to_str()?;
    let folder = file.parent()?;
    folder.ends_with("blobs/sha256").then_some(())?;
    format!("sha256:{name}").parse().ok()
}

fn is_used(metadata: &Metadata, since: SystemTime) -> bool {
    metadata.modified().is_ok_and(|modified| modified >= since)
}

fn remove(
    path: &Path,
    metadata: &Metadata,
    count: &mut usize,
    bytes: &mut u64,
) -> Result<(), Error> {
    std::fs::remove_file(path).map_err(Error::io(format!("removing {}", path.display())))?;
    *count += 1;
    *bytes += metadata.len();
    Ok(())
}
