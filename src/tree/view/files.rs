//! A lazy, read-only union of layers: single files of an image without unpacking it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::oci::{BlobSource, Descriptor};
use crate::path::TreePath;

use crate::tree::{Entry, EntryKind, Error, Limits, Whiteout, read_layer};

/// Most hard links that lead from one to the next before a layer is refused.
const MAX_HOPS: usize = 8;

/// A path of a view with its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewFile {
    /// What stands there; of a hard link the file it names, under the wanted path.
    pub entry: Entry,
    /// The content of a file; empty for everything else.
    pub bytes: Vec<u8>,
}

/// The files of some layers stacked on each other.
///
/// Paths are literal: whoever has the directory table follows symbolic links before.
#[derive(Clone)]
pub struct View {
    pub(in crate::tree) layers: Vec<Descriptor>,
    pub(in crate::tree) source: Arc<dyn BlobSource>,
}

impl View {
    /// A view of layers, the lowest first.
    #[must_use]
    pub fn new(layers: Vec<Descriptor>, source: Arc<dyn BlobSource>) -> Self {
        Self { layers, source }
    }

    /// Reads the wanted paths that exist; a file larger than `limit_each` bytes is an error.
    ///
    /// Layers are streamed from the top, each at most once unless hard links lead back into it, and
    /// each to its end, so that nothing is believed before the blob's digest was checked. Layers
    /// below the last one that is needed are not touched.
    pub fn read(
        &self,
        wanted: &[TreePath],
        limit_each: u64,
    ) -> Result<BTreeMap<TreePath, ViewFile>, Error> {
        self.search(
            &self.layers,
            wanted.iter().cloned().collect(),
            limit_each,
            0,
        )
    }

    pub(in crate::tree) fn search(
        &self,
        layers: &[Descriptor],
        mut wanted: BTreeSet<TreePath>,
        limit: u64,
        hops: usize,
    ) -> Result<BTreeMap<TreePath, ViewFile>, Error> {
        let mut files = BTreeMap::new();
        for (index, layer) in layers.iter().enumerate().rev() {
            let Some(first) = wanted.first() else {
                break;
            };
            if hops > MAX_HOPS {
                return Err(Error::Links {
                    path: first.clone(),
                    limit: MAX_HOPS,
                });
            }
            let pass = Pass::over(layer, self.source.as_ref(), &wanted, limit)?;
            let targets: BTreeSet<_> = pass.links.values().cloned().collect();
            if !targets.is_empty() {
                let found = self.search(&layers[..=index], targets, limit, hops + 1)?;
                for (path, target) in &pass.links {
                    if let Some(mut file) = found.get(target).cloned() {
                        file.entry.path = path.clone();
                        files.insert(path.clone(), file);
                    }
                }
            }
            let Pass {
                found,
                links,
                hidden,
                ..
            } = pass;
            wanted.retain(|path| {
                !found.contains_key(path) && !links.contains_key(path) && !hidden.contains(path)
            });
            files.extend(found);
        }
        Ok(files)
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View")
            .field("layers", &self.layers)
            .finish_non_exhaustive()
    }
}

/// Reads a layer to its end, so that its digest is checked.
pub(super) fn each_entry(
    layer: &Descriptor,
    source: &dyn BlobSource,
    visit: &mut dyn FnMut(Entry, &mut dyn Read) -> Result<(), Error>,
) -> Result<(), Error> {
    let blob = source.open(layer)?;
    let mut visit = |entry: Entry, content: &mut dyn Read| {
        visit(entry, content)?;
        Ok(ControlFlow::Continue(()))
    };
    read_layer(blob, layer.media_type(), &Limits::default(), &mut visit)?;
    Ok(())
}

/// What one layer says of the wanted paths.
struct Pass<'a> {
    wanted: &'a BTreeSet<TreePath>,
    /// Every directory above a wanted path.
    above: BTreeSet<TreePath>,
    limit: u64,
    found: BTreeMap<TreePath, ViewFile>,
    links: BTreeMap<TreePath, TreePath>,
    hidden: BTreeSet<TreePath>,
}

impl<'a> Pass<'a> {
    fn over(
        layer: &Descriptor,
        source: &dyn BlobSource,
        wanted: &'a BTreeSet<TreePath>,
        limit: u64,
    ) -> Result<Self, Error> {
        let above = wanted
            .iter()
            .flat_map(|path| std::iter::successors(path.parent(), TreePath::parent))
            .collect();
        let mut pass = Self {
            wanted,
            above,
            limit,
            found: BTreeMap::new(),
            links: BTreeMap::new(),
            hidden: BTreeSet::new(),
        };
        each_entry(layer, source, &mut |entry, content| {
            pass.visit(entry, content)
        })?;
        Ok(pass)
    }

    fn visit(&mut self, entry: Entry, content: &mut dyn Read) -> Result<(), Error> {
        match entry.whiteout() {
            Some(Whiteout::Path(gone)) => {
                self.hide(|path| path.starts_with(&gone));
                return Ok(());
            }
            Some(Whiteout::Opaque(gone)) => {
                self.hide(|path| path.starts_with(&gone) && *path != gone);
                return Ok(());
            }
            None => {}
        }
        if !entry.is_directory() && self.above.contains(&entry.path) {
            self.hide(|path| path.starts_with(&entry.path) && *path != entry.path);
        }
        if !self.wanted.contains(&entry.path) {
            return Ok(());
        }
        // Of two entries for one path the later one wins.
        self.found.remove(&entry.path);
        self.links.remove(&entry.path);
        let mut bytes = Vec::new();
        match &entry.kind {
            EntryKind::Hardlink { target } => {
                self.links.insert(entry.path, target.clone());
                return Ok(());
            }
            EntryKind::File { size } if *size > self.limit => {
                return Err(Error::TooLarge {
                    path: entry.path.clone(),
                    size: *size,
                    limit: self.limit,
                });
            }
            _ => content
                .read_to_end(&mut bytes)
                .map_err(|source| Error::io(format!("reading {}", entry.path), source))?,
        };
        let file = ViewFile { entry, bytes };
        self.found.insert(file.entry.path.clone(), file);
        Ok(())
    }

    fn hide(&mut self, gone: impl Fn(&TreePath) -> bool) {
        let gone = self.wanted.iter().filter(|path| gone(path)).cloned();
        self.hidden.extend(gone);
    }
}
