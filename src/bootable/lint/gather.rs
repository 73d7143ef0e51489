//! What is learnt while the entries of a root pass by.

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::frames::Frames;
use super::initramfs::{Initramfs, is_initramfs};
use super::layers::{Folders, LayerFacts};
use super::print::{Print, may_be_copied};
use super::secret::{MAX_SECRET, Secret, is_public, secrets};
use crate::oci::{BlobSource, Descriptor, MediaType};
use crate::path::TreePath;
use crate::tree::{Codec, Entry, EntryKind, Error, Snapshot};

/// What is gathered.
#[derive(Debug, Default)]
pub(super) struct Gather {
    pub(super) initramfs: BTreeMap<TreePath, Initramfs>,
    /// Files that an initramfs may hold copies of.
    pub(super) prints: BTreeMap<TreePath, Print>,
    pub(super) secrets: Vec<Secret>,
    /// The last layer that has a path, of paths that once held a secret.
    pub(super) last: BTreeMap<TreePath, usize>,
    pub(super) layers: Vec<LayerFacts>,
    folders: Folders,
}

impl Gather {
    /// Reads a layer into a snapshot, and learns from it.
    pub(super) fn layer(
        &mut self,
        files: &mut Snapshot,
        layer: &Descriptor,
        source: &dyn BlobSource,
    ) -> Result<(), Error> {
        let digest = layer.digest().to_string();
        let blob = source.open(layer).map_err(|error| {
            Error::io(
                format!("opening the layer {digest}"),
                io::Error::other(error),
            )
        })?;
        let mut blob = Frames::new(blob);
        files.layer_seen(
            &mut blob,
            layer.media_type(),
            &mut |entry, path, content| {
                self.folders.entry(entry);
                self.seen(entry, path, content)
            },
        )?;
        let (implied, changed) = self.folders.finish();
        self.layers.push(LayerFacts {
            digest,
            frames: is_zstd(layer.media_type()).then(|| blob.count()),
            implied,
            changed,
        });
        Ok(())
    }

    /// Looks at an entry.
    pub(super) fn seen(
        &mut self,
        entry: &Entry,
        path: &TreePath,
        content: &mut dyn Read,
    ) -> Result<(), Error> {
        if entry.whiteout().is_some() || entry.is_directory() {
            return Ok(());
        }
        let layer = self.layers.len();
        if let Some(last) = self.last.get_mut(path) {
            *last = layer;
        }
        self.initramfs.remove(path);
        self.prints.remove(path);
        let size = match &entry.kind {
            EntryKind::File { size } => *size,
            EntryKind::Hardlink { target } => {
                let same = self.initramfs.get(target).cloned();
                self.initramfs.extend(same.map(|same| (path.clone(), same)));
                let same = self.prints.get(target).cloned();
                self.prints.extend(same.map(|same| (path.clone(), same)));
                return Ok(());
            }
            _ => return Ok(()),
        };
        if is_initramfs(path) {
            let read = Initramfs::read(content);
            self.initramfs.insert(path.clone(), read);
            return Ok(());
        }
        let may_have_secrets = size > 0 && size <= MAX_SECRET && !is_public(path);
        let is_copied = may_be_copied(path);
        if may_have_secrets {
            let mut bytes = Vec::new();
            read(path, content.take(MAX_SECRET).read_to_end(&mut bytes))?;
            for what in secrets(path, &bytes) {
                self.last.insert(path.clone(), layer);
                self.secrets.push(Secret::new(path.clone(), layer, what));
            }
            if is_copied {
                let print = read(path, Print::read(&mut bytes.as_slice()))?.flatten();
                self.prints.extend(print.map(|print| (path.clone(), print)));
            }
        } else if is_copied {
            let print = read(path, Print::read(content))?.flatten();
            self.prints.extend(print.map(|print| (path.clone(), print)));
        }
        Ok(())
    }
}

/// What was read of a file; none of one that its owner keeps from others, as a folder may have them.
fn read<T>(path: &TreePath, result: io::Result<T>) -> Result<Option<T>, Error> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(None),
        other => other
            .map(Some)
            .map_err(|error| Error::io(format!("reading {path}"), error)),
    }
}

fn is_zstd(media_type: &MediaType) -> bool {
    Codec::from_media_type(media_type) == Some(Codec::Zstd)
}
