//! Actions turned into the entries of a layer, over the parent's directory table.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::action::{Action, Content, Edit, Id, Owner, SCRATCH, User};
use crate::engine::error::StepError;
use crate::engine::root::{KnownFile, State, Written};
use crate::path::{PathError, TreePath};
use crate::setting::apply;
use crate::tree::EntryKind;

use super::entry::{EntryContent, PureStep, plain, read_digest};
use super::place::Lowering;
use super::repeat::repeat;

/// Turns actions into the entries of a layer and moves the state past them.
pub(in crate::engine) fn lower(
    state: &mut State,
    actions: &[Action],
) -> Result<PureStep, StepError> {
    let tops = SCRATCH.map(|top| {
        let top = TreePath::parse(top)?;
        let resolved = state.table.resolve_all(&top);
        Ok(resolved.map_or(top, |resolved| resolved.path))
    });
    let tops: Result<Vec<TreePath>, PathError> = tops.into_iter().collect();
    let mut lowering = Lowering {
        state,
        step: PureStep::default(),
        tops: tops?,
    };
    for action in actions {
        lowering.action(action)?;
    }
    Ok(lowering.step)
}

impl Lowering<'_> {
    fn action(&mut self, action: &Action) -> Result<(), StepError> {
        let Some(path) = action.path() else {
            return Err(StepError::Runs);
        };
        let path = self.resolve(path)?;
        match action {
            Action::Write {
                content,
                mode,
                owner,
                ..
            } => self.write(&path, content, *mode, owner),
            Action::Put {
                name,
                content,
                mode,
                owner,
                ..
            } => {
                let path = self.copy_destination(path, name, owner)?;
                self.write(&path, content, *mode, owner)
            }
            Action::Folder { owner, .. } => self.folder(&path, owner),
            Action::Directory { mode, owner, .. } => self.directory(&path, *mode, owner.as_ref()),
            Action::OwnedDirectory { user, .. } => self.owned_directory(&path, user),
            Action::Edit { edit, .. } => self.edit(&path, edit),
            Action::Link { target, .. } => self.link(&path, target, &Owner::default()),
            Action::OwnedLink { target, owner, .. } => self.link(&path, target, owner),
            Action::Mode { mode, owner, .. } => self.mode(&path, *mode, owner.as_ref()),
            Action::Remove { .. } => self.remove(&path),
            Action::Copy { .. }
            | Action::Unpack { .. }
            | Action::Packages(_)
            | Action::Run(_)
            | Action::Shape { .. } => Err(StepError::Runs),
        }
    }

    fn write(
        &mut self,
        path: &TreePath,
        content: &Content,
        mode: u32,
        owner: &Owner,
    ) -> Result<(), StepError> {
        let (uid, gid) = self.ids(owner)?;
        let (size, data) = match content {
            Content::Text(text) => (
                text.len() as u64,
                EntryContent::Bytes(Arc::from(text.as_bytes())),
            ),
            Content::Input(input) => {
                self.step.inputs.insert(input.path.clone(), input.clone());
                (input.size, EntryContent::Input(input.clone()))
            }
        };
        let entry = plain(path, EntryKind::File { size }, (mode, uid, gid));
        self.put(entry, data)?;
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

    fn link(&mut self, path: &TreePath, target: &str, owner: &Owner) -> Result<(), StepError> {
        let (uid, gid) = self.ids(owner)?;
        let kind = EntryKind::Symlink {
            target: target.as_bytes().to_vec(),
        };
        self.put(plain(path, kind, (0o777, uid, gid)), EntryContent::None)?;
        self.state.note_file(path, Written::Gone)
    }

    fn directory(
        &mut self,
        path: &TreePath,
        mode: Option<u32>,
        owner: Option<&Owner>,
    ) -> Result<(), StepError> {
        let path = &self.state.follow(path)?;
        self.use_rows(std::slice::from_ref(path));
        let owner = owner.map(|owner| self.ids(owner)).transpose()?;
        let row = self.state.row(path).filter(|row| row.link.is_none());
        let (old_mode, old_owner) =
            row.map_or((0o755, (0, 0)), |row| (row.mode, (row.uid, row.gid)));
        let xattrs = row.map(|row| row.xattrs.clone()).unwrap_or_default();
        if row.is_none() {
            self.refuse_file(path)?;
            self.step.created.insert(path.clone());
        }
        let (uid, gid) = owner.unwrap_or(old_owner);
        let mode = mode.unwrap_or(old_mode);
        let changes = (mode, uid, gid) != (old_mode, old_owner.0, old_owner.1);
        if row.is_some() && changes {
            repeat(&mut self.step, self.state, path)?;
        }
        self.parents(path, (0, 0))?;
        let mut entry = plain(path, EntryKind::Directory, (mode, uid, gid));
        entry.xattrs = xattrs;
        self.insert(entry, EntryContent::None)
    }

    /// Makes what is missing of a directory and of those above it; what is there stays as it is.
    fn owned_directory(&mut self, path: &TreePath, user: &User) -> Result<(), StepError> {
        let (uid, gid) = self.state.user_ids(user)?;
        self.note_account("user", &user.name, uid);
        match &user.group {
            Some(group) => self.note_account("group", group, gid),
            None => drop(
                self.step
                    .accounts
                    .insert(format!("group of {:?}", user.name), gid),
            ),
        }
        let owner = Owner {
            user: Id::Number(uid),
            group: Id::Number(gid),
        };
        let mut wanted = vec![path.clone()];
        while let Some(above) = wanted.last().and_then(TreePath::parent) {
            wanted.push(above);
        }
        let wanted = wanted.iter().rev().filter(|directory| !directory.is_root());
        for directory in wanted {
            let place = self.state.follow(directory)?;
            let there = self.state.row(&place).is_some();
            self.directory(directory, None, Some(&owner).filter(|_| !there))?;
        }
        Ok(())
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
        let resolved = self.state.follow(path)?;
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
            (file.uid, file.gid) = self.ids(owner)?;
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
        self.put(entry, EntryContent::Bytes(file.bytes.clone()))?;
        self.state.note_file(path, Written::Known(file))
    }
}
