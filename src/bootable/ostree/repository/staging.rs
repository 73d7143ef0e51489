//! Objects on their way into a repository: nothing is seen of them before all are on the disk.
//!
//! They are written to a folder below the repository's `tmp`, where OSTree removes what a power cut
//! left. Publishing forces them to the disk and moves them to their places.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use flate2::{Compression, write::DeflateEncoder};
use rustix::fs::{
    AtFlags, CWD, FlockOperation, Gid, Mode as Bits, Timespec, Timestamps, Uid, XattrFlags,
    chownat, fchmod, fcntl_lock, lsetxattr, symlinkat, syncfs, utimensat,
};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::checksum::Checksum;
use super::object::{CommitObject, Meta, Value, dictionary, sized};
use super::open::{Mode, Repository};
use crate::bootable::ostree::error::Error;

/// Files up to this size are digested before they are written, since most are known already.
const IN_MEMORY: u64 = 4 << 20;

/// Objects that are not published yet.
#[derive(Debug)]
pub(in crate::bootable::ostree) struct Staging<'a> {
    repository: &'a Repository,
    folder: TempDir,
    new: BTreeSet<String>,
    /// What the links of this staging point at.
    targets: BTreeMap<Checksum, Vec<u8>>,
    /// Bytes of the files that were new.
    pub bytes: u64,
    /// Shared with whoever else adds objects; who removes some waits.
    _lock: File,
}

impl<'a> Staging<'a> {
    pub(in crate::bootable::ostree) fn new(repository: &'a Repository) -> Result<Self, Error> {
        let path = repository.path();
        let lock = path.join(".lock");
        let failed = |error| Error::io(format!("locking {}", lock.display()))(error);
        let file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&lock)
            .map_err(failed)?;
        fcntl_lock(&file, FlockOperation::LockShared)
            .map_err(Error::errno(format!("locking {}", lock.display())))?;
        let folder = tempfile::Builder::new()
            .prefix("terroir-")
            .tempdir_in(path.join("tmp"))
            .map_err(Error::io(format!("writing into {}", path.display())))?;
        Ok(Self {
            repository,
            folder,
            new: BTreeSet::new(),
            targets: BTreeMap::new(),
            bytes: 0,
            _lock: file,
        })
    }

    /// Adds the metadata of a folder.
    pub(in crate::bootable::ostree) fn meta(&mut self, meta: &Meta) -> Result<Checksum, Error> {
        self.small("dirmeta", &meta.folder())
    }

    /// Adds a commit.
    pub(in crate::bootable::ostree) fn commit(
        &mut self,
        commit: &CommitObject,
    ) -> Result<Checksum, Error> {
        self.small("commit", &commit.write())
    }

    /// Adds what stands beside a commit and is not part of its checksum.
    pub(in crate::bootable::ostree) fn beside(
        &mut self,
        commit: &Checksum,
        values: &BTreeMap<&'static str, Value>,
    ) -> Result<(), Error> {
        let place = commit.place("commitmeta");
        self.write(&place, &dictionary(values))
    }

    /// Adds an object that is no file.
    pub(super) fn small(&mut self, kind: &str, bytes: &[u8]) -> Result<Checksum, Error> {
        let checksum = Checksum::of(bytes);
        if !self.knows(&checksum, kind) {
            self.write(&checksum.place(kind), bytes)?;
        }
        Ok(checksum)
    }

    fn write(&mut self, place: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.place(place)?;
        let failed = |error| Error::io(format!("writing the object {place}"))(error);
        fs::write(&path, bytes).map_err(failed)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).map_err(failed)?;
        self.new.insert(place.to_owned());
        Ok(())
    }

    /// Adds a symbolic link.
    pub(in crate::bootable::ostree) fn link(
        &mut self,
        meta: &Meta,
        target: &str,
    ) -> Result<Checksum, Error> {
        let checksum = Checksum::of(&sized(&meta.header(Some(target))));
        self.targets.insert(checksum, target.as_bytes().to_vec());
        let kind = self.repository.file_kind();
        if self.knows(&checksum, kind) {
            return Ok(checksum);
        }
        let place = checksum.place(kind);
        if self.repository.mode() == Mode::Archive {
            self.write(&place, &sized(&meta.archived(0, Some(target))))?;
            return Ok(checksum);
        }
        let path = self.place(&place)?;
        symlinkat(target, CWD, &path)
            .map_err(Error::errno(format!("writing the object {place}")))?;
        self.own(&path, meta, None)?;
        self.new.insert(place);
        Ok(checksum)
    }

    /// Adds a file.
    pub(in crate::bootable::ostree) fn file(
        &mut self,
        meta: &Meta,
        size: u64,
        content: &mut dyn Read,
    ) -> Result<Checksum, Error> {
        let mut hasher = Sha256::new();
        hasher.update(sized(&meta.header(None)));
        let kind = self.repository.file_kind();
        if size > IN_MEMORY {
            let path = self.folder.path().join("large");
            let reader = &mut Digesting(content, &mut hasher);
            self.content(&path, meta, size, reader)?;
            let checksum = Checksum::from_hasher(hasher);
            if !self.knows(&checksum, kind) {
                self.bytes += size;
                let place = checksum.place(kind);
                let to = self.place(&place)?;
                fs::rename(&path, to).map_err(Error::io(format!("writing the object {place}")))?;
                self.new.insert(place);
            }
            return Ok(checksum);
        }
        let mut bytes = Vec::new();
        content
            .read_to_end(&mut bytes)
            .map_err(Error::io("reading a layer"))?;
        hasher.update(&bytes);
        let checksum = Checksum::from_hasher(hasher);
        if !self.knows(&checksum, kind) {
            self.bytes += size;
            let place = checksum.place(kind);
            let path = self.place(&place)?;
            self.content(&path, meta, size, &mut bytes.as_slice())?;
            self.new.insert(place);
        }
        Ok(checksum)
    }

    /// Writes a file in the form of the repository.
    fn content(
        &self,
        path: &Path,
        meta: &Meta,
        size: u64,
        content: &mut dyn Read,
    ) -> Result<(), Error> {
        let failed = |error| Error::io(format!("writing {}", path.display()))(error);
        let mut file = File::create(path).map_err(failed)?;
        match self.repository.mode() {
            Mode::Archive => {
                file.write_all(&sized(&meta.archived(size, None)))
                    .map_err(failed)?;
                let mut packed = DeflateEncoder::new(file, Compression::default());
                io::copy(content, &mut packed).map_err(failed)?;
                let file = packed.finish().map_err(failed)?;
                file.set_permissions(fs::Permissions::from_mode(0o644))
                    .map_err(failed)
            }
            Mode::Bare => {
                io::copy(content, &mut file).map_err(failed)?;
                self.own(path, meta, Some(&file))
            }
        }
    }

    /// Sets owner, mode, attributes and time, in the order in which none undoes another.
    fn own(&self, path: &Path, meta: &Meta, file: Option<&File>) -> Result<(), Error> {
        let (uid, gid) = (Uid::from_raw(meta.uid), Gid::from_raw(meta.gid));
        let owner = format!(
            "giving a file to {}:{} (a bare repository wants root, or a namespace with all ids)",
            meta.uid, meta.gid
        );
        chownat(CWD, path, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW)
            .map_err(Error::errno(owner))?;
        if let Some(file) = file {
            fchmod(file, Bits::from_raw_mode(meta.mode & 0o7777)).map_err(Error::errno(
                format!("setting the mode of {}", path.display()),
            ))?;
        }
        for (name, value) in &meta.xattrs {
            let shown = String::from_utf8_lossy(name);
            lsetxattr(path, name.as_slice(), value, XattrFlags::empty()).map_err(Error::errno(
                format!("setting the attribute {shown} of a file"),
            ))?;
        }
        let zero = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        let times = Timestamps {
            last_access: zero,
            last_modification: zero,
        };
        utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW).map_err(Error::errno(format!(
            "setting the time of {}",
            path.display()
        )))
    }

    /// What a link points at; none when the file is no link.
    pub(in crate::bootable::ostree) fn target(
        &self,
        checksum: &Checksum,
    ) -> Result<Option<Vec<u8>>, Error> {
        if let Some(target) = self.targets.get(checksum) {
            return Ok(Some(target.clone()));
        }
        match self
            .new
            .contains(&checksum.place(self.repository.file_kind()))
        {
            true => Ok(None),
            false => self.repository.target(checksum),
        }
    }

    fn knows(&self, checksum: &Checksum, kind: &str) -> bool {
        self.new.contains(&checksum.place(kind)) || self.repository.has(checksum, kind)
    }

    /// Where an object lies until it is published; its folder is made.
    fn place(&self, place: &str) -> Result<PathBuf, Error> {
        let path = self.folder.path().join(place);
        let folder = path.parent().unwrap_or(self.folder.path());
        match fs::create_dir(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                Err(Error::io(format!("making {}", folder.display()))(error))
            }
            _ => Ok(path),
        }
    }

    /// Moves everything to its place, on the disk before anything names it.
    pub(in crate::bootable::ostree) fn publish(&mut self) -> Result<(), Error> {
        let objects = self.repository.path().join("objects");
        let failed = |error| Error::io(format!("writing into {}", objects.display()))(error);
        if self.repository.is_durable() && !self.new.is_empty() {
            let folder = File::open(self.folder.path()).map_err(failed)?;
            syncfs(&folder).map_err(|errno| failed(errno.into()))?;
        }
        let mut folders = BTreeSet::new();
        for place in std::mem::take(&mut self.new) {
            let to = objects.join(&place);
            let folder = to.parent().unwrap_or(&objects).to_path_buf();
            if !folders.contains(&folder) {
                fs::create_dir_all(&folder).map_err(failed)?;
                folders.insert(folder);
            }
            fs::rename(self.folder.path().join(&place), &to).map_err(failed)?;
        }
        if self.repository.is_durable() {
            for folder in folders.iter().chain([&objects]) {
                File::open(folder)
                    .and_then(|folder| folder.sync_all())
                    .map_err(failed)?;
            }
        }
        Ok(())
    }
}

/// A reader whose bytes are digested.
struct Digesting<'a>(&'a mut dyn Read, &'a mut Sha256);

impl Read for Digesting<'_> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(space)?;
        self.1.update(space.get(..count).unwrap_or_default());
        Ok(count)
    }
}
