//! A snapshot of a root that lies in a folder of this machine.

use std::collections::BTreeSet;
use std::ffi::CStr;
use std::fs::File;
use std::io::{self, Read, empty};
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, FsWord, Mode, OFlags, PROC_SUPER_MAGIC, Stat, fstatfs, openat,
    readlinkat, statat,
};
use rustix::io::Errno;

use crate::path::TreePath;

use super::selection::limit_of;
use crate::tree::{Entry, EntryKind, Error, Seen, Snapshot};

/// Deepest folder that is looked into.
const MAX_DEPTH: usize = 512;

/// File systems in which the kernel shows itself (statfs(2)): those of /proc and /sys, control groups,
/// and what is mounted below /sys. A root has nothing there.
const SHOWN: [FsWord; 10] = [
    PROC_SUPER_MAGIC,
    0x6265_6572, // sysfs
    0x0027_e0eb, // cgroup
    0x6367_7270, // cgroup2
    0x6462_6720, // debugfs
    0x7472_6163, // tracefs
    0x7363_6673, // securityfs
    0xcafe_4a11, // bpf
    0xde5e_81e4, // efivarfs
    0x1cd1,      // devpts
];

/// Folders with the data of a machine, which may be of any size.
const DATA: [&[u8]; 11] = [
    b"boot", b"home", b"media", b"mnt", b"opt", b"root", b"run", b"srv", b"sysroot", b"tmp", b"var",
];

/// What is read among them all the same: units, and databases of packages.
const AMONG_DATA: [&[u8]; 3] = [b"run/systemd", b"var/lib/dpkg", b"var/lib/rpm"];

/// Where a machine of OSTree keeps the objects of all its deployments, this root among them.
const OBJECTS: &[u8] = b"sysroot/ostree";

impl Snapshot {
    /// Reads a root in a folder; no link leads out of it, and nothing in it is changed.
    ///
    /// Files that the caller may not read are known by their metadata alone.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn of_directory(root: &Path) -> Result<Self, Error> {
        Self::of_directory_and(root, BTreeSet::new())
    }

    /// Reads a root in a folder; `wanted` are files that are kept besides those that settings live
    /// in.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn of_directory_and(root: &Path, wanted: BTreeSet<TreePath>) -> Result<Self, Error> {
        let folder = open(root)?;
        let mut snapshot = Self::wanting(wanted);
        let mut walk = Walk {
            ways: None,
            seen: &mut |_, _, _| Ok(()),
        };
        walk.folder(&mut snapshot, (&folder, &TreePath::root()), 0)?;
        Ok(snapshot)
    }

    /// Reads the root of a machine without its data, but with what lies on the ways to some paths;
    /// `wanted` are files that are kept besides those that settings live in.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn of_system(
        root: &Path,
        ways: &BTreeSet<TreePath>,
        wanted: BTreeSet<TreePath>,
    ) -> Result<Self, Error> {
        let folder = open(root)?;
        let mut snapshot = Self::wanting(wanted);
        let mut walk = Walk {
            ways: Some(ways),
            seen: &mut |_, _, _| Ok(()),
        };
        walk.folder(&mut snapshot, (&folder, &TreePath::root()), 0)?;
        Ok(snapshot)
    }

    /// Reads a root in a folder, and shows what is in it; a file is opened when its content is asked
    /// for.
    ///
    /// # Errors
    /// The folder cannot be read, or what `seen` says.
    pub fn of_directory_seen(root: &Path, seen: Seen<'_>) -> Result<Self, Error> {
        let folder = open(root)?;
        let mut snapshot = Self::default();
        let mut walk = Walk { ways: None, seen };
        walk.folder(&mut snapshot, (&folder, &TreePath::root()), 0)?;
        Ok(snapshot)
    }
}

fn open(root: &Path) -> Result<OwnedFd, Error> {
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::RDONLY;
    openat(CWD, root, flags, Mode::empty())
        .map_err(|source| Error::io(format!("opening {}", root.display()), source.into()))
}

/// A file that is opened when it is read.
struct Lazy<'a> {
    folder: &'a OwnedFd,
    name: &'a CStr,
    file: Option<File>,
}

impl Lazy<'_> {
    fn open(&mut self) -> io::Result<&mut File> {
        if self.file.is_none() {
            let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
            let opened = openat(self.folder, self.name, flags, Mode::empty())?;
            return Ok(self.file.insert(File::from(opened)));
        }
        self.file
            .as_mut()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Read for Lazy<'_> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        self.open()?.read(space)
    }
}

/// A root while it is read.
struct Walk<'a, 'b> {
    /// Where the data of a machine are looked into; everywhere when absent.
    ways: Option<&'a BTreeSet<TreePath>>,
    seen: Seen<'b>,
}

impl Walk<'_, '_> {
    fn folder(
        &mut self,
        snapshot: &mut Snapshot,
        (folder, path): (&OwnedFd, &TreePath),
        depth: usize,
    ) -> Result<(), Error> {
        if depth > MAX_DEPTH {
            return Err(Error::Limit {
                what: "folders in each other",
                limit: MAX_DEPTH as u64,
            });
        }
        let failed = |source: Errno| Error::io(format!("reading {path}"), source.into());
        for found in Dir::read_from(folder).map_err(failed)? {
            let found = found.map_err(failed)?;
            let name = found.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let below = path
                .join(name.to_bytes())
                .map_err(|error| Error::io(error.to_string(), Errno::NAMETOOLONG.into()))?;
            let stat = match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
                Err(Errno::NOENT) => continue,
                other => other.map_err(failed)?,
            };
            let kind = kind_of(&stat, folder, name).map_err(failed)?;
            let mut entry = Entry::new(below, kind, stat.st_mode & 0o7777);
            (entry.uid, entry.gid) = (stat.st_uid, stat.st_gid);
            self.entry(snapshot, (folder, name), &entry, depth)?;
        }
        Ok(())
    }

    fn entry(
        &mut self,
        snapshot: &mut Snapshot,
        (folder, name): (&OwnedFd, &CStr),
        entry: &Entry,
        depth: usize,
    ) -> Result<(), Error> {
        // In a folder such a name is a file like any other; only layers mean a whiteout by it.
        if name.to_bytes().starts_with(b".wh.") {
            snapshot.add_unreadable(entry, "its name is that of a whiteout");
            return Ok(());
        }
        let mut content = Lazy {
            folder,
            name,
            file: None,
        };
        match entry.kind {
            EntryKind::Directory => {
                snapshot.add(entry, &mut empty(), self.seen)?;
                // What lies in a folder that cannot be read would count as absent.
                let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
                let opened = openat(folder, name, flags | OFlags::DIRECTORY, Mode::empty());
                let inner = match opened {
                    Err(Errno::NOENT) => return Ok(()),
                    other => other.map_err(|source| {
                        Error::io(format!("reading {}", entry.path), source.into())
                    })?,
                };
                if is_of_the_machine(&inner, &entry.path) || !self.looks_into(&entry.path) {
                    return Ok(());
                }
                self.folder(snapshot, (&inner, &entry.path), depth + 1)
            }
            EntryKind::File { .. }
                if limit_of(&entry.path, &snapshot.wanted).is_some() && content.open().is_err() =>
            {
                snapshot.add_unreadable(entry, "you may not read it");
                Ok(())
            }
            EntryKind::File { .. } => snapshot.add(entry, &mut content, self.seen),
            _ => snapshot.add(entry, &mut empty(), self.seen),
        }
    }

    /// Whether a folder is looked into.
    fn looks_into(&self, path: &TreePath) -> bool {
        let Some(ways) = self.ways else { return true };
        let bytes = path.as_bytes();
        let first = bytes.split(|byte| *byte == b'/').next().unwrap_or_default();
        let leads = |way: &[u8]| {
            let rest = way.strip_prefix(bytes);
            rest.is_some_and(|rest| rest.starts_with(b"/"))
        };
        let lies = |folder: &&[u8]| {
            let rest = bytes.strip_prefix(*folder);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
        };
        !DATA.contains(&first)
            || AMONG_DATA
                .iter()
                .any(|folder| leads(folder) || lies(folder))
            || ways.iter().any(|way| leads(way.as_bytes()))
    }
}

/// Whether what lies in a folder is of the machine that runs, and not of its root.
fn is_of_the_machine(folder: &OwnedFd, path: &TreePath) -> bool {
    let kind = fstatfs(folder).map(|found| found.f_type);
    path.as_bytes() == OBJECTS || kind.is_ok_and(|kind| SHOWN.contains(&kind))
}

fn kind_of(stat: &Stat, folder: &OwnedFd, name: &CStr) -> Result<EntryKind, Errno> {
    Ok(match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => EntryKind::Directory,
        FileType::RegularFile => EntryKind::File {
            size: u64::try_from(stat.st_size).unwrap_or_default(),
        },
        FileType::Symlink => EntryKind::Symlink {
            target: readlinkat(folder, name, Vec::new())?.into_bytes(),
        },
        _ => EntryKind::Fifo,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_a_running_machine_is_no_part_of_its_root() {
        let folder = tempfile::tempdir().unwrap();
        let objects = folder.path().join("sysroot/ostree/repo");
        std::fs::create_dir_all(&objects).unwrap();
        std::fs::write(folder.path().join("sysroot/kept"), "").unwrap();
        let snapshot = Snapshot::of_directory(folder.path()).unwrap();
        let names: Vec<String> = snapshot.iter().map(|(path, _)| path.to_string()).collect();
        assert_eq!(names, ["/sysroot", "/sysroot/ostree", "/sysroot/kept"]);
        std::fs::create_dir_all(folder.path().join("var/lib/a/b")).unwrap();
        std::fs::create_dir_all(folder.path().join("var/lib/dpkg/info")).unwrap();
        std::fs::create_dir_all(folder.path().join("var/big/c")).unwrap();
        let way = TreePath::parse("/var/lib/a/b").unwrap();
        let system = Snapshot::of_system(folder.path(), &[way].into(), BTreeSet::new()).unwrap();
        let there = |path: &str| system.node(&TreePath::parse(path).unwrap()).is_some();
        for path in ["/sysroot", "/var/lib/a/b", "/var/lib/dpkg/info", "/var/big"] {
            assert!(there(path), "{path}");
        }
        for path in ["/sysroot/kept", "/var/big/c"] {
            assert!(!there(path), "{path}");
        }
        for (place, expected) in [("/proc", true), ("/sys", true), ("/etc", false)] {
            let opened = open(Path::new(place)).unwrap();
            let path = TreePath::parse(place).unwrap();
            assert_eq!(is_of_the_machine(&opened, &path), expected, "{place}");
        }
    }
}
