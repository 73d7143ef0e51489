//! A file that is written beside its place and appears there whole or not at all.

use std::fmt;
use std::fs::{File, Metadata, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use rustix::fs::{Timespec, Timestamps, UTIME_OMIT, futimens};
use tempfile::NamedTempFile;

use crate::oci::BlobError;

/// A file under a temporary name; dropped, it is gone.
pub struct Staged {
    file: NamedTempFile,
    what: String,
}

impl Staged {
    /// Makes an empty file in a directory of the same file system; `what` is for error messages.
    pub(in crate::store) fn new(
        directory: &Path,
        what: impl Into<String>,
    ) -> Result<Self, BlobError> {
        let what = what.into();
        let file = tempfile::Builder::new()
            .prefix("")
            .permissions(Permissions::from_mode(0o644))
            .tempfile_in(directory)
            .map_err(|source| BlobError::Io {
                doing: format!("writing {what} to {}", directory.display()),
                source,
            })?;
        Ok(Self { file, what })
    }

    /// Marks the file as whole: whoever writes into it later takes the mark off.
    pub(in crate::store) fn seal(&self) -> Result<(), BlobError> {
        seal(self.file.as_file()).map_err(|source| BlobError::Io {
            doing: format!("writing {}", self.what),
            source,
        })
    }

    /// Brings the file to disk and then to its place, over what is there.
    pub(in crate::store) fn commit(self, place: &Path) -> Result<(), BlobError> {
        if let Err(source) = self.file.as_file().sync_data() {
            return Err(BlobError::Io {
                doing: format!("writing {} to {}", self.what, place.display()),
                source,
            });
        }
        self.place(place)
    }

    /// Brings the file to its place, over what is there; the disk has it some time later.
    fn place(self, place: &Path) -> Result<(), BlobError> {
        let doing = format!("writing {} to {}", self.what, place.display());
        match self.file.persist(place) {
            Ok(_) => Ok(()),
            Err(error) => Err(BlobError::Io {
                doing,
                source: error.error,
            }),
        }
    }
}

/// Gives a file the time of sealed ones, which no write leaves in place.
pub(in crate::store) fn seal(file: &File) -> io::Result<()> {
    let times = Timestamps {
        last_access: Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_OMIT,
        },
        last_modification: Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        },
    };
    Ok(futimens(file, &times)?)
}

/// Tells whether nobody wrote into a file since it was sealed.
pub(in crate::store) fn is_sealed(metadata: &Metadata) -> bool {
    metadata.mtime() == 0 && metadata.mtime_nsec() == 0
}

impl fmt::Debug for Staged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Staged").field(&self.file.path()).finish()
    }
}

impl Write for Staged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_file_mut().write(bytes).map_err(|source| {
            let path = self.file.path().display();
            let what = &self.what;
            io::Error::new(source.kind(), format!("writing {what} to {path}: {source}"))
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_file_mut().flush()
    }
}

/// Writes some bytes and puts them in their place.
pub(in crate::store) fn write(
    temporary: &Path,
    place: &Path,
    what: &str,
    bytes: &[u8],
) -> Result<(), BlobError> {
    filled(temporary, place, what, bytes)?.commit(place)
}

/// Writes a whole file whose loss does no harm: a loss of power may tear it.
pub(in crate::store) fn write_soon(
    temporary: &Path,
    place: &Path,
    what: &str,
    bytes: &[u8],
) -> Result<(), BlobError> {
    filled(temporary, place, what, bytes)?.place(place)
}

fn filled(temporary: &Path, place: &Path, what: &str, bytes: &[u8]) -> Result<Staged, BlobError> {
    let mut staged = Staged::new(temporary, what)?;
    staged.write_all(bytes).map_err(|source| BlobError::Io {
        doing: format!("writing {}", place.display()),
        source,
    })?;
    Ok(staged)
}
