//! References of a repository: names of commits.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::checksum::Checksum;
use super::open::Repository;
use crate::bootable::ostree::error::Error;

impl Repository {
    /// The commit that a reference names; none when there is no such reference or commit.
    pub fn resolve(&self, reference: &str) -> Result<Option<Checksum>, Error> {
        let path = self.reference(reference);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(text
                .trim_end()
                .parse()
                .ok()
                .filter(|checksum| self.has_commit(checksum))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io(format!("reading {}", path.display()))(error)),
        }
    }

    /// The names directly below a prefix (`terroir/layer`), sorted.
    pub fn references(&self, prefix: &str) -> Result<Vec<String>, Error> {
        let folder = self.reference(prefix);
        let failed = |error| Error::io(format!("reading {}", folder.display()))(error);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(failed)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            names.extend(entry.map_err(failed)?.file_name().into_string());
        }
        names.sort();
        Ok(names)
    }

    /// Lets a reference name a commit, from one moment to the next.
    pub fn set(&self, reference: &str, checksum: &Checksum) -> Result<(), Error> {
        let path = self.reference(reference);
        let failed = |error| Error::io(format!("writing {}", path.display()))(error);
        let folder = path.parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(folder).map_err(failed)?;
        let mut file = tempfile::Builder::new()
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
            .tempfile_in(self.path().join("tmp"))
            .map_err(failed)?;
        writeln!(file, "{checksum}").map_err(failed)?;
        if self.is_durable() {
            file.as_file().sync_all().map_err(failed)?;
        }
        file.persist(&path).map_err(|error| failed(error.error))?;
        if self.is_durable() {
            fs::File::open(folder)
                .and_then(|folder| folder.sync_all())
                .map_err(failed)?;
        }
        Ok(())
    }

    /// Removes a reference; what only it named goes with the next cleanup.
    pub fn forget(&self, reference: &str) -> Result<(), Error> {
        let path = self.reference(reference);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other.map_err(Error::io(format!("removing {}", path.display()))),
        }
    }

    fn reference(&self, name: &str) -> PathBuf {
        self.path().join("refs/heads").join(name)
    }
}
