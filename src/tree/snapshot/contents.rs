//! A finished root as checks read it: every path's metadata, and the texts that settings live in.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

use crate::oci::{Digest, MediaType};
use crate::path::TreePath;

use super::node::{Node, NodeKind, Unread, node_of, node_of_row};
use super::selection::limit_of;
use crate::tree::{
    DirectoryTable, Entry, EntryKind, Error, Limits, TableLayer, Whiteout, read_layer,
};

/// Most bytes of all texts; the `/etc` of a full server has about 5 MB.
const MAX_TEXTS: u64 = 256 << 20;

#[derive(Clone, Debug)]
struct File {
    node: Node,
    size: u64,
    bytes: Result<Arc<[u8]>, &'static str>,
}

/// Every path of a finished root, with the texts of settings.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    table: DirectoryTable,
    files: BTreeMap<TreePath, File>,
    /// Bytes of all texts.
    held: u64,
    /// Further files that are kept.
    pub(in crate::tree) wanted: BTreeSet<TreePath>,
}

/// Who sees every entry while a root is read: the entry as it was written, its path without links,
/// and its content.
pub type Seen<'a> = &'a mut dyn FnMut(&Entry, &TreePath, &mut dyn Read) -> Result<(), Error>;

/// A snapshot while one layer is taken in.
struct SnapshotLayer<'a> {
    table: TableLayer<'a>,
    files: &'a mut BTreeMap<TreePath, File>,
    held: &'a mut u64,
    wanted: &'a BTreeSet<TreePath>,
    /// The files of this layer, which its own whiteouts leave alone.
    own: BTreeSet<TreePath>,
}

impl Snapshot {
    /// A snapshot of nothing yet, that will keep further files; their paths are without links.
    pub(in crate::tree) fn wanting(wanted: BTreeSet<TreePath>) -> Self {
        Self {
            wanted,
            ..Self::default()
        }
    }

    /// A snapshot of what is known of a root without its files: directories and links.
    #[must_use]
    pub fn of_table(table: &DirectoryTable) -> Self {
        Self {
            table: table.clone(),
            ..Self::default()
        }
    }

    /// Puts a text at a path without links, with its mode, user and group.
    pub fn put_file(&mut self, path: &TreePath, text: &[u8], (mode, uid, gid): (u32, u32, u32)) {
        let node = Node {
            mode,
            uid,
            gid,
            kind: NodeKind::File,
        };
        let file = File {
            node,
            size: text.len() as u64,
            bytes: Ok(Arc::from(text)),
        };
        self.files.insert(path.clone(), file);
    }

    /// Puts another text at a path, its metadata kept; links are followed.
    pub fn put_text(&mut self, path: &TreePath, text: &str) {
        let Ok(path) = self.table.resolve_all(path).map(|to| to.path) else {
            return;
        };
        let bits = self
            .at(&path)
            .map_or((0o644, 0, 0), |node| (node.mode, node.uid, node.gid));
        self.put_file(&path, text.as_bytes(), bits);
    }

    /// Takes the next layer in, the lowest first, and gives its diff ID.
    ///
    /// # Errors
    /// A layer that cannot be read, or one that holds more than any root has.
    pub fn layer(
        &mut self,
        reader: impl Read,
        media_type: &MediaType,
    ) -> Result<Option<Digest>, Error> {
        self.layer_seen(reader, media_type, &mut |_, _, _| Ok(()))
    }

    /// Takes the next layer in, and shows its entries; whiteouts too.
    ///
    /// # Errors
    /// A layer that cannot be read, one that holds more than any root has, or what `seen` says.
    pub fn layer_seen(
        &mut self,
        reader: impl Read,
        media_type: &MediaType,
        seen: Seen<'_>,
    ) -> Result<Option<Digest>, Error> {
        let mut layer = self.start();
        read_layer(
            reader,
            media_type,
            &Limits::default(),
            &mut |entry, content| {
                layer.entry(&entry, content, seen)?;
                Ok(ControlFlow::Continue(()))
            },
        )
    }

    /// Starts to take entries in, as one layer.
    fn start(&mut self) -> SnapshotLayer<'_> {
        SnapshotLayer {
            table: self.table.layer(),
            files: &mut self.files,
            held: &mut self.held,
            wanted: &self.wanted,
            own: BTreeSet::new(),
        }
    }

    /// Takes one entry in, over all that is known; for roots that are not archives.
    ///
    /// # Errors
    /// Its content cannot be read.
    pub(in crate::tree) fn add(
        &mut self,
        entry: &Entry,
        content: &mut dyn Read,
        seen: Seen<'_>,
    ) -> Result<(), Error> {
        self.start().entry(entry, content, seen)
    }

    /// Notes a file whose content the caller may not read.
    pub(in crate::tree) fn add_unreadable(&mut self, entry: &Entry, why: &'static str) {
        let file = File {
            node: node_of(entry),
            size: size_of(entry),
            bytes: Err(why),
        };
        self.files.insert(entry.path.clone(), file);
    }

    /// What stands at a path; links in its directory part are followed, in its last component not.
    #[must_use]
    pub fn node(&self, path: &TreePath) -> Option<Node> {
        let path = self.table.resolve(path).ok()?.path;
        self.at(&path)
    }

    /// What a path leads to when all links are followed, and where that stands.
    #[must_use]
    pub fn followed(&self, path: &TreePath) -> Option<(TreePath, Node)> {
        let path = self.table.resolve_all(path).ok()?.path;
        let node = self.at(&path)?;
        Some((path, node))
    }

    /// What stands at a path without links.
    fn at(&self, path: &TreePath) -> Option<Node> {
        match self.table.get(path) {
            Some(row) => Some(node_of_row(row)),
            None => self.files.get(path).map(|file| file.node.clone()),
        }
    }

    /// The length of a file in bytes, links followed; none when there is no such file.
    #[must_use]
    pub fn size(&self, path: &TreePath) -> Option<u64> {
        let path = self.table.resolve_all(path).ok()?.path;
        self.files.get(&path).map(|file| file.size)
    }

    /// The bytes of a file, links followed; none when there is no such file.
    ///
    /// # Errors
    /// The file is there, and was not or could not be kept.
    pub fn bytes(&self, path: &TreePath) -> Result<Option<&[u8]>, Unread> {
        let Ok(resolved) = self.table.resolve_all(path) else {
            return Ok(None);
        };
        match self.files.get(&resolved.path) {
            None => Ok(None),
            Some(file) if !file.node.kind.is_file() => Ok(None),
            Some(file) => match &file.bytes {
                Ok(bytes) => Ok(Some(bytes)),
                Err(why) => Err(Unread {
                    path: path.clone(),
                    why: (*why).to_owned(),
                }),
            },
        }
    }

    /// The text of a file, links followed; bytes that are not UTF-8 are replaced.
    ///
    /// # Errors
    /// The file is there, and was not or could not be kept.
    pub fn text(&self, path: &TreePath) -> Result<Option<Cow<'_, str>>, Unread> {
        Ok(self.bytes(path)?.map(String::from_utf8_lossy))
    }

    /// The names directly below a directory (links followed), sorted by bytes.
    #[must_use]
    pub fn children(&self, path: &TreePath) -> Vec<TreePath> {
        let Ok(resolved) = self.table.resolve_all(path) else {
            return Vec::new();
        };
        let real = resolved.path;
        let depth = real.components().count() + 1;
        let files = below(&self.files, &real).map(|(path, _)| path);
        let rows = self.table.children(&real).map(|(path, _)| path);
        let names: BTreeSet<&[u8]> = files
            .filter(|path| path.components().count() == depth)
            .chain(rows)
            .map(TreePath::file_name)
            .collect();
        let joined = names.into_iter().filter_map(|name| path.join(name).ok());
        joined.collect()
    }

    /// Everything that the root holds, sorted by path: directories and links, then other files.
    pub fn iter(&self) -> impl Iterator<Item = (&TreePath, Node)> {
        let rows = self
            .table
            .iter()
            .map(|(path, row)| (path, node_of_row(row)));
        let files = self.files.iter();
        rows.chain(files.map(|(path, file)| (path, file.node.clone())))
    }
}

impl SnapshotLayer<'_> {
    fn entry(
        &mut self,
        entry: &Entry,
        content: &mut dyn Read,
        seen: Seen<'_>,
    ) -> Result<(), Error> {
        let path = self.table.apply(entry)?;
        if let EntryKind::File { size } = entry.kind
            && entry.whiteout().is_none()
        {
            self.forget(&path, true, true);
            let bytes = self.content(&path, size, content)?;
            match &bytes {
                Ok(bytes) => seen(entry, &path, &mut bytes.as_ref())?,
                Err(_) => seen(entry, &path, content)?,
            }
            let node = node_of(entry);
            self.own.insert(path.clone());
            self.files.insert(path, File { node, size, bytes });
            return Ok(());
        }
        seen(entry, &path, content)?;
        match entry.whiteout() {
            Some(whiteout) => {
                self.forget(&path, matches!(whiteout, Whiteout::Path(_)), false);
                return Ok(());
            }
            None if entry.is_directory() => {
                self.forget_one(&path);
                return Ok(());
            }
            None => self.forget(&path, true, true),
        }
        let file = match &entry.kind {
            EntryKind::Directory | EntryKind::Symlink { .. } => return Ok(()),
            EntryKind::Hardlink { target } => {
                let Ok(target) = self.table.table().resolve(target) else {
                    return Ok(());
                };
                match self.files.get(&target.path) {
                    Some(file) => file.clone(),
                    None => return Ok(()),
                }
            }
            _ => File {
                node: node_of(entry),
                size: 0,
                bytes: Err("it is not a regular file"),
            },
        };
        self.own.insert(path.clone());
        self.files.insert(path, file);
        Ok(())
    }

    fn content(
        &mut self,
        path: &TreePath,
        size: u64,
        content: &mut dyn Read,
    ) -> Result<Result<Arc<[u8]>, &'static str>, Error> {
        let Some(limit) = limit_of(path, self.wanted) else {
            return Ok(Err("it is none of the files that settings live in"));
        };
        if size > limit {
            return Ok(Err("it is too large"));
        }
        *self.held += size;
        if *self.held > MAX_TEXTS {
            return Err(Error::Limit {
                what: "bytes of configuration",
                limit: MAX_TEXTS,
            });
        }
        let mut bytes = Vec::new();
        content
            .take(limit)
            .read_to_end(&mut bytes)
            .map_err(|source| Error::io(format!("reading {path}"), source))?;
        Ok(Ok(bytes.into()))
    }

    /// Forgets the files at and below a path; this layer's own only if asked to.
    fn forget(&mut self, path: &TreePath, itself: bool, own: bool) {
        let under = below(self.files, path).map(|(path, _)| path.clone());
        let mut gone: Vec<_> = under.collect();
        gone.extend(itself.then(|| path.clone()));
        for path in gone {
            if own || !self.own.contains(&path) {
                self.forget_one(&path);
            }
        }
    }

    fn forget_one(&mut self, path: &TreePath) {
        if let Some(file) = self.files.remove(path) {
            let size = file.bytes.map_or(0, |bytes| bytes.len());
            *self.held -= u64::try_from(size).unwrap_or_default().min(*self.held);
        }
    }
}

/// The files below a path, itself excluded.
fn below<'a>(
    files: &'a BTreeMap<TreePath, File>,
    path: &'a TreePath,
) -> impl Iterator<Item = (&'a TreePath, &'a File)> {
    let start = match path.join(b"\x01") {
        Ok(first) => Bound::Included(first),
        Err(_) => Bound::Excluded(path.clone()),
    };
    files
        .range((start, Bound::Unbounded))
        .take_while(move |(below, _)| below.starts_with(path))
}

fn size_of(entry: &Entry) -> u64 {
    match entry.kind {
        EntryKind::File { size } => size,
        _ => 0,
    }
}
