//! The copy of a fresh base into a layer: sorted, without what belongs to the machine or the
//! moment.

use std::collections::BTreeMap;
use std::io::{BufWriter, Cursor, Read, Seek as _, SeekFrom, Write};
use std::path::Path;

use crate::engine::error::Error;
use crate::engine::root::{Scan, wants};
use crate::package::{Fate, fate, settle_shadow};
use crate::path::TreePath;
use crate::store::Staged;
use crate::tree::{Entry, EntryKind, LayerWriter};

use super::tar::walk;

/// An entry of a fresh base whose content is kept aside until its turn comes.
struct Spooled {
    entry: Entry,
    offset: u64,
}

/// Copies a fresh base into a layer, sorted, without what belongs to the machine or the moment.
pub(super) fn copy_base(
    tar: &Path,
    epoch: u64,
    writer: &mut LayerWriter<Staged>,
    scan: &mut Scan,
) -> Result<(), Error> {
    let doing = || format!("keeping the files of {} aside", tar.display());
    let failed = |source| Error::Io {
        doing: doing(),
        source,
    };
    let folder = tar.parent().unwrap_or(Path::new("."));
    let mut spool = tempfile::tempfile_in(folder).map_err(failed)?;
    let mut entries = spool_base(tar, epoch, &mut BufWriter::new(&mut spool))?;
    settle_hard_links(&mut entries);
    let mut scan = scan.layer();
    for (_, Spooled { entry, offset }) in entries {
        spool.seek(SeekFrom::Start(offset)).map_err(failed)?;
        if wants(&entry) {
            let mut bytes = Vec::new();
            let EntryKind::File { size } = entry.kind else {
                continue;
            };
            Read::take(&mut spool, size)
                .read_to_end(&mut bytes)
                .map_err(failed)?;
            scan.entry(&entry, &mut Cursor::new(&bytes))?;
            writer.append(&entry, &mut Cursor::new(&bytes))?;
        } else {
            scan.entry(&entry, &mut std::io::empty())?;
            let size = if let EntryKind::File { size } = entry.kind {
                size
            } else {
                0
            };
            writer.append(&entry, &mut Read::take(&mut spool, size))?;
        }
    }
    Ok(())
}

/// Reads a fresh base, decides about each entry and keeps the contents in one file.
fn spool_base(
    tar: &Path,
    epoch: u64,
    spool: &mut dyn Write,
) -> Result<BTreeMap<TreePath, Spooled>, Error> {
    let mut entries = BTreeMap::new();
    let mut offset = 0;
    walk(tar, &mut |mut entry, content| {
        if entry.path.is_root() {
            return Ok(());
        }
        entry.mtime = entry.mtime.min(epoch);
        let failed = |source| crate::tree::Error::io("keeping the files of the base aside", source);
        let size = match fate(&entry.path, entry.is_directory()) {
            Fate::Drop | Fate::Tell => return Ok(()),
            Fate::Keep => std::io::copy(content, spool).map_err(failed)?,
            Fate::Empty => 0,
            Fate::Shadow => {
                let mut text = String::new();
                content.read_to_string(&mut text).map_err(failed)?;
                let text = settle_shadow(&text, epoch);
                spool.write_all(text.as_bytes()).map_err(failed)?;
                text.len() as u64
            }
        };
        if let EntryKind::File { size: stated } = &mut entry.kind {
            *stated = size;
        }
        entries.insert(entry.path.clone(), Spooled { entry, offset });
        offset += size;
        Ok(())
    })?;
    spool.flush().map_err(|source| Error::Io {
        doing: "keeping the files of the base aside".into(),
        source,
    })?;
    Ok(entries)
}

/// Makes the first name of a file in the order of paths the file, and its other names links to it.
fn settle_hard_links(entries: &mut BTreeMap<TreePath, Spooled>) {
    let mut names: BTreeMap<TreePath, Vec<TreePath>> = BTreeMap::new();
    for (path, spooled) in entries.iter() {
        if let EntryKind::Hardlink { target } = &spooled.entry.kind {
            names.entry(target.clone()).or_default().push(path.clone());
        }
    }
    for (target, links) in names {
        let Some(first) = links.iter().min().filter(|first| **first < target).cloned() else {
            continue;
        };
        let (Some(file), Some(link)) = (entries.remove(&target), entries.remove(&first)) else {
            continue;
        };
        let kind = EntryKind::Hardlink {
            target: first.clone(),
        };
        let moved = Spooled {
            entry: Entry {
                path: first.clone(),
                ..file.entry.clone()
            },
            offset: file.offset,
        };
        let named = Spooled {
            entry: Entry {
                path: target.clone(),
                kind: kind.clone(),
                ..link.entry
            },
            offset: 0,
        };
        entries.insert(first.clone(), moved);
        entries.insert(target, named);
        for other in links.into_iter().filter(|other| *other != first) {
            if let Some(spooled) = entries.get_mut(&other) {
                spooled.entry.kind = kind.clone();
            }
        }
    }
}
