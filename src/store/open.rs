//! A store that is opened, to be written to or to be read without a trace, and locked.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rustix::fs::{Access, access};

use super::Error;
use super::blobs::Store;
use super::file::Lock;
use super::file::staged;
use super::layout::LAYOUT;

/// Version of everything in the store that is not OCI's.
const FORMAT: &str = "1";
/// What a store has before its file `format` is written, which is written last.
const BEGUN: [&str; 5] = ["blobs", "steps", "tmp", "damaged", "oci-layout"];

/// What a folder is.
enum Found {
    /// A store of this format.
    Store,
    /// Nothing yet, or a store that somebody began to make.
    Nothing,
}

impl Store {
    /// Opens a store and makes what is missing of it; a folder that holds something else, or a store
    /// of another format, is refused.
    pub fn open(root: &Path) -> Result<Self, Error> {
        let found = look(root)?;
        let store = Self::at(root.to_path_buf());
        match found {
            Found::Store => store.create_folders()?,
            Found::Nothing => store.create()?,
        }
        Ok(store)
    }

    /// Opens a store to look into it. Where there is none, or where it may not be written to, what
    /// would be kept in it goes to a folder of its own that is removed in the end.
    pub fn reading(root: &Path) -> Result<Self, Error> {
        let beneath = match look(root)? {
            Found::Store if access(root, Access::WRITE_OK).is_ok() => return Self::open(root),
            Found::Store => Some(root.to_path_buf()),
            Found::Nothing => None,
        };
        let folder = tempfile::Builder::new().prefix("terroir-").tempdir();
        let folder = folder.map_err(Error::io("making a temporary folder"))?;
        let store = Self {
            beneath,
            scratch: Some(Arc::new(folder)),
            ..Self::at(PathBuf::new())
        };
        let root = store
            .scratch
            .as_ref()
            .map(|folder| folder.path().to_path_buf());
        let store = Self {
            root: root.unwrap_or_default(),
            ..store
        };
        store.create()?;
        Ok(store)
    }

    /// Lets no one prune the store; any number of builds may hold it. Waits for a prune to end.
    pub fn shared(&self) -> Result<Lock, Error> {
        Lock::shared(&self.path().join("lock"))
    }

    /// Lets no one build; fails with [`Error::Busy`] while a build holds the store.
    pub fn exclusive(&self) -> Result<Lock, Error> {
        Lock::exclusive(&self.path().join("lock"), self.path())
    }

    fn at(root: PathBuf) -> Self {
        Self {
            root,
            beneath: None,
            scratch: None,
            used: Arc::new(Mutex::new(BTreeSet::new())),
        }
    }

    fn create_folders(&self) -> Result<(), Error> {
        for directory in ["blobs/sha256", "steps/sha256", "tmp", "damaged"] {
            let path = self.root.join(directory);
            std::fs::create_dir_all(&path)
                .map_err(Error::io(format!("making the store {}", path.display())))?;
        }
        Ok(())
    }

    fn create(&self) -> Result<(), Error> {
        self.create_folders()?;
        let write = |name: &str, bytes: &[u8]| {
            let place = self.root.join(name);
            staged::write(&self.temporary(), &place, "the store's head", bytes)
        };
        write("oci-layout", LAYOUT)?;
        // Last: a store without it is made again, which harms nothing.
        Ok(write("format", format!("{FORMAT}\n").as_bytes())?)
    }
}

/// Looks at a folder and refuses one that is anything else than a store.
fn look(root: &Path) -> Result<Found, Error> {
    let format = root.join("format");
    let foreign = || Error::Foreign(root.to_path_buf());
    match std::fs::read_to_string(&format) {
        Ok(found) if found.trim_end() == FORMAT => return Ok(Found::Store),
        // A file of that name may be anybody's.
        Ok(found) if root.join("oci-layout").is_file() => {
            return Err(Error::Format {
                path: root.to_path_buf(),
                found: found.trim_end().chars().take(20).collect(),
                known: FORMAT,
            });
        }
        Ok(_) => return Err(foreign()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Err(foreign()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(source) => return Err(Error::io(format!("reading {}", format.display()))(source)),
    }
    let doing = || Error::io(format!("looking at {}", root.display()));
    let entries = match std::fs::read_dir(root) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        entries => entries.map_err(doing())?,
    };
    for entry in entries {
        let name = entry.map_err(doing())?.file_name();
        let begun = BEGUN.iter().any(|begun| name == OsStr::new(begun));
        if !begun && name != OsStr::new("lost+found") {
            return Err(foreign());
        }
    }
    let blobs = std::fs::read_dir(root.join("blobs/sha256"));
    match blobs.into_iter().flatten().next() {
        // An image layout of somebody else, which is not a store.
        Some(_) => Err(foreign()),
        None => Ok(Found::Nothing),
    }
}
