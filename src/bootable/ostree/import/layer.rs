//! One layer as a commit: its whiteouts as files of their names, and a mark on folders that it only
//! passes through.

use std::io::Read;
use std::ops::ControlFlow;

use crate::bootable::ostree::error::Error;
use crate::bootable::ostree::repository::{
    Checksum, CommitObject, Folder, Implied, Meta, Node, Staging,
};
use crate::oci::{BlobSource, Descriptor, Digest};
use crate::path::TreePath;
use crate::tree::{Entry, EntryKind, Limits, Whiteout, read_layer};

/// Prefix of the name of a whiteout.
pub(super) const WHITEOUT: &str = ".wh.";
/// Name of the whiteout that empties its folder.
pub(super) const OPAQUE: &str = ".wh..wh..opq";
/// Prefix of files that stand for a hard link to a file of a layer below; the name and the target
/// are in it. No layer can bring such a name: what AUFS kept for itself is never read.
pub(super) const LINK: &str = ".wh..wh.terroir-link-";

/// Something that an import left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Where.
    pub path: TreePath,
    /// What was left out, as a fragment ("the device 1:3").
    pub what: String,
}

/// Imports a layer and gives its commit, which is not published yet.
pub(super) fn import_layer(
    staging: &mut Staging<'_>,
    layer: &Descriptor,
    diff_id: &Digest,
    source: &dyn BlobSource,
    notes: &mut Vec<Note>,
) -> Result<Checksum, Error> {
    let mut root = Folder::default();
    let mut failure = None;
    let mut visit = |entry: Entry, content: &mut dyn Read| {
        let mut layer = Layer {
            staging,
            root: &mut root,
            notes,
        };
        Ok(match layer.entry(&entry, content) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        })
    };
    let blob = source.open(layer)?;
    let found = read_layer(blob, layer.media_type(), &Limits::default(), &mut visit)?;
    if let Some(failure) = failure {
        return Err(failure);
    }
    if let Some(found) = found.filter(|found| found != diff_id) {
        return Err(Error::Layer {
            digest: layer.digest().to_string(),
            stated: *diff_id,
            found,
        });
    }
    let (content, meta) = root.write(staging, Implied::Marked)?;
    staging.commit(&CommitObject {
        metadata: [].into(),
        created: 0,
        content,
        meta,
    })
}

struct Layer<'a, 'b> {
    staging: &'a mut Staging<'b>,
    root: &'a mut Folder,
    notes: &'a mut Vec<Note>,
}

impl Layer<'_, '_> {
    fn entry(&mut self, entry: &Entry, content: &mut dyn Read) -> Result<(), Error> {
        match entry.whiteout() {
            Some(Whiteout::Path(path)) => {
                let path = self.resolve(&path)?;
                return self.whiteout(&path);
            }
            Some(Whiteout::Opaque(path)) => {
                let staging = &*self.staging;
                let target = |file: &Checksum| staging.target(file);
                let path = self.root.resolve_all(&path, &target)?;
                return self.take_away(&path, OPAQUE);
            }
            None => {}
        }
        let path = self.resolve(&entry.path)?;
        self.note_attributes(entry, &path);
        match &entry.kind {
            EntryKind::Directory => {
                let meta = self.staging.meta(&meta(entry))?;
                self.root.make_instead(&path)?.meta = Some(meta);
                Ok(())
            }
            EntryKind::File { size } => {
                let file = self.staging.file(&meta(entry), *size, content)?;
                self.root.put(&path, file)
            }
            EntryKind::Symlink { target } => {
                let target = std::str::from_utf8(target).map_err(|_| Error::Path {
                    path: path.clone(),
                    why: "OSTree has link targets in UTF-8 only".to_owned(),
                })?;
                let link = self.staging.link(&meta(entry), target)?;
                self.root.put(&path, link)
            }
            EntryKind::Hardlink { target } => self.hardlink(&path, target),
            EntryKind::CharDevice { major, minor } | EntryKind::BlockDevice { major, minor } => {
                self.leave_out(path, format!("the device {major}:{minor}"))
            }
            EntryKind::Fifo => self.leave_out(path, "a named pipe".to_owned()),
        }
    }

    /// OSTree reads no attribute without a value.
    fn note_attributes(&mut self, entry: &Entry, path: &TreePath) {
        for (name, _) in entry.xattrs.iter().filter(|(_, value)| value.is_empty()) {
            let name = String::from_utf8_lossy(name);
            self.notes.push(Note {
                path: path.clone(),
                what: format!("the attribute {name}, which is empty"),
            });
        }
    }

    fn resolve(&self, path: &TreePath) -> Result<TreePath, Error> {
        let staging = &*self.staging;
        self.root.resolve(path, &|file| staging.target(file))
    }

    fn hardlink(&mut self, path: &TreePath, target: &TreePath) -> Result<(), Error> {
        let real = self.resolve(target)?;
        if let Some(Node::File(file)) = self.root.get(&real) {
            let file = *file;
            return self.root.put(path, file);
        }
        let name = path.file_name();
        let mark = format!("{LINK}{}", Digest::of(name).short());
        let content = [name, b"\0", real.as_bytes()].concat();
        self.mark(&path.parent().unwrap_or_default(), &mark, &content)
    }

    /// What cannot be in a repository; what a layer below has there is gone all the same.
    fn leave_out(&mut self, path: TreePath, what: String) -> Result<(), Error> {
        self.whiteout(&path)?;
        self.notes.push(Note { path, what });
        Ok(())
    }

    fn whiteout(&mut self, path: &TreePath) -> Result<(), Error> {
        let name = [WHITEOUT.as_bytes(), path.file_name()].concat();
        let name = String::from_utf8_lossy(&name);
        self.take_away(&path.parent().unwrap_or_default(), &name)
    }

    /// Marks what a layer takes away; below a file of its own, or below a name that no commit has,
    /// there is nothing to take.
    fn take_away(&mut self, folder: &TreePath, name: &str) -> Result<(), Error> {
        match self.root.make(folder) {
            Err(Error::Path { .. }) => Ok(()),
            _ => self.mark(folder, name, b""),
        }
    }

    fn mark(&mut self, folder: &TreePath, name: &str, mut content: &[u8]) -> Result<(), Error> {
        let size = content.len() as u64;
        let file = self.staging.file(&Meta::root(0o644), size, &mut content)?;
        let folder = self.root.make(folder)?;
        folder.children.insert(name.to_owned(), Node::File(file));
        Ok(())
    }
}

fn meta(entry: &Entry) -> Meta {
    let mut xattrs = entry.xattrs.clone();
    xattrs.retain(|_, value| !value.is_empty());
    Meta {
        uid: entry.uid,
        gid: entry.gid,
        mode: entry.mode,
        xattrs,
    }
}
