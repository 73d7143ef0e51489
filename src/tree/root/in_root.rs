//! A root that is looked at as its own programs would see it: links are followed inside it.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, ResolveFlags, mkdirat, openat, openat2, readlinkat};
use rustix::io::Errno;

use crate::tree::Error;

/// Largest file that is read whole, in bytes.
const MAX_READ: u64 = 16 << 20;

/// An open root; no path leads out of it.
#[derive(Debug)]
pub struct InRoot {
    root: OwnedFd,
}

impl InRoot {
    /// Opens a root.
    pub fn open(root: &Path) -> Result<Self, Error> {
        let flags = OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::PATH;
        let root = openat(CWD, root, flags, Mode::empty())
            .map_err(|source| Error::io(format!("opening {}", root.display()), source.into()))?;
        Ok(Self { root })
    }

    /// The bytes of a file; none when there is none.
    pub fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let file = match self.at(path, flags) {
            Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
            other => File::from(other.map_err(failed(path))?),
        };
        let mut bytes = Vec::new();
        file.take(MAX_READ)
            .read_to_end(&mut bytes)
            .map_err(|source| Error::io(format!("reading {path}"), source))?;
        Ok(Some(bytes))
    }

    /// What a symbolic link says; none when the path is none.
    pub fn link(&mut self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        let flags = OFlags::PATH | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let file = match self.at(path, flags) {
            Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
            other => other.map_err(failed(path))?,
        };
        match readlinkat(&file, "", Vec::new()) {
            Ok(target) => Ok(Some(target.into_bytes())),
            Err(Errno::INVAL | Errno::NOENT) => Ok(None),
            Err(source) => Err(failed(path)(source)),
        }
    }

    /// The path on this machine at which a path of the root stands, links followed.
    pub fn real_path(&self, path: &str) -> Result<PathBuf, Error> {
        let file = self
            .at(path, OFlags::PATH | OFlags::CLOEXEC)
            .map_err(failed(path))?;
        let link = format!("/proc/self/fd/{}", file.as_raw_fd());
        let real = readlinkat(CWD, link, Vec::new()).map_err(failed(path))?;
        Ok(std::ffi::OsString::from_vec(real.into_bytes()).into())
    }

    /// The path and those above it that are not there, the topmost first.
    pub fn missing(&self, path: &str) -> Result<Vec<String>, Error> {
        let mut missing = Vec::new();
        let mut next = path.trim_end_matches('/');
        while !next.is_empty() {
            match self.at(next, OFlags::PATH | OFlags::CLOEXEC) {
                Err(Errno::NOENT) => missing.push(next.to_owned()),
                Err(source) => return Err(failed(next)(source)),
                Ok(_) => break,
            }
            next = next.rsplit_once('/').map_or("", |(above, _)| above);
        }
        missing.reverse();
        Ok(missing)
    }

    /// Makes a directory with all above it, 0755, as far as they are missing.
    pub fn make_directories(&mut self, path: &str) -> Result<(), Error> {
        for missing in self.missing(path)? {
            let (above, name) = missing.rsplit_once('/').unwrap_or(("", &missing));
            let above = if above.is_empty() { "/" } else { above };
            let flags = OFlags::DIRECTORY | OFlags::PATH | OFlags::CLOEXEC;
            let above = self.at(above, flags).map_err(failed(&missing))?;
            mkdirat(&above, name, Mode::from_raw_mode(0o755)).map_err(failed(&missing))?;
            rustix::fs::chmodat(&above, name, Mode::from_raw_mode(0o755), AtFlags::empty())
                .map_err(failed(&missing))?;
        }
        Ok(())
    }

    fn at(&self, path: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
        let path = match path.trim_start_matches('/') {
            "" => ".",
            path => path,
        };
        let inside = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        openat2(&self.root, path, flags, Mode::empty(), inside)
    }
}

fn failed(path: &str) -> impl FnOnce(Errno) -> Error {
    let path = path.to_owned();
    move |source| Error::io(format!("looking at {path} in the root"), source.into())
}
