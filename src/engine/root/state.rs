//! A root as it stands between two steps, known without being unpacked.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::action::{Content, Id, Owner, User};
use crate::engine::account::{Account, GROUPS, USERS, Unknown};
use crate::engine::error::{Error, StepError};
use crate::oci::{Digest, MediaType};
use crate::path::TreePath;
use crate::recipe::{FileText, Units};
use crate::setting::{Refusal, is_configuration};
use crate::tree::{DirectoryTable, Entry, Limits, Row, Snapshot, ViewFile, Whiteout, read_layer};

use super::known_file::KnownFile;
use super::parent_files::ParentFiles;
use super::scan::Scan;

/// Largest file of the repository that is read whole, to be changed or understood, in bytes.
const MAX_READ: u64 = 64 << 20;

/// What a folder holds, directories and symbolic links left out.
type Below = BTreeMap<TreePath, ViewFile>;

/// What a step of this flavour left at a path.
#[derive(Clone, Debug)]
pub(in crate::engine) enum Written {
    /// A file.
    File {
        /// What it holds.
        content: Content,
        /// Permission bits.
        mode: u32,
        /// Owning user.
        uid: u32,
        /// Owning group.
        gid: u32,
    },
    /// A file of which something was changed.
    Known(KnownFile),
    /// Nothing: it was removed or is not a regular file any more.
    Gone,
}

impl Written {
    /// The file, if there is one.
    pub(in crate::engine) fn file(&self) -> Result<Option<KnownFile>, StepError> {
        Ok(match self {
            Self::Gone => None,
            Self::Known(file) => Some(file.clone()),
            Self::File {
                content,
                mode,
                uid,
                gid,
            } => Some(KnownFile {
                bytes: read_content(content)?,
                mode: *mode,
                uid: *uid,
                gid: *gid,
                xattrs: BTreeMap::new(),
            }),
        })
    }
}

/// A root between two steps.
#[derive(Clone)]
pub(crate) struct State {
    /// Directories and symbolic links.
    pub table: DirectoryTable,
    /// Units and their `[Install]` sections.
    pub units: Units,
    /// Files that settings edit.
    pub texts: BTreeMap<TreePath, FileText>,
    /// The text of os-release.
    pub os_release: String,
    /// Files that steps of this flavour wrote or removed.
    pub(in crate::engine) written: BTreeMap<TreePath, Written>,
    /// The parent's files, for what nothing else knows; none for a root made from scratch.
    pub files: Option<Arc<ParentFiles>>,
    /// Whether settings without effect are passed over, and those that were; none when refused.
    pub(in crate::engine) passed_over: Option<Vec<Refusal>>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("written", &self.written)
            .finish_non_exhaustive()
    }
}

impl State {
    /// Follows every link of a path.
    pub(in crate::engine) fn follow(&self, path: &TreePath) -> Result<TreePath, StepError> {
        let resolved = self.table.resolve_all(path);
        Ok(resolved.map_err(StepError::path(path))?.path)
    }

    /// Follows every link of a path and reads the file at its end.
    pub(in crate::engine) fn read(
        &self,
        path: &TreePath,
    ) -> Result<Option<(TreePath, KnownFile)>, StepError> {
        let path = self.follow(path)?;
        if let Some(written) = self.written.get(&path) {
            return Ok(written.file()?.map(|file| (path, file)));
        }
        if let Some(known) = self.texts.get(&path) {
            let file = KnownFile {
                bytes: known.text.as_bytes().into(),
                mode: known.mode,
                uid: known.uid,
                gid: known.gid,
                xattrs: known.xattrs.iter().cloned().collect(),
            };
            return Ok(Some((path, file)));
        }
        let Some(files) = &self.files else {
            return Ok(None);
        };
        let found = files.read(&path).map_err(|source| StepError::View {
            path: path.clone(),
            source: Box::new(source),
        })?;
        Ok(found.map(|file| (path, file)))
    }

    /// What a folder holds, in the order of paths, each a regular file that is known or an entry
    /// that has no content; none when that is too much to be repeated.
    pub(in crate::engine) fn below(&self, folder: &TreePath) -> Result<Option<Below>, StepError> {
        let mut below = Below::new();
        if let Some(files) = &self.files {
            let found = files.below(folder).map_err(|source| StepError::View {
                path: folder.clone(),
                source: Box::new(source),
            })?;
            let Some(found) = found else {
                return Ok(None);
            };
            let gone = |path: &TreePath| {
                let mut above = std::iter::successors(Some(path.clone()), TreePath::parent);
                above.any(|path| matches!(self.written.get(&path), Some(Written::Gone)))
            };
            let found = found.into_iter().filter(|file| !gone(&file.entry.path));
            below.extend(found.map(|file| (file.entry.path.clone(), file)));
        }
        for (path, written) in self
            .written
            .iter()
            .filter(|(path, _)| path.starts_with(folder))
        {
            below.remove(path);
            if let Some(file) = written.file()? {
                below.insert(path.clone(), file.at(path));
            }
        }
        below.retain(|path, _| self.table.get(path).is_none());
        Ok(Some(below))
    }

    /// Directories, links and the texts of configuration files; a link that leads elsewhere brings
    /// the file that it leads to.
    pub(in crate::engine) fn known_files(&self) -> Snapshot {
        let mut root = Snapshot::of_table(&self.table);
        for (path, known) in &self.texts {
            let bits = (known.mode, known.uid, known.gid);
            root.put_file(path, known.text.as_bytes(), bits);
        }
        let links = self
            .table
            .iter()
            .filter(|(path, row)| row.link.is_some() && is_configuration(path));
        for (path, _) in links {
            let to = self.table.resolve_all(path).map(|to| to.path);
            let known = to.is_ok_and(|to| self.texts.contains_key(&to) || self.row(&to).is_some());
            if let (false, Ok(Some((path, file)))) = (known, self.read(path)) {
                root.put_file(&path, &file.bytes, (file.mode, file.uid, file.gid));
            }
        }
        root
    }

    /// The numbers of an owner; names are looked up in the root's own databases.
    pub(in crate::engine) fn ids(&self, owner: &Owner) -> Result<(u32, u32), StepError> {
        let uid = self.id(&owner.user, USERS)?;
        let gid = match self.id(&owner.group, GROUPS) {
            // A user without a group of its name has another one.
            Err(_) if owner.group == owner.user => self.user_ids(&owner.user.alone())?.1,
            other => other?,
        };
        Ok((uid, gid))
    }

    /// The numbers of a user and the group that it has by itself.
    pub(in crate::engine) fn user_ids(&self, user: &User) -> Result<(u32, u32), StepError> {
        let text = |database| -> Result<String, StepError> {
            let path = TreePath::parse(database).expect("a constant path");
            let found = self.read(&path)?;
            let text = found.map(|(_, file)| String::from_utf8_lossy(&file.bytes).into_owned());
            Ok(text.unwrap_or_default())
        };
        let account = Account::of(user, &text(USERS)?, &text(GROUPS)?);
        let unknown = |Unknown { name, database }| StepError::Owner { name, database };
        account.map(|account| account.ids).map_err(unknown)
    }

    fn id(&self, id: &Id, database: &'static str) -> Result<u32, StepError> {
        let name = match id {
            Id::Number(number) => return Ok(*number),
            Id::Name(name) => name,
        };
        let path = TreePath::parse(database).expect("a constant path");
        let text = self
            .read(&path)?
            .map(|(_, file)| String::from_utf8_lossy(&file.bytes).into_owned());
        text.unwrap_or_default()
            .lines()
            .find_map(|line| {
                let mut fields = line.split(':');
                (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok())?
            })
            .ok_or_else(|| StepError::Owner {
                name: name.clone(),
                database,
            })
    }

    /// The row of a path whose directory part is resolved already.
    pub(in crate::engine) fn row(&self, path: &TreePath) -> Option<&Row> {
        self.table.get(path)
    }

    /// Takes in what a step that ran commands changed; `files` reads what is not known of it.
    pub(in crate::engine) fn take_in(
        &mut self,
        skeleton: &[u8],
        files: Option<Arc<ParentFiles>>,
    ) -> Result<(), Error> {
        let mut scan = Scan::of(
            std::mem::take(&mut self.table),
            std::mem::take(&mut self.units),
            std::mem::take(&mut self.texts),
        );
        let mut layer = scan.layer();
        let mut touched = Vec::new();
        let read = read_layer(
            skeleton,
            &MediaType::ImageLayerZstd,
            &Limits::default(),
            &mut |entry, content| {
                match entry.whiteout() {
                    Some(Whiteout::Path(path) | Whiteout::Opaque(path)) => touched.push(path),
                    None if entry.is_directory() => {}
                    None => touched.push(entry.path.clone()),
                }
                layer.entry(&entry, content)?;
                Ok(ControlFlow::Continue(()))
            },
        );
        let os_release = scan.os_release();
        (self.table, self.units, self.texts) = scan.into_parts();
        read?;
        if !os_release.is_empty() {
            self.os_release = os_release;
        }
        // What earlier steps removed is gone from the layers, too; what came back since is in them.
        self.written.retain(|held, written| match written {
            Written::Gone => files.is_none(),
            _ => !touched.iter().any(|path| held.starts_with(path)),
        });
        self.files = files.or_else(|| self.files.take());
        Ok(())
    }

    /// Forgets what was put into the scratch folders, which only the entry itself has.
    pub(in crate::engine) fn forget<'p>(
        &mut self,
        paths: impl Iterator<Item = &'p TreePath>,
        before: &DirectoryTable,
    ) -> Result<(), StepError> {
        for path in paths {
            self.written.remove(path);
            let entry = match before.get(path) {
                None => Entry::removal(path)?,
                Some(row) => row.entry(path),
            };
            let applied = self.table.layer().apply(&entry);
            applied.map_err(StepError::path(path))?;
        }
        Ok(())
    }

    /// Takes note of a file that was written, for later steps and for the record.
    pub(in crate::engine) fn note_file(
        &mut self,
        path: &TreePath,
        written: Written,
    ) -> Result<(), StepError> {
        self.units.forget(path);
        let unit = Units::is_place(path);
        let kept = self.texts.contains_key(path) || is_configuration(path);
        let watched = kept || is_os_release(path) || unit;
        if let Written::Gone = written {
            self.texts.remove(path);
        } else if watched && let Some(file) = written.file()? {
            let text = String::from_utf8_lossy(&file.bytes).into_owned();
            if is_os_release(path) {
                self.os_release.clone_from(&text);
            }
            if unit {
                self.units.read(path, &text);
            }
            if kept {
                let known = FileText {
                    text,
                    mode: file.mode,
                    uid: file.uid,
                    gid: file.gid,
                    xattrs: file.xattrs.into_iter().collect(),
                };
                self.texts.insert(path.clone(), known);
            }
        }
        self.written.insert(path.clone(), written);
        Ok(())
    }
}

/// The bytes of a written file.
fn read_content(content: &Content) -> Result<Arc<[u8]>, StepError> {
    match content {
        Content::Text(text) => Ok(Arc::from(text.as_bytes())),
        Content::Input(input) if input.size > MAX_READ => Err(StepError::TooLarge {
            path: input.path.clone(),
            size: input.size,
            limit: MAX_READ,
        }),
        Content::Input(input) => {
            let bytes = std::fs::read(&input.file).map_err(|source| StepError::Input {
                path: input.path.clone(),
                source,
            })?;
            if Digest::of(&bytes) != input.sha256 {
                return Err(StepError::Changed(input.path.clone()));
            }
            Ok(bytes.into())
        }
    }
}

fn is_os_release(path: &TreePath) -> bool {
    matches!(path.as_bytes(), b"usr/lib/os-release" | b"etc/os-release")
}
