//! The changes of a run as a layer.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{Read as _, empty};
use std::path::Path;

use crate::engine::root::wants;
use crate::package::{Fate, fate_in_step, settle_machine_id, settle_shadow};
use crate::path::TreePath;
use crate::sandbox::{Isolation, Overlay, mount_overlay, unmount};
use crate::store::Store;
use crate::tree::{
    Change, Changes, Codec, Comparison, Contents, Entry, EntryKind, LayerWriter, Settled,
    repeat_changed,
};

use super::accounts::give_back;
use super::folders::{Folders, promised};
use super::opt::deliver;
use super::scratch::scratch_entries;
use super::stubs::Stubs;
use crate::engine::helper::error::TaskError;
use crate::engine::helper::files::{ownership, remove, settle_into};
use crate::engine::helper::task::{PackTask, PackedReply, Reply, RunTask, SKELETON};

/// A layer, if anything changed, and files that are left out of it and should not be missed.
type Written = (Option<PackedReply>, Vec<TreePath>);

/// Packs what a run changed, and keeps the changes as an unpacked layer.
pub(super) fn pack(
    task: &RunTask,
    folders: &Folders,
    how: &PackTask,
    stubs: &Stubs,
) -> Result<Reply, TaskError> {
    if task.isolation == Isolation::Chroot {
        let below = task.layers.first().cloned().unwrap_or_default();
        deliver(&folders.root, &below, !promised(&task.folder).exists())?;
        if promised(&task.folder).exists() {
            for entry in std::fs::read_dir(folders.root.join("var"))? {
                remove(&entry?.path())?;
            }
        }
        give_back(
            &how.accounts,
            &folders.root,
            &below,
            ownership(task.isolation),
        )?;
        let changes = Changes::open(&folders.root, &below, Comparison::Whole)?;
        let none = Stubs {
            stated: stubs.stated.clone(),
            ..Stubs::default()
        };
        let (packed, left) = write(changes, how, (folders, &none))?;
        return Ok(Reply::Packed(packed, left));
    }
    let below = task.folder.join("below");
    mount_overlay(&Overlay {
        layers: &task.layers,
        upper: None,
        work: &task.folder.join("work/below"),
        target: &below,
    })?;
    deliver(&folders.upper, &below, !promised(&task.folder).exists())?;
    if promised(&task.folder).exists() {
        remove(&folders.upper.join("var"))?;
    }
    give_back(
        &how.accounts,
        &folders.upper,
        &below,
        ownership(task.isolation),
    )?;
    repeat_changed(&folders.upper, &below, ownership(task.isolation))?;
    let changes = Changes::open(&folders.upper, &below, Comparison::Upper)?;
    let packed = write(changes, how, (folders, stubs));
    unmount(&below)?;
    let (packed, left) = packed?;
    if let (Some(packed), None) = (&packed, &how.survey) {
        settle_into(&folders.upper, &how.roots.join(packed.diff_id.hex()))?;
    }
    Ok(Reply::Packed(packed, left))
}

fn write(
    mut changes: Changes,
    how: &PackTask,
    (folders, stubs): (&Folders, &Stubs),
) -> Result<Written, TaskError> {
    for stub in stubs.paths.iter().rev() {
        changes.forget_stub(&TreePath::parse(stub)?)?;
    }
    let epoch = how.epoch;
    let stated: BTreeSet<&TreePath> = how.stated.iter().chain(&stubs.stated).collect();
    let left = RefCell::new(Vec::new());
    let settle = |entry: &Entry| match stated.contains(&entry.path) {
        true => Settled::Keep,
        false => settle(entry, epoch, &left),
    };
    let (changes, mut contents) = changes.list(epoch, &settle)?;
    refuse_record(&changes, &stated)?;
    if let Some(survey) = &how.survey {
        let mut entries = scratch_entries(&folders.scratch)?;
        let changed = changes.into_iter().map(|change| change.entry);
        entries.extend(changed.map(|entry| (entry.path.clone(), entry)));
        let mut skeleton = LayerWriter::new(Vec::new(), Codec::Zstd)?;
        for entry in entries.values() {
            note(entry, &mut contents, &mut skeleton)?;
        }
        std::fs::write(survey, skeleton.finish()?.0)?;
        return Ok((None, Vec::new()));
    }
    let left = left.into_inner();
    if changes.is_empty() {
        return Ok((None, left));
    }
    let codec = Codec::from_name(&how.codec)
        .ok_or_else(|| TaskError::Message(format!("there is no codec {}", how.codec), None))?;
    let store = Store::open(Path::new(&how.store))?;
    let mut skeleton = LayerWriter::new(Vec::new(), Codec::Zstd)?;
    let packed = store.pack::<crate::engine::Error>(codec, |writer| {
        for change in &changes {
            append(&change.entry, &mut contents, writer, &mut skeleton)?;
        }
        Ok(())
    })?;
    let (skeleton, _) = skeleton.finish()?;
    store.put_note(SKELETON, &packed.diff_id, &skeleton)?;
    let packed = PackedReply {
        diff_id: packed.diff_id,
        digest: packed.digest,
        size: packed.size,
        uncompressed: packed.uncompressed,
    };
    Ok((Some(packed), left))
}

fn append<W: std::io::Write + Send + 'static>(
    entry: &Entry,
    contents: &mut Contents,
    writer: &mut LayerWriter<W>,
    skeleton: &mut LayerWriter<Vec<u8>>,
) -> Result<(), crate::tree::Error> {
    match has_content(entry) {
        true => writer.append(entry, &mut contents.open(&entry.path)?)?,
        false => writer.append(entry, &mut empty())?,
    }
    note(entry, contents, skeleton)
}

fn has_content(entry: &Entry) -> bool {
    matches!(entry.kind, EntryKind::File { .. }) && entry.whiteout().is_none()
}

/// Notes an entry, with its content if somebody may ask for it.
fn note(
    entry: &Entry,
    contents: &mut Contents,
    skeleton: &mut LayerWriter<Vec<u8>>,
) -> Result<(), crate::tree::Error> {
    if !has_content(entry) {
        return skeleton.append(entry, &mut empty());
    }
    if wants(entry) {
        let mut bytes = Vec::new();
        contents
            .open(&entry.path)?
            .read_to_end(&mut bytes)
            .map_err(|source| crate::tree::Error::io("reading a unit", source))?;
        return skeleton.append(entry, &mut bytes.as_slice());
    }
    let named = Entry {
        kind: EntryKind::File { size: 0 },
        ..entry.clone()
    };
    skeleton.append(&named, &mut empty())
}

/// What is known to be of the moment or the machine goes, or is settled.
fn settle(entry: &Entry, epoch: u64, left: &RefCell<Vec<TreePath>>) -> Settled {
    match fate_in_step(&entry.path, matches!(entry.kind, EntryKind::File { .. })) {
        Fate::Drop => Settled::Drop,
        Fate::Tell => {
            left.borrow_mut().push(entry.path.clone());
            Settled::Drop
        }
        Fate::Empty => Settled::Rewrite(Box::new(settle_machine_id)),
        Fate::Shadow => Settled::Rewrite(Box::new(move |bytes| {
            settle_shadow(&String::from_utf8_lossy(bytes), epoch).into_bytes()
        })),
        Fate::Keep => Settled::Keep,
    }
}

/// Refuses what only terroir writes; of that, what terroir stated itself passes.
fn refuse_record(changes: &[Change], stated: &BTreeSet<&TreePath>) -> Result<(), TaskError> {
    let place = TreePath::parse("/usr/lib/terroir")?;
    match changes
        .iter()
        .filter(|change| change.entry.path.starts_with(&place))
        .find(|change| {
            !stated
                .iter()
                .any(|path| path.starts_with(&change.entry.path))
        }) {
        Some(change) => Err(TaskError::Message(
            format!(
                "{} was written, which belongs to the flavour record",
                change.entry.path
            ),
            Some("no step may write below /usr/lib/terroir".to_owned()),
        )),
        None => Ok(()),
    }
}
