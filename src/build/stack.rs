//! Steps in their order: keys, layers found or packed, and the record on top.

use std::collections::BTreeSet;
use std::io::Cursor;

use rayon::prelude::*;

use crate::action::Action;
use crate::oci::{Descriptor, Digest, descriptor, layer_type, platform_name, sorted_json};
use crate::origin::{Diagnostic, Origin, Severity};
use crate::path::TreePath;
use crate::recipe::{Claims, Entry, Flavour, Proposal, RECORD_PATH, Record, TABLE_PATH};
use crate::setting::{Kind, Refusal};
use crate::store::{Staged, Store};
use crate::tree::{Codec, EntryKind, LayerWriter, Packed};

use super::error::{Error, StepError};
use super::finish;
use super::key::{Parts, entry_note, joined_key, pure_key};
use super::lower::{Piece, PieceContent, PureStep, lower};
use super::parent::ParentImage;
use super::state::State;

/// Layers above which neighbouring steps share one; runtimes stop at 127.
const MANY_LAYERS: usize = 120;

/// A step whose layer is known to its last byte, though not packed yet.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// The entry's label, or `finish: …`.
    pub label: String,
    /// Where the entry is written.
    pub origin: Origin,
    /// Its key; none when the step changes nothing.
    pub key: Option<Digest>,
    /// What it does.
    pub actions: Vec<Action>,
    /// What of it has no effect, and why.
    pub notes: Vec<Diagnostic>,
    /// The parts of its key.
    parts: Parts,
    /// The entries of its layer.
    pieces: PureStep,
}

/// What became of a step.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The entry's label.
    pub label: String,
    /// Where it is written.
    pub origin: Origin,
    /// Its key; none when it changes nothing.
    pub key: Option<Digest>,
    /// Why it was not found; none when it was.
    pub missed: Option<String>,
    /// The actions of the step.
    pub actions: Vec<Action>,
    /// What of it has no effect, and why.
    pub notes: Vec<Diagnostic>,
    /// Its layer; none when it changes nothing, shares another's or was only planned.
    pub layer: Option<Packed>,
}

/// The steps of a flavour over its parent, and the state that they leave.
#[derive(Debug)]
pub(super) struct Steps {
    /// The steps in order, finish included, record not.
    pub steps: Vec<Step>,
    /// The state after all of them.
    pub state: State,
}

/// Lowers every entry of a flavour and its finish phase.
pub(super) fn steps(flavour: &Flavour, parent: &ParentImage, codec: Codec) -> Result<Steps, Error> {
    let mut state = parent.state.clone();
    let mut claims = flavour.inherited.clone();
    let mut steps = Vec::new();
    let mut requests = BTreeSet::new();
    for entry in &flavour.entries {
        let failed = |source| Error::Step {
            entry: entry.label.clone(),
            origin: entry.origin.clone(),
            source,
        };
        let (actions, notes) =
            entry_actions(flavour, entry, &mut claims, &state).map_err(failed)?;
        requests.extend(entry.finish.iter().copied());
        let step = step(&entry.label, &entry.origin, actions, &mut state, codec).map_err(failed)?;
        steps.push(Step { notes, ..step });
    }
    for request in requests {
        let origin = Origin::builtin();
        let label = finish::label(request);
        let failed = |source| Error::Step {
            entry: label.clone(),
            origin: origin.clone(),
            source,
        };
        let actions = finish::actions(request, &state).map_err(failed)?;
        steps.push(step(&label, &origin, actions, &mut state, codec).map_err(failed)?);
    }
    Ok(Steps { steps, state })
}

/// The actions of an entry: its own, then the whole files of the setting kinds that it touches;
/// with them what has no effect.
fn entry_actions(
    flavour: &Flavour,
    entry: &Entry,
    claims: &mut Claims,
    state: &State,
) -> Result<(Vec<Action>, Vec<Diagnostic>), StepError> {
    let mut actions = entry.actions.clone();
    if entry.proposals.is_empty() {
        return Ok((actions, Vec::new()));
    }
    // Settings may depend on what the entry itself writes: a unit and its enabling.
    let mut after = state.clone();
    after.passed_over = flavour.last_wins.then(Vec::new);
    lower(&mut after, &actions)?;
    for proposal in &entry.proposals {
        // Merging was checked when the recipe was loaded; here it only moves the table on.
        claims.adopt(proposal, &flavour.name, flavour.tier);
    }
    for kind in Kind::ALL {
        let touched: BTreeSet<String> = entry
            .proposals
            .iter()
            .filter(|proposal| proposal.setting.kind == kind)
            .map(|proposal| proposal.setting.name.clone())
            .collect();
        if touched.is_empty() {
            continue;
        }
        let all = claims.of_kind(kind);
        let rendered = kind
            .render(&all, &touched, &mut after)
            .map_err(|refusal| StepError::Setting(Box::new(located(&refusal, entry))))?;
        lower(&mut after, &rendered)?;
        actions.extend(rendered);
    }
    let passed = after.passed_over.into_iter().flatten();
    let notes = passed.map(|refusal| Diagnostic {
        severity: Severity::Warning,
        ..located(&refusal, entry)
    });
    Ok((actions, notes.collect()))
}

/// A refusal with the place at which the entry states the setting.
fn located(refusal: &Refusal, entry: &Entry) -> Diagnostic {
    let states = |proposal: &&Proposal| proposal.setting.key() == refusal.setting();
    let stated = entry.proposals.iter().rev().find(states);
    let origin = stated.map_or(&entry.origin, |proposal| &proposal.setting.origin);
    refusal.diagnostic(origin)
}

fn step(
    label: &str,
    origin: &Origin,
    actions: Vec<Action>,
    state: &mut State,
    codec: Codec,
) -> Result<Step, StepError> {
    let pieces = lower(state, &actions)?;
    let (key, parts) = pure_key(&actions, &pieces, codec);
    let key = (!pieces.pieces.is_empty()).then_some(key);
    Ok(Step {
        label: label.to_owned(),
        origin: origin.clone(),
        key,
        actions,
        notes: Vec::new(),
        parts,
        pieces,
    })
}

/// Says of each step whether its layer is there, and why not; builds nothing.
pub(super) fn look(steps: &Steps, flavour: &Flavour, store: &Store) -> Result<Vec<Outcome>, Error> {
    let platform = platform_name(&flavour.platform);
    let look = |(position, step): (usize, &Step)| -> Result<Outcome, Error> {
        let found = match &step.key {
            Some(key) => store.step(key)?,
            None => None,
        };
        let missed = match (&step.key, &found) {
            (Some(_), None) => Some(why_missed(step, flavour, &platform, position, store)?),
            _ => None,
        };
        Ok(Outcome {
            label: step.label.clone(),
            origin: step.origin.clone(),
            key: step.key,
            missed,
            actions: step.actions.clone(),
            notes: step.notes.clone(),
            layer: found,
        })
    };
    steps.steps.iter().enumerate().map(look).collect()
}

fn why_missed(
    step: &Step,
    flavour: &Flavour,
    platform: &str,
    position: usize,
    store: &Store,
) -> Result<String, Error> {
    let before = store.note("parts", &entry_note(&flavour.name, platform, position))?;
    let before: Option<Parts> = before.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    Ok(step.parts.difference(before.as_ref()))
}

/// Finds or packs the layer of every step.
pub(super) fn layers(
    steps: &Steps,
    flavour: &Flavour,
    parent: &ParentImage,
    codec: Codec,
    store: &Store,
) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = look(steps, flavour, store)?;
    let full = outcomes
        .iter()
        .filter(|outcome| outcome.key.is_some())
        .count();
    let room = MANY_LAYERS.saturating_sub(parent.layers.len() + 1).max(1);
    if full > room {
        return join(steps, flavour, parent, codec, store, room);
    }
    let platform = platform_name(&flavour.platform);
    outcomes
        .par_iter_mut()
        .zip(&steps.steps)
        .enumerate()
        .try_for_each(|(position, (outcome, step))| {
            let (Some(key), None) = (outcome.key, &outcome.layer) else {
                return Ok(());
            };
            let packed = store.pack(codec, |writer| write(&step.pieces, writer))?;
            store.put_step(&key, &packed)?;
            store.put_note(
                "parts",
                &entry_note(&flavour.name, &platform, position),
                &sorted_json(&step.parts),
            )?;
            outcome.layer = Some(packed);
            Ok(())
        })
        .map_err(|error: Error| error)?;
    Ok(outcomes)
}

/// Packs neighbouring steps together, so that at most `room` layers come out.
fn join(
    steps: &Steps,
    flavour: &Flavour,
    parent: &ParentImage,
    codec: Codec,
    store: &Store,
    room: usize,
) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = look(steps, flavour, store)?;
    let size = steps.steps.len().div_ceil(room);
    let mut state = parent.state.clone();
    for (group, some) in steps.steps.chunks(size).enumerate() {
        let keys: Vec<Digest> = some.iter().filter_map(|step| step.key).collect();
        let actions: Vec<Action> = some.iter().flat_map(|step| step.actions.clone()).collect();
        let first = some
            .first()
            .map_or_else(Origin::builtin, |step| step.origin.clone());
        let failed = |source| Error::Step {
            entry: "joined steps".into(),
            origin: first.clone(),
            source,
        };
        let pieces = lower(&mut state, &actions).map_err(failed)?;
        if keys.is_empty() {
            continue;
        }
        let key = joined_key(&keys);
        let packed = match store.step(&key)? {
            Some(packed) => packed,
            None => store.pack(codec, |writer| write(&pieces, writer))?,
        };
        store.put_step(&key, &packed)?;
        let mut packed = Some(packed);
        for outcome in outcomes.iter_mut().skip(group * size).take(some.len()) {
            outcome.missed = None;
            outcome.layer = if outcome.key.is_some() {
                packed.take()
            } else {
                None
            };
        }
    }
    if parent.layers.len() + room >= 127 {
        return Err(Error::Layers {
            flavour: flavour.name.clone(),
            layers: parent.layers.len() + room + 1,
        });
    }
    Ok(outcomes)
}

/// Writes the entries of a step into a layer.
fn write(step: &PureStep, writer: &mut LayerWriter<Staged>) -> Result<(), Error> {
    step.pieces
        .values()
        .try_for_each(|piece| write_piece(piece, writer))
}

fn write_piece(piece: &Piece, writer: &mut LayerWriter<Staged>) -> Result<(), Error> {
    match &piece.content {
        PieceContent::None => writer.append(&piece.entry, &mut std::io::empty())?,
        PieceContent::Bytes(bytes) => {
            writer.append(&piece.entry, &mut Cursor::new(bytes.as_ref()))?
        }
        PieceContent::Input(input) => {
            // Read whole and checked, so that a file that changes under the build is found out.
            let content = crate::action::Content::Input(input.clone());
            let bytes = super::state::read_content(&content).map_err(|source| Error::Step {
                entry: input.path.clone(),
                origin: Origin::of_file(&input.path),
                source,
            })?;
            writer.append(&piece.entry, &mut Cursor::new(bytes.as_ref()))?;
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
    let files = [
        (RECORD_PATH, record.to_bytes()),
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
            let mut entry = super::lower::plain(&path, EntryKind::Directory, (0o755, 0, 0));
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
                &super::lower::plain(&path, kind, (0o644, 0, 0)),
                &mut Cursor::new(bytes),
            )?;
        }
        Ok::<_, Error>(())
    })?;
    store.put_step(&key, &packed)?;
    store.put_note("records", &packed.diff_id, &files[0].1)?;
    store.put_note("tables", &packed.diff_id, &files[1].1)?;
    Ok(packed)
}

/// Describes a packed layer.
pub(super) fn layer(packed: &Packed) -> Descriptor {
    descriptor(layer_type(packed.codec.name()), &packed.digest, packed.size)
}
