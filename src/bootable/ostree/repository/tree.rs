//! Files of a commit, read where they are.

use super::checksum::Checksum;
use super::folder::{Folder, Node};
use super::open::Repository;
use crate::bootable::ostree::error::Error;
use crate::path::TreePath;

impl Repository {
    /// Reads a small file of a commit; none when there is no such file. Links in the way are followed.
    pub fn file(
        &self,
        commit: &Checksum,
        path: &str,
        limit: u64,
    ) -> Result<Option<Vec<u8>>, Error> {
        let root = Folder::load(self, commit)?;
        let path = root.resolve_all(&parse(path)?, &|file| self.target(file))?;
        match root.get(&path) {
            Some(Node::File(file)) => self.read(file, limit).map(Some),
            _ => Ok(None),
        }
    }

    /// The names in a folder of a commit, sorted; none when there is no such folder.
    pub fn names(&self, commit: &Checksum, path: &str) -> Result<Vec<String>, Error> {
        let root = Folder::load(self, commit)?;
        let path = root.resolve_all(&parse(path)?, &|file| self.target(file))?;
        let folder = root.folder(&path);
        Ok(folder
            .iter()
            .flat_map(|folder| folder.children.keys().cloned())
            .collect())
    }

    /// The objects that files of a commit are; none for a path that is no file.
    pub fn lookup(
        &self,
        commit: &Checksum,
        paths: &[TreePath],
    ) -> Result<Vec<Option<Checksum>>, Error> {
        let root = Folder::load(self, commit)?;
        let find = |path: &TreePath| match root.get(path) {
            Some(Node::File(file)) => Some(*file),
            _ => None,
        };
        Ok(paths.iter().map(find).collect())
    }
}

fn parse(path: &str) -> Result<TreePath, Error> {
    TreePath::parse(path).map_err(|error| Error::Path {
        path: TreePath::root(),
        why: error.to_string(),
    })
}
