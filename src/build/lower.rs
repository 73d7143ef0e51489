//! From actions to the entries of a layer, over the parent's directory table.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::action::{Action, Content, Edit, Owner};
use crate::path::TreePath;
use crate::setting::apply;
use crate::tree::{Entry, EntryKind};

use super::error::StepError;
use super::piece::{Piece, PieceContent, PureStep, plain, read_digest};
use super::state::{KnownFile, State, Written};

/// Turns actions into the entries of a layer and moves the state past them.
pub(super) fn lower(state: &mut State, actions: &[Action]) -> Result<PureStep, StepError> {
    let mut lowering = Lowering {
        state,
        step: PureStep::default(),
    };
    for action in actions {
        lowering.action(action)?;
    }
    Ok(lowering.step)
}

struct Lowering<'a> {
    state: &'a mut State,
    step: PureStep,
}

impl Lowering<'_> {
    fn action(&mut self, action: &Action) -> Result<(), StepError> {
        let Some(path) = action.path() else {
            return Err(StepError::Runs);
        };
        let path = self.place(path)?;
        match action {
            Action::Write {
                content,
                mode,
                owner,
                ..
            } => self.write(&path, content, *mode, owner),
            Action::Directory { mode, owner, .. } => self.directory(&path, *mode, owner.as_ref()),
            Action::Edit { edit, .. } => self.edit(&path, edit),
            Action::Link { target, .. } => self.link(&path, target),
            Action::Mode { mode, owner, .. } => self.mode(&path, *mode, owner.as_ref()),
            Action::Remove { .. } => self.remove(&path),
            Action::Copy { .. } | Action::Packages(_) | Action::Run(_) => Err(StepError::Runs),
        }
    }

    /// Follows the links in the directory part of a path and notes the rows that were looked at.
    fn place(&mut self, path: &TreePath) -> Result<TreePath, StepError> {
        let resolved = self
            .state
            .table
            .resolve(path)
            .map_err(StepError::path(path))?;
        self.use_rows(&resolved.rows);
        refuse_reserved(&resolved.path)?;
        Ok(resolved.path)
    }

    fn use_rows(&mut self, paths: &[TreePath]) {
        for path in paths {
            if let (Some(row), false) = (self.state.row(path), self.step.created.contains(path)) {
                self.step
                    .rows
                    .entry(path.clone())
                    .or_insert_with(|| row.clone());
            }
        }
    }

    fn write(
        &mut self,
        path: &TreePath,
        content: &Content,
        mode: u32,
        owner: &Owner,
    ) -> Result<(), StepError> {
        let (uid, gid) = self.state.ids(owner)?;
        let (size, piece) = match content {
            Content::Text(text) => (
                text.len() as u64,
                PieceContent::Bytes(Arc::from(text.as_bytes())),
            ),
            Content::Input(input) => {
                self.step.inputs.insert(input.path.clone(), input.clone());
                (input.size, PieceContent::Input(input.clone()))
            }
        };
        let entry = plain(path, EntryKind::File { size }, (mode, uid, gid));
        self.put(entry, piece)?;
        self.state.note_file(
            path,
            Written::File {
                content: content.clone(),
                mode,
                uid,
                gid,
            },
        )
    }

    fn link(&mut self, path: &TreePath, target: &str) -> Result<(), StepError> {
        let kind = EntryKind::Symlink {
            target: target.as_bytes().to_vec(),
        };
        self.put(plain(path, kind, (0o777, 0, 0)), PieceContent::None)?;
        self.state.note_file(path, Written::Gone)
    }

    fn directory(
        &mut self,
        path: &TreePath,
        mode: Option<u32>,
        owner: Option<&Owner>,
    ) -> Result<(), StepError> {
        let path = &self
            .state
            .table
            .resolve_all(path)
            .map_err(StepError::path(path))?
            .path;
        self.use_rows(std::slice::from_ref(path));
        let owner = owner.map(|owner| self.state.ids(owner)).transpose()?;
        let row = self.state.row(path).filter(|row| row.link.is_none());
        let (old_mode, old_owner) =
            row.map_or((0o755, (0, 0)), |row| (row.mode, (row.uid, row.gid)));
        let xattrs = row.map(|row| row.xattrs.clone()).unwrap_or_default();
        if row.is_none() {
            self.step.created.insert(path.clone());
        }
        let (uid, gid) = owner.unwrap_or(old_owner);
        self.parents(path)?;
        let mut entry = plain(
            path,
            EntryKind::Directory,
            (mode.unwrap_or(old_mode), uid, gid),
        );
        entry.xattrs = xattrs;
        self.insert(entry, PieceContent::None)
    }

    fn edit(&mut self, path: &TreePath, edit: &Edit) -> Result<(), StepError> {
        let found = self.state.read(path)?;
        let (path, mut file) = match found {
            Some((path, file)) => {
                self.step.reads.insert(path.clone(), read_digest(&file));
                (path, file)
            }
            None if edit.create => {
                let file = KnownFile {
                    bytes: Arc::from(&b""[..]),
                    mode: 0o644,
                    uid: 0,
                    gid: 0,
                    xattrs: BTreeMap::new(),
                };
                (path.clone(), file)
            }
            None => return Err(StepError::NoFile(path.clone())),
        };
        let text =
            std::str::from_utf8(&file.bytes).map_err(|_| StepError::NotText(path.clone()))?;
        let text = apply(edit, text);
        file.bytes = Arc::from(text.as_bytes());
        let known = crate::recipe::FileText {
            text,
            mode: file.mode,
            uid: file.uid,
            gid: file.gid,
            xattrs: file.xattrs.clone().into_iter().collect(),
        };
        self.state.texts.insert(path.clone(), known);
        self.put_known(&path, file)
    }

    fn mode(
        &mut self,
        path: &TreePath,
        mode: Option<u32>,
        owner: Option<&Owner>,
    ) -> Result<(), StepError> {
        let resolved = self
            .state
            .table
            .resolve_all(path)
            .map_err(StepError::path(path))?
            .path;
        if self
            .state
            .row(&resolved)
            .is_some_and(|row| row.link.is_none())
        {
            return self.directory(&resolved, mode, owner);
        }
        let Some((path, mut file)) = self.state.read(path)? else {
            return Err(StepError::NoFile(path.clone()));
        };
        self.step.reads.insert(path.clone(), read_digest(&file));
        if let Some(owner) = owner {
            (file.uid, file.gid) = self.state.ids(owner)?;
        }
        file.mode = mode.unwrap_or(file.mode);
        self.put_known(&path, file)
    }

    /// Puts a file of which everything is known.
    fn put_known(&mut self, path: &TreePath, file: KnownFile) -> Result<(), StepError> {
        let size = file.bytes.len() as u64;
        let meta = (file.mode, file.uid, file.gid);
        let mut entry = plain(path, EntryKind::File { size }, meta);
        entry.xattrs.clone_from(&file.xattrs);
        self.put(entry, PieceContent::Bytes(file.bytes.clone()))?;
        self.state.note_file(path, Written::Known(file))
    }

    fn remove(&mut self, path: &TreePath) -> Result<(), StepError> {
        if TreePath::parse("/usr/lib/terroir")?.starts_with(path) {
            return Err(StepError::Reserved(path.clone()));
        }
        self.step.pieces.retain(|held, _| !held.starts_with(path));
        let below: Vec<TreePath> = self
            .state
            .written
            .keys()
            .filter(|held| held.starts_with(path))
            .cloned()
            .collect();
        for held in below {
            self.state.note_file(&held, Written::Gone)?;
        }
        self.state.note_file(path, Written::Gone)?;
        let parent = path.parent().unwrap_or_default();
        let there = parent.is_root() || self.state.row(&parent).is_some();
        if there && !self.step.created.contains(&parent) {
            self.parents(path)?;
            let whiteout = Entry::removal(path)?;
            self.apply(&whiteout)?;
            self.step.pieces.insert(
                whiteout.path.clone(),
                Piece {
                    entry: whiteout,
                    content: PieceContent::None,
                },
            );
            self.step.removed.insert(path.clone());
        }
        self.step.created.retain(|held| !held.starts_with(path));
        Ok(())
    }

    /// Puts an entry that is no directory.
    fn put(&mut self, entry: Entry, content: PieceContent) -> Result<(), StepError> {
        let path = &entry.path;
        if path.is_root() || self.state.row(path).is_some_and(|row| row.link.is_none()) {
            return Err(StepError::IsDirectory(path.clone()));
        }
        self.use_rows(std::slice::from_ref(path));
        self.parents(path)?;
        if self.step.removed.remove(path) {
            self.step.pieces.remove(&Entry::removal(path)?.path);
        }
        self.insert(entry, content)
    }

    /// Repeats the directories above a path with their own metadata, and makes those that are missing.
    fn parents(&mut self, path: &TreePath) -> Result<(), StepError> {
        let mut above = Vec::new();
        let mut next = path.parent();
        while let Some(directory) = next.filter(|directory| !directory.is_root()) {
            next = directory.parent();
            above.push(directory);
        }
        for directory in above.into_iter().rev() {
            if self.step.pieces.contains_key(&directory) {
                continue;
            }
            let entry = match self.state.row(&directory) {
                Some(row) => {
                    let mut entry = plain(
                        &directory,
                        EntryKind::Directory,
                        (row.mode, row.uid, row.gid),
                    );
                    entry.xattrs = row.xattrs.clone();
                    self.use_rows(std::slice::from_ref(&directory));
                    entry
                }
                None => {
                    self.step.created.insert(directory.clone());
                    plain(&directory, EntryKind::Directory, (0o755, 0, 0))
                }
            };
            self.insert(entry, PieceContent::None)?;
        }
        Ok(())
    }

    fn apply(&mut self, entry: &Entry) -> Result<(), StepError> {
        self.state
            .table
            .layer()
            .apply(entry)
            .map(|_| ())
            .map_err(StepError::path(&entry.path))
    }

    fn insert(&mut self, entry: Entry, content: PieceContent) -> Result<(), StepError> {
        // Edits and modes follow a link at the end of their path, which may lead there.
        refuse_reserved(&entry.path)?;
        self.apply(&entry)?;
        if matches!(entry.kind, EntryKind::Directory) && self.step.removed.remove(&entry.path) {
            // Removed and made again in one layer: the new directory hides what was below the old.
            self.step.pieces.remove(&Entry::removal(&entry.path)?.path);
            let opaque = Entry::opaque(&entry.path)?;
            self.step.pieces.insert(
                opaque.path.clone(),
                Piece {
                    entry: opaque,
                    content: PieceContent::None,
                },
            );
        }
        self.step
            .pieces
            .insert(entry.path.clone(), Piece { entry, content });
        Ok(())
    }
}

/// Refuses the place of the flavour record, which no step writes.
fn refuse_reserved(path: &TreePath) -> Result<(), StepError> {
    match path.starts_with(&TreePath::parse("/usr/lib/terroir")?) {
        true => Err(StepError::Reserved(path.clone())),
        false => Ok(()),
    }
}
