//! The paths of entries: what is there already, the directories above, and what is in no layer.

use std::collections::BTreeMap;

use crate::action::{Id, Owner};
use crate::engine::error::StepError;
use crate::engine::root::{State, Written};
use crate::path::TreePath;
use crate::tree::{Entry, EntryKind};

use super::entry::{EntryContent, LayerEntry, PureStep, plain};

pub(super) struct Lowering<'a> {
    pub(in crate::engine) state: &'a mut State,
    pub(in crate::engine) step: PureStep,
    /// Where the scratch folders are.
    pub(in crate::engine) tops: Vec<TreePath>,
}

impl Lowering<'_> {
    /// Follows the links in the directory part of a path and notes the rows that were looked at.
    pub(in crate::engine) fn resolve(&mut self, path: &TreePath) -> Result<TreePath, StepError> {
        let resolved = self
            .state
            .table
            .resolve(path)
            .map_err(StepError::path(path))?;
        self.use_rows(&resolved.rows);
        refuse_reserved(&resolved.path)?;
        Ok(resolved.path)
    }

    pub(super) fn use_rows(&mut self, paths: &[TreePath]) {
        for path in paths {
            if let (Some(row), false) = (self.state.row(path), self.step.created.contains(path)) {
                self.step
                    .rows
                    .entry(path.clone())
                    .or_insert_with(|| row.clone());
            }
        }
    }

    /// The numbers of an owner, which names have in the root that is changed.
    pub(in crate::engine) fn ids(&mut self, owner: &Owner) -> Result<(u32, u32), StepError> {
        let (uid, gid) = self.state.ids(owner)?;
        self.note_account("user", &owner.user, uid);
        self.note_account("group", &owner.group, gid);
        Ok((uid, gid))
    }

    pub(super) fn note_account(&mut self, kind: &str, id: &Id, number: u32) {
        if let Id::Name(name) = id {
            self.step.accounts.insert(format!("{kind} {name}"), number);
        }
    }

    /// Tells whether a path lies in a scratch folder.
    fn is_scratch(&self, path: &TreePath) -> bool {
        let mut tops = self.tops.iter();
        tops.any(|top| path != top && path.starts_with(top))
    }

    /// The entries among which an entry belongs.
    fn entries(&mut self, path: &TreePath) -> &mut BTreeMap<TreePath, LayerEntry> {
        match self.is_scratch(path) {
            true => &mut self.step.scratch,
            false => &mut self.step.entries,
        }
    }

    /// Where a file goes that is copied to a path: into the directory that it leads to, else there,
    /// and what is missing above it is made for the owner.
    pub(super) fn copy_destination(
        &mut self,
        path: TreePath,
        name: &str,
        owner: &Owner,
    ) -> Result<TreePath, StepError> {
        let resolved = self.state.table.resolve_all(&path);
        let resolved = resolved.map_err(StepError::path(&path))?;
        self.use_rows(&resolved.rows);
        let leads = self.state.row(&resolved.path);
        if resolved.path.is_root() || leads.is_some_and(|row| row.link.is_none()) {
            return self.resolve(&resolved.path.join(name.as_bytes())?);
        }
        let ids = self.ids(owner)?;
        self.parents(&path, ids)?;
        Ok(path)
    }

    /// Refuses a directory in the place of a file that this flavour wrote.
    pub(super) fn refuse_file(&self, path: &TreePath) -> Result<(), StepError> {
        match self.state.written.get(path) {
            Some(Written::File { .. } | Written::Known(_)) => Err(StepError::IsFile(path.clone())),
            Some(Written::Gone) | None => Ok(()),
        }
    }

    /// Makes sure of a directory; what of it is missing belongs to an owner.
    pub(in crate::engine) fn folder(
        &mut self,
        path: &TreePath,
        owner: &Owner,
    ) -> Result<(), StepError> {
        let path = self.state.follow(path)?;
        self.use_rows(std::slice::from_ref(&path));
        let (uid, gid) = self.ids(owner)?;
        if path.is_root() || self.state.row(&path).is_some() {
            return Ok(());
        }
        self.refuse_file(&path)?;
        self.parents(&path, (uid, gid))?;
        self.step.created.insert(path.clone());
        let entry = plain(&path, EntryKind::Directory, (0o755, uid, gid));
        self.insert(entry, EntryContent::None)
    }

    pub(in crate::engine) fn remove(&mut self, path: &TreePath) -> Result<(), StepError> {
        if TreePath::parse("/usr/lib/terroir")?.starts_with(path) {
            return Err(StepError::Reserved(path.clone()));
        }
        self.step.entries.retain(|held, _| !held.starts_with(path));
        self.step.scratch.retain(|held, _| !held.starts_with(path));
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
            self.parents(path, (0, 0))?;
            let whiteout = Entry::removal(path)?;
            self.apply(&whiteout)?;
            self.entries(path).insert(
                whiteout.path.clone(),
                LayerEntry {
                    entry: whiteout,
                    content: EntryContent::None,
                },
            );
            self.step.removed.insert(path.clone());
        }
        self.step.created.retain(|held| !held.starts_with(path));
        Ok(())
    }

    /// Puts an entry that is not a directory.
    pub(in crate::engine) fn put(
        &mut self,
        entry: Entry,
        content: EntryContent,
    ) -> Result<(), StepError> {
        let path = &entry.path;
        if path.is_root() || self.state.row(path).is_some_and(|row| row.link.is_none()) {
            return Err(StepError::IsDirectory(path.clone()));
        }
        self.use_rows(std::slice::from_ref(path));
        self.parents(path, (0, 0))?;
        if self.step.removed.remove(path) {
            let removal = Entry::removal(path)?.path;
            self.entries(path).remove(&removal);
        }
        self.insert(entry, content)
    }

    /// Repeats the directories above a path with their own metadata, and makes those that are missing,
    /// for an owner.
    pub(super) fn parents(
        &mut self,
        path: &TreePath,
        (uid, gid): (u32, u32),
    ) -> Result<(), StepError> {
        let mut above = Vec::new();
        let mut next = path.parent();
        while let Some(directory) = next.filter(|directory| !directory.is_root()) {
            next = directory.parent();
            above.push(directory);
        }
        for directory in above.into_iter().rev() {
            // The helper makes the scratch folders themselves.
            let skipped = self.is_scratch(path) && !self.is_scratch(&directory);
            let held = self.entries(&directory).get(&directory);
            let made = held.map(|held| held.entry.is_directory());
            if made == Some(false) {
                return Err(StepError::IsFile(directory));
            }
            if skipped || made == Some(true) {
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
                    self.refuse_file(&directory)?;
                    self.step.created.insert(directory.clone());
                    plain(&directory, EntryKind::Directory, (0o755, uid, gid))
                }
            };
            self.insert(entry, EntryContent::None)?;
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

    pub(in crate::engine) fn insert(
        &mut self,
        entry: Entry,
        content: EntryContent,
    ) -> Result<(), StepError> {
        // Edits and modes follow a link at the end of their path, which may lead there.
        refuse_reserved(&entry.path)?;
        self.apply(&entry)?;
        if matches!(entry.kind, EntryKind::Directory) && self.step.removed.remove(&entry.path) {
            // Removed and made again in one layer: the new directory hides what was below the old.
            let removal = Entry::removal(&entry.path)?.path;
            self.entries(&entry.path).remove(&removal);
            let opaque = Entry::opaque(&entry.path)?;
            self.entries(&entry.path).insert(
                opaque.path.clone(),
                LayerEntry {
                    entry: opaque,
                    content: EntryContent::None,
                },
            );
        }
        let path = entry.path.clone();
        self.entries(&path)
            .insert(path.clone(), LayerEntry { entry, content });
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
