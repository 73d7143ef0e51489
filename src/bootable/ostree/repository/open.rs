//! Repositories that are there: their mode, and what is read from them.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use flate2::read::DeflateDecoder;

use super::checksum::Checksum;
use super::object::archived_target;
use crate::bootable::ostree::error::Error;

/// How a repository keeps files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As they are, with owner and attributes: what deployments are linked from.
    Bare,
    /// Compressed, owner and attributes inside: what web servers serve.
    Archive,
}

/// A repository of OSTree.
#[derive(Clone, Debug)]
pub struct Repository {
    path: PathBuf,
    mode: Mode,
    /// Whether what is written is forced to disk.
    durable: bool,
}

impl Repository {
    /// Opens a repository.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let refused = |why: String| Error::Repository {
            path: path.to_path_buf(),
            why,
        };
        let config = fs::read_to_string(path.join("config"))
            .map_err(|error| refused(format!("its file `config` cannot be read: {error}")))?;
        let setting = |name: &str| {
            let lines = config.lines().filter_map(|line| line.split_once('='));
            lines
                .filter(|(key, _)| key.trim() == name)
                .map(|(_, value)| value.trim())
                .next_back()
        };
        let mode = match setting("mode") {
            Some("bare") => Mode::Bare,
            Some("archive" | "archive-z2") => Mode::Archive,
            other => {
                let other = other.unwrap_or("none");
                let why = format!("its mode is {other}; only bare and archive are written");
                return Err(refused(why));
            }
        };
        Ok(Self {
            path: path.to_path_buf(),
            mode,
            durable: setting("fsync") != Some("false"),
        })
    }

    /// Keeps other writers out, until it is dropped.
    pub fn lock(&self) -> Result<File, Error> {
        let path = self.path.join(".lock");
        let failed = |error| Error::io(format!("locking {}", path.display()))(error);
        let file = File::create(&path).map_err(failed)?;
        rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive)
            .map_err(|error| failed(error.into()))?;
        Ok(file)
    }

    /// Its folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How it keeps files.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    pub(super) fn is_durable(&self) -> bool {
        self.durable
    }

    /// The kind of file objects in names.
    pub(super) fn file_kind(&self) -> &'static str {
        match self.mode {
            Mode::Bare => "file",
            Mode::Archive => "filez",
        }
    }

    pub(super) fn object(&self, checksum: &Checksum, kind: &str) -> PathBuf {
        self.path.join("objects").join(checksum.place(kind))
    }

    /// Tells whether it has an object.
    pub(super) fn has(&self, checksum: &Checksum, kind: &str) -> bool {
        self.object(checksum, kind).symlink_metadata().is_ok()
    }

    /// Tells whether it has a commit.
    #[must_use]
    pub fn has_commit(&self, checksum: &Checksum) -> bool {
        self.has(checksum, "commit")
    }

    /// Reads an object that is no file, and checks it.
    pub(super) fn metadata(&self, checksum: &Checksum, kind: &str) -> Result<Vec<u8>, Error> {
        let bytes = fs::read(self.object(checksum, kind))
            .map_err(|error| self.damaged(checksum, kind, error.to_string()))?;
        match Checksum::of(&bytes) == *checksum {
            true => Ok(bytes),
            false => Err(self.damaged(checksum, kind, "its content is another".to_owned())),
        }
    }

    pub(super) fn damaged(&self, checksum: &Checksum, kind: &str, why: String) -> Error {
        Error::Damaged {
            path: self.path.clone(),
            object: checksum.place(kind),
            why,
        }
    }

    /// What a link points at; none when the file object is no link.
    pub(in crate::bootable::ostree) fn target(
        &self,
        checksum: &Checksum,
    ) -> Result<Option<Vec<u8>>, Error> {
        use std::os::unix::ffi::OsStringExt as _;
        let path = self.object(checksum, self.file_kind());
        let failed = |error: io::Error| self.damaged(checksum, self.file_kind(), error.to_string());
        match self.mode {
            Mode::Bare => match fs::read_link(&path) {
                Ok(target) => Ok(Some(target.into_os_string().into_vec())),
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(None),
                Err(error) => Err(failed(error)),
            },
            Mode::Archive => {
                let mut header = Vec::new();
                let file = File::open(path).map_err(failed)?;
                file.take(8192).read_to_end(&mut header).map_err(failed)?;
                Ok(archived_target(&header))
            }
        }
    }

    /// Reads a small file whole; refuses one larger than `limit` bytes.
    pub(in crate::bootable::ostree) fn read(
        &self,
        checksum: &Checksum,
        limit: u64,
    ) -> Result<Vec<u8>, Error> {
        let kind = self.file_kind();
        let failed = |error: io::Error| self.damaged(checksum, kind, error.to_string());
        let mut file = File::open(self.object(checksum, kind)).map_err(failed)?;
        let mut bytes = Vec::new();
        match self.mode {
            Mode::Bare => file.take(limit + 1).read_to_end(&mut bytes),
            Mode::Archive => {
                let mut front = [0; 8];
                file.read_exact(&mut front).map_err(failed)?;
                let [a, b, c, d, ..] = front;
                let header = u64::from(u32::from_be_bytes([a, b, c, d]));
                io::copy(&mut (&mut file).take(header), &mut io::sink()).map_err(failed)?;
                DeflateDecoder::new(file)
                    .take(limit + 1)
                    .read_to_end(&mut bytes)
            }
        }
        .map_err(failed)?;
        match bytes.len() as u64 > limit {
            true => Err(self.damaged(checksum, kind, format!("it has more than {limit} bytes"))),
            false => Ok(bytes),
        }
    }
}
