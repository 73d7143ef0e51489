//! Layers upon each other: what an upper one brings, and what it takes away.

use super::layer::{LINK, OPAQUE, WHITEOUT};
use crate::bootable::ostree::error::Error;
use crate::bootable::ostree::repository::{Checksum, Folder, Node, Repository};
use crate::path::TreePath;

/// Most bytes of the file that stands for a hard link.
const MAX_LINK: u64 = 16 << 10;

/// Puts a layer upon the root of the layers below it.
pub(super) fn merge(
    root: &mut Folder,
    layer: Folder,
    repository: &Repository,
) -> Result<(), Error> {
    let mut links = Links {
        repository,
        root,
        found: Vec::new(),
    };
    links.find(&layer, &TreePath::root())?;
    let found = links.found;
    below(root, &TreePath::root(), layer, repository)?;
    for (path, file) in found {
        let path = root.resolve(&path, &|file| repository.target(file))?;
        root.put(&path, file)?;
    }
    Ok(())
}

/// Looks for hard links to files of layers below, as these are before the layer changes them.
struct Links<'a> {
    repository: &'a Repository,
    root: &'a Folder,
    found: Vec<(TreePath, Checksum)>,
}

impl Links<'_> {
    fn find(&mut self, layer: &Folder, at: &TreePath) -> Result<(), Error> {
        for (name, node) in &layer.children {
            match node {
                Node::Folder(folder) => self.find(folder, &joined(at, name.as_bytes())?)?,
                Node::File(file) if name.starts_with(LINK) => self.link(file, layer, at)?,
                Node::File(_) => {}
            }
        }
        Ok(())
    }

    fn link(&mut self, file: &Checksum, layer: &Folder, at: &TreePath) -> Result<(), Error> {
        let text = self.repository.read(file, MAX_LINK)?;
        let mut parts = text.splitn(2, |byte| *byte == 0);
        let path = joined(at, parts.next().unwrap_or_default())?;
        let name = std::str::from_utf8(path.file_name()).unwrap_or_default();
        if let Some(Node::Folder(_)) = layer.children.get(name) {
            let why = "its layer says that it is a file, and has something below it".to_owned();
            return Err(Error::Path { path, why });
        }
        let target = joined(&TreePath::root(), parts.next().unwrap_or_default())?;
        let target = self
            .root
            .resolve(&target, &|file| self.repository.target(file))?;
        match self.root.get(&target) {
            Some(Node::File(file)) => {
                self.found.push((path, *file));
                Ok(())
            }
            _ => {
                let why = format!("it is a hard link to {target}, which is not there");
                Err(Error::Path { path, why })
            }
        }
    }
}

fn below(
    root: &mut Folder,
    at: &TreePath,
    layer: Folder,
    repository: &Repository,
) -> Result<(), Error> {
    let here = match layer.meta {
        None => root.make(at)?,
        Some(_) => root.make_instead(at)?,
    };
    here.meta = layer.meta.or(here.meta);
    if layer.children.contains_key(OPAQUE) {
        here.children.clear();
    }
    for name in layer.children.keys() {
        if let Some(gone) = name.strip_prefix(WHITEOUT) {
            here.children.remove(gone);
        }
    }
    let mut folders = Vec::new();
    for (name, node) in layer.children {
        match node {
            _ if name.starts_with(WHITEOUT) => {}
            Node::File(_) => {
                here.children.insert(name, node);
            }
            Node::Folder(folder) => folders.push((name, folder)),
        }
    }
    for (name, folder) in folders {
        let mut path = joined(at, name.as_bytes())?;
        // A folder that the layer says nothing about may be a link below it, which is followed.
        if folder.meta.is_none() && matches!(root.get(&path), Some(Node::File(_))) {
            path = root.resolve_all(&path, &|file| repository.target(file))?;
        }
        if !brings(&folder) && root.folder(&path).is_none() {
            continue;
        }
        below(root, &path, folder, repository)?;
    }
    Ok(())
}

/// Tells whether a folder has more than what takes away.
fn brings(folder: &Folder) -> bool {
    let mut children = folder.children.iter();
    folder.meta.is_some()
        || children.any(|(name, node)| match node {
            Node::File(_) => !name.starts_with(WHITEOUT),
            Node::Folder(below) => brings(below),
        })
}

fn joined(at: &TreePath, below: &[u8]) -> Result<TreePath, Error> {
    at.join(below).map_err(|error| Error::Path {
        path: at.clone(),
        why: error.to_string(),
    })
}
