//! Layers of steps: found under their keys, or packed.

use std::io::Cursor;
use std::sync::Arc;

use rayon::prelude::*;

use crate::action::Action;
use crate::oci::{Digest, platform_name, sorted_json};
use crate::origin::Origin;
use crate::path::TreePath;
use crate::recipe::{Flavour, RECORD_PATH, Record, TABLE_PATH};
use crate::store::Store;
use crate::tree::{Codec, EntryKind, LayerWriter, Packed};

use super::error::Error;
use super::input::write_input;
use super::key::{entry_note, joined_key};
use super::lower::lower;
use super::parent::ParentImage;
use super::piece::{Piece, PieceContent, PureStep, plain};
use super::stack::{Outcome, Step};
use super::state::State;

/// Layers above which neighbouring steps share one; runtimes stop at 127.
const MANY_LAYERS: usize = 120;

/// Most layers that runtimes mount.
const MOST_LAYERS: usize = 127;

/// What the layers of a flavour are packed for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packing<'a> {
    /// The flavour.
    pub flavour: &'a Flavour,
    /// What it stacks on.
    pub parent: &'a ParentImage,
    /// How layers are compressed.
    pub codec: Codec,
    /// Where they are kept.
    pub store: &'a Store,
}

impl Packing<'_> {
    /// Packs the layer of every step that has none; none of them runs commands.
    pub(super) fn layers(self, steps: &[Step], outcomes: &mut [Outcome]) -> Result<(), Error> {
        let full = outcomes
            .iter()
            .filter(|outcome| outcome.key.is_some())
            .count();
        let room = self.room();
        self.refuse(full.min(room))?;
        if full > room {
            return self.join(steps, outcomes, room);
        }
        self.fill(steps, outcomes)
    }

    /// Refuses a stack that runtimes would not mount, and whose steps cannot share layers.
    pub(super) fn refuse_many(self, outcomes: &[Outcome]) -> Result<(), Error> {
        let full = outcomes.iter().filter(|outcome| outcome.layer.is_some());
        self.refuse(full.count())
    }

    /// How many layers this flavour may add.
    fn room(self) -> usize {
        MANY_LAYERS
            .saturating_sub(self.parent.layers.len() + 1)
            .max(1)
    }

    fn refuse(self, own: usize) -> Result<(), Error> {
        let layers = self.parent.layers.len() + own + 1;
        if layers <= MOST_LAYERS {
            return Ok(());
        }
        Err(Error::Layers {
            flavour: self.flavour.name.clone(),
            layers,
        })
    }

    /// Packs the layers that are missing of steps that only write.
    pub(super) fn fill(self, steps: &[Step], outcomes: &mut [Outcome]) -> Result<(), Error> {
        let done = |outcome: &Outcome| outcome.missed.is_none() || outcome.layer.is_some();
        if outcomes.iter().all(done) {
            return Ok(());
        }
        let platform = platform_name(&self.flavour.platform);
        outcomes.par_iter_mut().zip(steps).enumerate().try_for_each(
            |(position, (outcome, step))| {
                let note = entry_note(&self.flavour.name, &platform, position);
                self.pack_missing(outcome, step, &note)
            },
        )
    }

    fn pack_missing(self, outcome: &mut Outcome, step: &Step, note: &Digest) -> Result<(), Error> {
        let (Some(key), None, Some(pieces)) = (outcome.key, &outcome.layer, &step.pieces) else {
            return Ok(());
        };
        let packed = self.pack(pieces)?;
        self.store.put_step(&key, &packed)?;
        self.store.put_note(
            "parts",
            note,
            &sorted_json(&step.parts.with_actions(&step.actions)),
        )?;
        outcome.layer = Some(packed);
        Ok(())
    }

    fn pack(self, pieces: &PureStep) -> Result<Packed, Error> {
        self.store.pack(self.codec, |writer| {
            pieces
                .pieces
                .values()
                .try_for_each(|piece| write_piece(piece, writer))
        })
    }

    /// Packs neighbouring steps together, so that at most `room` layers come out; each keeps its
    /// line of history, the first of a group has the layer.
    fn join(self, steps: &[Step], outcomes: &mut [Outcome], room: usize) -> Result<(), Error> {
        let size = steps.len().div_ceil(room);
        let mut state = self.parent.state.clone();
        for (some, outcomes) in steps.chunks(size).zip(outcomes.chunks_mut(size)) {
            let keys: Vec<Digest> = some.iter().filter_map(|step| step.key).collect();
            let pieces = self.lower_together(some, &mut state)?;
            if keys.is_empty() {
                continue;
            }
            let key = joined_key(&keys);
            let found = self.store.step(&key)?;
            let missed = found
                .is_none()
                .then(|| "packed together with its neighbours".to_owned());
            let packed = match found {
                Some(packed) => packed,
                None => self.pack(&pieces)?,
            };
            self.store.put_step(&key, &packed)?;
            let mut packed = Some(packed);
            for outcome in outcomes {
                outcome.missed.clone_from(&missed);
                outcome.layer = if outcome.key.is_some() {
                    packed.take()
                } else {
                    None
                };
            }
        }
        Ok(())
    }

    fn lower_together(self, some: &[Step], state: &mut State) -> Result<PureStep, Error> {
        let actions: Vec<Action> = some.iter().flat_map(|step| step.actions.clone()).collect();
        lower(state, &actions).map_err(|source| Error::Step {
            entry: "joined steps".into(),
            origin: some
                .first()
                .map_or_else(Origin::builtin, |step| step.origin.clone()),
            source,
        })
    }
}

pub(super) fn write_piece<W: std::io::Write + Send + 'static>(
    piece: &Piece,
    writer: &mut LayerWriter<W>,
) -> Result<(), Error> {
    match &piece.content {
        PieceContent::None => writer.append(&piece.entry, &mut std::io::empty())?,
        PieceContent::Bytes(bytes) => {
            writer.append(&piece.entry, &mut Cursor::new(bytes.as_ref()))?;
        }
        PieceContent::Input(input) => {
            write_input(input, &piece.entry, writer)?;
        }
    }
    Ok(())
}

/// Finds or packs the record layer, which is always the last.
pub(super) fn record_layer(
    record: &Record,
    state: &State,
    codec: Codec,
    store: &Store,
) -> Result<Packed, Error> {
    let files: [(&str, Arc<[u8]>); 2] = [
        (RECORD_PATH, record.to_bytes().into()),
        (TABLE_PATH, state.table.to_bytes()),
    ];
    let digests: Vec<Digest> = files.iter().map(|(_, bytes)| Digest::of(bytes)).collect();
    let key = Digest::of(&sorted_json(&serde_json::json!({
        "format": crate::recipe::FORMAT,
        "kind": "record",
        "files": digests,
        "codec": codec.name(),
    })));
    if let Some(packed) = store.step(&key)? {
        return Ok(packed);
    }
    let folder = TreePath::parse("/usr/lib/terroir").expect("a constant path");
    let packed = store.pack(codec, |writer| {
        for path in [
            folder.parent().and_then(|lib| lib.parent()),
            folder.parent(),
            Some(folder.clone()),
        ] {
            let path = path.unwrap_or_default();
            let mut entry = plain(&path, EntryKind::Directory, (0o755, 0, 0));
            if let Some(row) = state.table.get(&path).filter(|row| row.link.is_none()) {
                (entry.mode, entry.uid, entry.gid) = (row.mode, row.uid, row.gid);
                entry.xattrs.clone_from(&row.xattrs);
            }
            writer.append(&entry, &mut std::io::empty())?;
        }
        let mut sorted = [&files[1], &files[0]];
        sorted.sort_by_key(|(path, _)| *path);
        for (path, bytes) in sorted {
            let path = TreePath::parse(path).expect("a constant path");
            let kind = EntryKind::File {
                size: bytes.len() as u64,
            };
            writer.append(
                &plain(&path, kind, (0o644, 0, 0)),
                &mut Cursor::new(bytes.as_ref()),
            )?;
        }
        Ok::<_, Error>(())
    })?;
    store.put_step(&key, &packed)?;
    store.put_note("records", &packed.diff_id, &files[0].1)?;
    store.put_note("tables", &packed.diff_id, &files[1].1)?;
    Ok(packed)
}
