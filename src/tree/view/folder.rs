//! All that a folder holds in a union of layers.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use crate::oci::{BlobSource, Descriptor};
use crate::path::TreePath;

use super::files::{View, ViewFile, each_entry};
use crate::tree::changes::{Extent, MAX_REPEATED_BYTES};
use crate::tree::{Entry, EntryKind, Error, Whiteout};

impl View {
    /// Reads everything below a folder but directories and symbolic links, in the order of paths;
    /// none when it holds more than is repeated ([`MAX_REPEATED_ENTRIES`](crate::tree::MAX_REPEATED_ENTRIES),
    /// [`MAX_REPEATED_BYTES`](crate::tree::MAX_REPEATED_BYTES)).
    pub fn below(&self, folder: &TreePath) -> Result<Option<Vec<ViewFile>>, Error> {
        let mut held: BTreeMap<TreePath, (usize, ViewFile)> = BTreeMap::new();
        for (index, layer) in self.layers.iter().enumerate() {
            let pass = Pass::over(layer, self.source.as_ref(), folder)?;
            held.retain(|path, _| !pass.hides(path));
            for (path, file) in pass.found {
                held.retain(|other, _| !other.starts_with(&path));
                if let Some(file) = file {
                    held.insert(path, (index, file));
                }
            }
        }
        let mut extent = Extent::default();
        if !held.values().all(|(_, file)| extent.add(&file.entry)) {
            return Ok(None);
        }
        extent = Extent::default();
        let mut files = Vec::new();
        for (path, (layer, file)) in held {
            let Some(file) = self.named(path, layer, file)? else {
                continue;
            };
            if !extent.add(&file.entry) {
                return Ok(None);
            }
            files.push(file);
        }
        Ok(Some(files))
    }

    /// The file itself, where what was found is a hard link to one.
    fn named(
        &self,
        path: TreePath,
        layer: usize,
        file: ViewFile,
    ) -> Result<Option<ViewFile>, Error> {
        let EntryKind::Hardlink { target } = &file.entry.kind else {
            return Ok(Some(file));
        };
        let layers = self.layers.get(..=layer).unwrap_or_default();
        let wanted = std::iter::once(target.clone()).collect();
        let mut found = self.search(layers, wanted, MAX_REPEATED_BYTES, 1)?;
        Ok(found.remove(target).map(|mut file| {
            file.entry.path = path;
            file
        }))
    }
}

/// What one layer says of a folder.
struct Pass<'a> {
    folder: &'a TreePath,
    /// What stands at a path; none for a directory or a symbolic link, of which a table knows.
    found: BTreeMap<TreePath, Option<ViewFile>>,
    directories: BTreeSet<TreePath>,
    gone: Vec<Whiteout>,
    bytes: u64,
}

impl<'a> Pass<'a> {
    fn over(
        layer: &Descriptor,
        source: &dyn BlobSource,
        folder: &'a TreePath,
    ) -> Result<Self, Error> {
        let mut pass = Self {
            folder,
            found: BTreeMap::new(),
            directories: BTreeSet::new(),
            gone: Vec::new(),
            bytes: 0,
        };
        each_entry(layer, source, &mut |entry, content| {
            pass.visit(entry, content)
        })?;
        Ok(pass)
    }

    fn visit(&mut self, entry: Entry, content: &mut dyn Read) -> Result<(), Error> {
        if let Some(whiteout) = entry.whiteout() {
            self.gone.push(whiteout);
            return Ok(());
        }
        let inside = entry.path.starts_with(self.folder);
        if !inside && (entry.is_directory() || !self.folder.starts_with(&entry.path)) {
            return Ok(());
        }
        if !inside {
            // Something other than a directory stands on the way to the folder.
            self.gone.push(Whiteout::Path(entry.path));
            return Ok(());
        }
        match &entry.kind {
            // What a directory of a lower layer holds stays below that of a higher one.
            EntryKind::Directory => {
                self.found.remove(&entry.path);
                self.directories.insert(entry.path);
                return Ok(());
            }
            EntryKind::Symlink { .. } => {
                self.found.insert(entry.path, None);
                return Ok(());
            }
            _ => {}
        }
        let mut bytes = Vec::new();
        if let EntryKind::File { size } = entry.kind {
            self.bytes = self.bytes.saturating_add(size);
        }
        if self.bytes <= MAX_REPEATED_BYTES {
            content
                .read_to_end(&mut bytes)
                .map_err(|source| Error::io(format!("reading {}", entry.path), source))?;
        }
        let path = entry.path.clone();
        self.found.insert(path, Some(ViewFile { entry, bytes }));
        Ok(())
    }

    fn hides(&self, path: &TreePath) -> bool {
        self.directories.contains(path)
            || self.gone.iter().any(|gone| match gone {
                Whiteout::Path(gone) => path.starts_with(gone),
                Whiteout::Opaque(gone) => path.starts_with(gone) && path != gone,
            })
    }
}
