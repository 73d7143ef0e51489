//! The files of a repository on disk, and which of them were looked at.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::action::Input;
use crate::memo::{Look, Seen};
use crate::oci::{Digest, Hasher};
use crate::setting::Listed;
use crate::yaml::MAX_SIZE;

/// A repository on disk. All places are relative to its root.
#[derive(Debug)]
pub(in crate::recipe) struct Checkout {
    root: PathBuf,
    real: OnceLock<Option<PathBuf>>,
    seen: Seen,
}

impl Checkout {
    /// The repository in a folder.
    pub(in crate::recipe) fn new(root: PathBuf) -> Self {
        Self {
            root,
            real: OnceLock::new(),
            seen: Seen::default(),
        }
    }

    /// Its folder.
    pub(in crate::recipe) fn root(&self) -> &Path {
        &self.root
    }

    /// What was looked at.
    pub(in crate::recipe) fn seen(&self) -> &Seen {
        &self.seen
    }

    fn real_root(&self) -> Option<&PathBuf> {
        let real = self.real.get_or_init(|| self.root.canonicalize().ok());
        real.as_ref()
    }

    /// Whether a place leads out of the repository, over links.
    pub(in crate::recipe) fn leads_out(&self, place: &Path) -> bool {
        let real = self.root.join(place).canonicalize();
        let (Ok(real), Some(root)) = (real, self.real_root()) else {
            return false;
        };
        if real != root.join(place) {
            // What is behind links is not looked at again.
            self.seen.lose();
        }
        !real.starts_with(root)
    }

    /// Whether something is there, be it a link to nowhere.
    pub(in crate::recipe) fn has(&self, place: &Path) -> bool {
        let path = self.root.join(place);
        self.seen.kind(&path);
        path.symlink_metadata().is_ok()
    }

    /// What is there, or behind a link.
    pub(in crate::recipe) fn metadata(&self, place: &Path) -> io::Result<Metadata> {
        let path = self.root.join(place);
        self.seen.kind(&path);
        path.metadata()
    }

    /// Whether a folder is there, or behind a link.
    pub(in crate::recipe) fn is_folder(&self, place: &Path) -> bool {
        self.metadata(place).is_ok_and(|found| found.is_dir())
    }

    /// A regular file with the digest of its content.
    pub(in crate::recipe) fn input(&self, place: &Path) -> io::Result<Input> {
        let file = self.root.join(place);
        let mut opened = File::open(&file)?;
        let metadata = opened.metadata()?;
        let mut hasher = Hasher::default();
        io::copy(&mut opened.by_ref(), &mut hasher)?;
        let (sha256, size) = hasher.finish();
        let path = place
            .to_str()
            .ok_or_else(|| io::Error::other("the name is not UTF-8"))?
            .to_owned();
        self.seen.file(&file, (&metadata, sha256));
        Ok(Input {
            path,
            sha256,
            executable: Look::of(&metadata).is_executable(),
            size,
            file,
        })
    }

    /// What a folder holds, by name; without a kind what is neither file, folder nor link.
    pub(in crate::recipe) fn list(
        &self,
        folder: &Path,
    ) -> io::Result<Vec<(String, Option<Listed>)>> {
        let path = self.root.join(folder);
        self.seen.folder(&path);
        let mut found = Vec::new();
        for entry in path.read_dir()? {
            let entry = entry?;
            let text = |name: &Path| {
                let refused =
                    || io::Error::other(format!("the name {} is not UTF-8", name.display()));
                name.to_str().map(str::to_owned).ok_or_else(refused)
            };
            let name = text(Path::new(&entry.file_name()))?;
            let kind = entry.file_type()?;
            let listed = if kind.is_symlink() {
                Some(Listed::Link(text(&entry.path().read_link()?)?))
            } else if kind.is_dir() {
                Some(Listed::Directory)
            } else {
                kind.is_file().then_some(Listed::File)
            };
            found.push((name, listed));
        }
        found.sort_by(|one, other| one.0.as_bytes().cmp(other.0.as_bytes()));
        Ok(found)
    }

    /// The names of what a folder holds, for hints; none when it cannot be read.
    pub(in crate::recipe) fn names(&self, folder: &Path) -> Vec<String> {
        // Only messages about errors have them, and those are not kept.
        self.seen.lose();
        let entries = self.root.join(folder).read_dir().into_iter().flatten();
        entries
            .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
            .collect()
    }

    /// Reads a YAML file, as far as one may be long; `inside` refuses a link out of the repository.
    pub(in crate::recipe) fn document(&self, file: &str, inside: bool) -> Result<String, String> {
        let path = self.root.join(file);
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => "it does not exist".to_owned(),
            io::ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
            _ => error.to_string(),
        };
        let real = path.canonicalize().map_err(failed)?;
        if inside && !self.real_root().is_some_and(|root| real.starts_with(root)) {
            return Err("it is a link that leads out of the repository".to_owned());
        }
        let is_plain = self.real_root().is_some_and(|root| real == root.join(file));
        let metadata = real.metadata().map_err(failed)?;
        if metadata.is_dir() {
            return Err("it is a folder".to_owned());
        }
        if !metadata.is_file() {
            return Err("it is not a regular file".to_owned());
        }
        if metadata.len() > MAX_SIZE as u64 {
            let size = metadata.len();
            return Err(format!("it has {size} bytes, up to {MAX_SIZE} are read"));
        }
        let mut text = String::new();
        File::open(&real)
            .and_then(|file| file.take(MAX_SIZE as u64).read_to_string(&mut text))
            .map_err(failed)?;
        match is_plain {
            true => self
                .seen
                .file(&path, (&metadata, Digest::of(text.as_bytes()))),
            false => self.seen.lose(),
        }
        Ok(text)
    }
}
