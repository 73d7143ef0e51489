//! A tree of folders in memory, whose files are objects of a repository.

use std::collections::BTreeMap;

use super::checksum::Checksum;
use super::object::{CommitObject, FolderObject, Meta};
use super::open::Repository;
use super::staging::Staging;
use crate::bootable::ostree::error::Error;
use crate::path::TreePath;

/// Most links on the way to a path.
const MAX_LINKS: usize = 40;
/// Attribute of a folder that a layer needs, but says nothing about.
const IMPLIED: &[u8] = b"user.terroir.implied";

/// What a file points at; none when it is no link.
type Target<'a> = &'a dyn Fn(&Checksum) -> Result<Option<Vec<u8>>, Error>;

/// What becomes of folders that no layer says anything about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bootable::ostree) enum Implied {
    /// They are marked, since a layer below may say something.
    Marked,
    /// They are root's and everybody may look into them.
    Usual,
}

impl Implied {
    fn meta(self) -> Meta {
        let mut meta = Meta::root(0o755);
        if self == Self::Marked {
            meta.xattrs.insert(IMPLIED.to_vec(), b"1".to_vec());
        }
        meta
    }
}

/// A folder with all below it.
#[derive(Clone, Debug, Default)]
pub(in crate::bootable::ostree) struct Folder {
    /// Its metadata; none when nobody says anything about it.
    pub meta: Option<Checksum>,
    pub children: BTreeMap<String, Node>,
}

/// What a folder contains.
#[derive(Clone, Debug)]
pub(in crate::bootable::ostree) enum Node {
    Folder(Folder),
    /// A file or a symbolic link.
    File(Checksum),
}

impl Folder {
    /// Reads the tree of a commit.
    pub(in crate::bootable::ostree) fn load(
        repository: &Repository,
        commit: &Checksum,
    ) -> Result<Self, Error> {
        let bytes = repository.metadata(commit, "commit")?;
        let (content, meta) = CommitObject::root(&bytes)
            .ok_or_else(|| repository.damaged(commit, "commit", "it is no commit".to_owned()))?;
        let implied = Checksum::of(&Implied::Marked.meta().folder());
        Self::read(repository, &content, meta, &implied)
    }

    fn read(
        repository: &Repository,
        content: &Checksum,
        meta: Checksum,
        implied: &Checksum,
    ) -> Result<Self, Error> {
        let bytes = repository.metadata(content, "dirtree")?;
        let object = FolderObject::read(&bytes)
            .ok_or_else(|| repository.damaged(content, "dirtree", "it is no folder".to_owned()))?;
        let files = object.files.into_iter();
        let mut children: BTreeMap<_, _> =
            files.map(|(name, file)| (name, Node::File(file))).collect();
        for (name, (content, meta)) in object.folders {
            let folder = Self::read(repository, &content, meta, implied)?;
            children.insert(name, Node::Folder(folder));
        }
        Ok(Self {
            meta: Some(meta).filter(|meta| meta != implied),
            children,
        })
    }

    /// Writes the tree and gives its content and metadata.
    pub(in crate::bootable::ostree) fn write(
        &self,
        staging: &mut Staging<'_>,
        implied: Implied,
    ) -> Result<(Checksum, Checksum), Error> {
        let mut object = FolderObject::default();
        for (name, node) in &self.children {
            match node {
                Node::File(file) => {
                    object.files.insert(name.clone(), *file);
                }
                Node::Folder(folder) => {
                    let written = folder.write(staging, implied)?;
                    object.folders.insert(name.clone(), written);
                }
            }
        }
        let meta = match self.meta {
            Some(meta) => meta,
            None => staging.meta(&implied.meta())?,
        };
        Ok((staging.small("dirtree", &object.write())?, meta))
    }

    /// What stands at a path; links are not followed.
    pub(in crate::bootable::ostree) fn get(&self, path: &TreePath) -> Option<&Node> {
        let parent = path.parent()?;
        let name = std::str::from_utf8(path.file_name()).ok()?;
        self.folder(&parent)?.children.get(name)
    }

    /// The folder at a path; links are not followed.
    pub(in crate::bootable::ostree) fn folder(&self, path: &TreePath) -> Option<&Self> {
        let mut folder = self;
        for name in path.components() {
            match folder.children.get(std::str::from_utf8(name).ok()?)? {
                Node::Folder(below) => folder = below,
                Node::File(_) => return None,
            }
        }
        Some(folder)
    }

    /// The folder at a path, made with all above it where there is none; a file in the way is an
    /// error.
    pub(in crate::bootable::ostree) fn make(
        &mut self,
        path: &TreePath,
    ) -> Result<&mut Self, Error> {
        let mut folder = self;
        for name in path.components() {
            let node = folder
                .children
                .entry(text(name, path)?.to_owned())
                .or_insert_with(|| Node::Folder(Self::default()));
            match node {
                Node::Folder(below) => folder = below,
                Node::File(_) => {
                    let name = String::from_utf8_lossy(name);
                    let why = format!("{name:?} on the way to it is a file");
                    return Err(refused(path, why));
                }
            }
        }
        Ok(folder)
    }

    /// As [`Folder::make`]; a file at the very path makes way.
    pub(in crate::bootable::ostree) fn make_instead(
        &mut self,
        path: &TreePath,
    ) -> Result<&mut Self, Error> {
        if let (Some(parent), Some(Node::File(_))) = (path.parent(), self.get(path)) {
            let name = text(path.file_name(), path)?;
            self.make(&parent)?.children.remove(name);
        }
        self.make(path)
    }

    /// Puts a file in its place.
    pub(in crate::bootable::ostree) fn put(
        &mut self,
        path: &TreePath,
        file: Checksum,
    ) -> Result<(), Error> {
        let name = text(path.file_name(), path)?.to_owned();
        let folder = self.make(&path.parent().unwrap_or_default())?;
        folder.children.insert(name, Node::File(file));
        Ok(())
    }

    /// Where a path really stands: links in its directory part are followed inside the tree.
    pub(in crate::bootable::ostree) fn resolve(
        &self,
        path: &TreePath,
        target: Target<'_>,
    ) -> Result<TreePath, Error> {
        match path.parent() {
            None => Ok(TreePath::root()),
            Some(parent) => {
                let parent = self.resolve_all(&parent, target)?;
                joined(&parent, path.file_name(), path)
            }
        }
    }

    /// As [`Folder::resolve`], with the last part of the path.
    pub(in crate::bootable::ostree) fn resolve_all(
        &self,
        path: &TreePath,
        target: Target<'_>,
    ) -> Result<TreePath, Error> {
        let mut left: Vec<Vec<u8>> = path.components().map(<[u8]>::to_vec).collect();
        left.reverse();
        let (mut at, mut links) = (TreePath::root(), 0);
        while let Some(name) = left.pop() {
            match name.as_slice() {
                b"" | b"." => continue,
                b".." => {
                    at = at.parent().unwrap_or_default();
                    continue;
                }
                _ => {}
            }
            let next = joined(&at, &name, path)?;
            let link = match self.get(&next) {
                Some(Node::File(file)) => target(file)?,
                _ => None,
            };
            let Some(link) = link else {
                at = next;
                continue;
            };
            links += 1;
            if links > MAX_LINKS {
                let why = format!("it goes through more than {MAX_LINKS} symbolic links");
                return Err(refused(path, why));
            }
            if link.first() == Some(&b'/') {
                at = TreePath::root();
            }
            left.extend(link.split(|byte| *byte == b'/').rev().map(<[u8]>::to_vec));
        }
        Ok(at)
    }
}

fn joined(parent: &TreePath, name: &[u8], path: &TreePath) -> Result<TreePath, Error> {
    parent
        .join(name)
        .map_err(|error| refused(path, error.to_string()))
}

/// A name as the repository has it.
fn text<'a>(name: &'a [u8], path: &TreePath) -> Result<&'a str, Error> {
    std::str::from_utf8(name)
        .map_err(|_| refused(path, "OSTree has names in UTF-8 only; rename it".to_owned()))
}

fn refused(path: &TreePath, why: String) -> Error {
    let path = path.clone();
    Error::Path { path, why }
}
