//! A folder of the root below with all its contents, as a layer repeats it.

use crate::engine::error::StepError;
use crate::engine::root::{KnownFile, State};
use crate::path::TreePath;
use crate::tree::{Entry, EntryKind, MAX_REPEATED_ENTRIES};

use super::entry::{EntryContent, LayerEntry, PureStep, plain, read_digest};

/// Makes a folder of the root below the layer's own: hidden there, and here again with all that it
/// holds. Importers that unite layers without an overlay keep the metadata of a folder otherwise.
///
/// Does nothing when the layer has the folder already, or when it holds too much.
pub(super) fn repeat(
    step: &mut PureStep,
    state: &State,
    folder: &TreePath,
) -> Result<(), StepError> {
    if has(step, folder)? {
        return Ok(());
    }
    let rows = state
        .table
        .iter()
        .filter(|(path, _)| path.starts_with(folder) && *path != folder);
    let rows: Vec<_> = rows.collect();
    if rows.len() > MAX_REPEATED_ENTRIES {
        return Ok(());
    }
    let Some(files) = state.below(folder)? else {
        return Ok(());
    };
    let opaque = Entry::opaque(folder)?;
    let mut entries = vec![(opaque, EntryContent::None)];
    for (path, row) in rows {
        let kind = match &row.link {
            Some(target) => EntryKind::Symlink {
                target: target.clone(),
            },
            None => EntryKind::Directory,
        };
        let mut entry = plain(path, kind, (row.mode, row.uid, row.gid));
        entry.xattrs.clone_from(&row.xattrs);
        if !step.created.contains(path) {
            step.rows.entry(path.clone()).or_insert_with(|| row.clone());
        }
        entries.push((entry, EntryContent::None));
    }
    for (path, file) in files {
        let mut entry = file.entry.clone();
        entry.mtime = 0;
        let known = KnownFile::from(file);
        let content = match entry.kind {
            EntryKind::File { .. } => EntryContent::Bytes(known.bytes.clone()),
            _ => EntryContent::None,
        };
        if !step.entries.contains_key(&path) {
            step.reads.insert(path, read_digest(&known));
        }
        entries.push((entry, content));
    }
    for (entry, content) in entries {
        let path = entry.path.clone();
        step.entries
            .entry(path)
            .or_insert(LayerEntry { entry, content });
    }
    Ok(())
}

/// Tells whether the layer brings a folder whole already, alone or with one above it.
fn has(step: &PureStep, folder: &TreePath) -> Result<bool, StepError> {
    for above in std::iter::successors(Some(folder.clone()), TreePath::parent) {
        if above.is_root() {
            continue;
        }
        let opaque = step.entries.contains_key(&Entry::opaque(&above)?.path);
        if opaque || step.created.contains(&above) {
            return Ok(true);
        }
    }
    Ok(false)
}
