//! A directory in which layers are unpacked, and out of which no path leads.
//!
//! Every path is opened with `openat2` and `RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS` below the open
//! root, whatever a layer put in the way.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Mode, OFlags, ResolveFlags, Stat, Timespec, Timestamps,
    XattrFlags, lgetxattr, llistxattr, major, minor, mkdirat, openat, openat2, readlinkat, statat,
    unlinkat, utimensat,
};
use rustix::io::Errno;

use crate::path::TreePath;

use crate::tree::{Entry, EntryKind};

/// The attribute in which an owner is noted that a namespace does not have: `uid:gid`.
pub(super) const OWNER_NOTE: &[u8] = b"user.terroir.owner";

/// Does something with a name in an open directory.
pub(super) type Act<'a, T> = &'a mut dyn FnMut(&OwnedFd, &[u8]) -> Result<T, Errno>;

/// An open root directory.
pub(in crate::tree) struct Disk {
    root: OwnedFd,
    /// The directory that was used last; most entries follow one in the same directory.
    last: Option<(TreePath, OwnedFd)>,
}

impl Disk {
    /// Opens a directory as a root.
    pub(in crate::tree) fn open(root: &Path) -> io::Result<Self> {
        let flags = OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::RDONLY;
        let root = openat(CWD, root, flags, Mode::empty())?;
        Ok(Self { root, last: None })
    }

    /// Opens a directory below the root; a link anywhere on the way is an error.
    pub(in crate::tree) fn directory(&self, path: &TreePath) -> Result<OwnedFd, Errno> {
        let flags = OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::RDONLY;
        self.open_at(path, flags)
    }

    /// Makes what is not there yet, and what is in its way goes: `make` is called until it neither
    /// finds the name taken nor its directory missing.
    pub(in crate::tree) fn make<T>(
        &mut self,
        path: &TreePath,
        make: Act<'_, T>,
    ) -> Result<T, Errno> {
        for attempt in 0.. {
            let (directory, name) = match self.parent(path) {
                Err(Errno::NOENT) if attempt == 0 => {
                    self.make_parents(path)?;
                    self.parent(path)?
                }
                other => other?,
            };
            match make(directory, &name) {
                Err(Errno::EXIST) if attempt < 2 => self.remove(path)?,
                other => return other,
            }
        }
        Err(Errno::EXIST)
    }

    /// Makes a directory unless it is there.
    pub(in crate::tree) fn make_directory(&mut self, path: &TreePath) -> Result<(), Errno> {
        if path.is_root() {
            return Ok(());
        }
        self.make(
            path,
            &mut |directory, name| match mkdirat(directory, name, Mode::RWXU) {
                Err(Errno::EXIST) if is_directory(directory, name)? => Ok(()),
                other => other,
            },
        )
    }

    /// Does something with a name and the open directory that holds it.
    pub(in crate::tree) fn at<T>(&mut self, path: &TreePath, act: Act<'_, T>) -> Result<T, Errno> {
        let (directory, name) = self.parent(path)?;
        act(directory, &name)
    }

    /// Does something with a path, which may be the root.
    pub(in crate::tree) fn on(&mut self, path: &TreePath, act: Act<'_, ()>) -> Result<(), Errno> {
        if path.is_root() {
            return act(&self.directory(path)?, b".");
        }
        self.at(path, act)
    }

    /// Removes a path with all below it; nothing there is not an error.
    pub(in crate::tree) fn remove(&mut self, path: &TreePath) -> Result<(), Errno> {
        let removed = self.at(path, &mut |directory, name| {
            if is_directory(directory, name)? {
                return std::fs::remove_dir_all(through(directory, name))
                    .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO));
            }
            unlinkat(directory, name, AtFlags::empty())
        });
        self.last = None;
        match removed {
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(()),
            other => other,
        }
    }

    /// The names in a directory; none when it is not a directory.
    pub(in crate::tree) fn names(&self, path: &TreePath) -> Result<Vec<Vec<u8>>, Errno> {
        let directory = match self.directory(path) {
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(Vec::new()),
            other => other?,
        };
        let mut names = Vec::new();
        for entry in Dir::read_from(directory)? {
            let name = entry?.file_name().to_bytes().to_vec();
            if name != b"." && name != b".." {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// Sets an extended attribute of the path itself, never of what it points at.
    pub(in crate::tree) fn set_xattr(
        &mut self,
        path: &TreePath,
        name: &[u8],
        value: &[u8],
    ) -> Result<(), Errno> {
        let set = |file: &Path| rustix::fs::lsetxattr(file, name, value, XattrFlags::empty());
        if path.is_root() {
            return rustix::fs::fsetxattr(&self.root, name, value, XattrFlags::empty());
        }
        self.at(path, &mut |directory, last| set(&through(directory, last)))
    }

    /// Opens a regular file for reading.
    pub(in crate::tree) fn open_file(&mut self, path: &TreePath) -> Result<File, Errno> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        self.open_at(path, flags).map(File::from)
    }

    /// Gives a regular file another content, and keeps the rest of it.
    pub(in crate::tree) fn overwrite(&mut self, path: &TreePath, bytes: &[u8]) -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::TRUNC;
        let mut file = File::from(self.open_at(path, flags)?);
        file.write_all(bytes)
    }

    /// Sets the time of last change of the path itself, in seconds since 1970.
    pub(in crate::tree) fn set_time(&mut self, path: &TreePath, seconds: u64) -> Result<(), Errno> {
        let time = Timespec {
            tv_sec: i64::try_from(seconds).unwrap_or(i64::MAX),
            tv_nsec: 0,
        };
        let times = Timestamps {
            last_access: time,
            last_modification: time,
        };
        self.on(path, &mut |directory, name| {
            utimensat(directory, name, &times, AtFlags::SYMLINK_NOFOLLOW)
        })
    }

    /// What stands at a path, with all its attributes; none when nothing does, or a socket.
    pub(in crate::tree) fn entry(&mut self, path: &TreePath) -> Result<Option<Entry>, Errno> {
        let stat = match self.stat(path) {
            Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
            other => other?,
        };
        let device = (major(stat.st_rdev), minor(stat.st_rdev));
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => EntryKind::Directory,
            FileType::RegularFile => EntryKind::File {
                size: u64::try_from(stat.st_size).unwrap_or_default(),
            },
            FileType::Symlink => EntryKind::Symlink {
                target: self.at(path, &mut |directory, name| {
                    readlinkat(directory, name, Vec::new()).map(std::ffi::CString::into_bytes)
                })?,
            },
            FileType::CharacterDevice => EntryKind::CharDevice {
                major: device.0,
                minor: device.1,
            },
            FileType::BlockDevice => EntryKind::BlockDevice {
                major: device.0,
                minor: device.1,
            },
            FileType::Fifo => EntryKind::Fifo,
            _ => return Ok(None),
        };
        let xattrs = self.xattrs(path)?;
        let noted = xattrs.get(OWNER_NOTE).and_then(|note| owner(note));
        let (uid, gid) = noted.unwrap_or((stat.st_uid, stat.st_gid));
        Ok(Some(Entry {
            path: path.clone(),
            kind,
            mode: stat.st_mode & 0o7777,
            uid,
            gid,
            mtime: u64::try_from(stat.st_mtime).unwrap_or_default(),
            xattrs,
        }))
    }

    /// Device and inode of a file that has several names; none when it has one.
    pub(in crate::tree) fn several_names(
        &mut self,
        path: &TreePath,
    ) -> Result<Option<(u64, u64)>, Errno> {
        let stat = self.stat(path)?;
        Ok((stat.st_nlink > 1).then_some((stat.st_dev, stat.st_ino)))
    }

    fn stat(&mut self, path: &TreePath) -> Result<Stat, Errno> {
        self.at(path, &mut |directory, name| {
            statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)
        })
    }

    /// The extended attributes of the path itself.
    pub(in crate::tree) fn xattrs(
        &mut self,
        path: &TreePath,
    ) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, Errno> {
        let file = self.at(path, &mut |directory, name| Ok(through(directory, name)))?;
        let mut names = vec![0; 1 << 10];
        let count = loop {
            match llistxattr(&file, &mut names) {
                Err(Errno::RANGE) => names.resize(names.len() * 4, 0),
                Err(Errno::OPNOTSUPP) => return Ok(BTreeMap::new()),
                other => break other?,
            }
        };
        names.truncate(count);
        let mut xattrs = BTreeMap::new();
        for name in names
            .split(|byte| *byte == 0)
            .filter(|name| !name.is_empty())
        {
            let mut value = vec![0; 1 << 10];
            let count = loop {
                match lgetxattr(&file, name, &mut value) {
                    Err(Errno::RANGE) => value.resize(value.len() * 4, 0),
                    other => break other?,
                }
            };
            value.truncate(count);
            xattrs.insert(name.to_vec(), value);
        }
        Ok(xattrs)
    }

    /// The open directory that holds a path, and the path's name in it.
    fn parent(&mut self, path: &TreePath) -> Result<(&OwnedFd, Vec<u8>), Errno> {
        let parent = path.parent().ok_or(Errno::INVAL)?;
        if self.last.as_ref().is_none_or(|(last, _)| *last != parent) {
            let flags = OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::PATH;
            let directory = self.open_at(&parent, flags)?;
            self.last = Some((parent, directory));
        }
        let (_, directory) = self.last.as_ref().expect("just opened");
        Ok((directory, path.file_name().to_vec()))
    }

    fn open_at(&self, path: &TreePath, flags: OFlags) -> Result<OwnedFd, Errno> {
        let bytes = if path.is_root() {
            b"."
        } else {
            path.as_bytes()
        };
        let inside = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        openat2(&self.root, bytes, flags, Mode::empty(), inside)
    }

    /// Makes the directories above a path.
    pub(in crate::tree) fn make_parents(&mut self, path: &TreePath) -> Result<(), Errno> {
        let mut above: Vec<TreePath> =
            std::iter::successors(path.parent(), TreePath::parent).collect();
        while let Some(next) = above.pop() {
            if !next.is_root() {
                self.at(
                    &next,
                    &mut |directory, name| match mkdirat(directory, name, Mode::RWXU) {
                        Err(Errno::EXIST) => Ok(()),
                        other => other,
                    },
                )?;
            }
        }
        Ok(())
    }
}

/// The owner that a note states.
fn owner(note: &[u8]) -> Option<(u32, u32)> {
    let (uid, gid) = std::str::from_utf8(note).ok()?.split_once(':')?;
    Some((uid.parse().ok()?, gid.parse().ok()?))
}

fn is_directory(directory: &OwnedFd, name: &[u8]) -> Result<bool, Errno> {
    let stat = statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(FileType::from_raw_mode(stat.st_mode) == FileType::Directory)
}

/// The name as a path, for calls that know no open directories.
fn through(directory: &OwnedFd, name: &[u8]) -> PathBuf {
    let mut path = PathBuf::from(format!("/proc/self/fd/{}", directory.as_raw_fd()));
    path.push(std::ffi::OsStr::from_bytes(name));
    path
}

/// Makes a file that nobody else has open.
pub(super) fn create(directory: &OwnedFd, name: &[u8]) -> Result<File, Errno> {
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    openat(directory, name, flags, Mode::RUSR | Mode::WUSR).map(File::from)
}
