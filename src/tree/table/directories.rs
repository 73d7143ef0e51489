//! The directory table: every directory and symbolic link of a root, without its files.
//!
//! On disk it is a list of NUL-ended lines sorted by path, each of six fields separated by a space:
//!
//! ```text
//! /etc/ssh 755 0 0 - -
//! /lib 777 0 0 >usr/lib -
//! /srv/%C3%A4 2775 0 33 - user.note=a%20b,user.other=
//! ```
//!
//! path with a leading slash; mode in octal; uid; gid; `-` for a directory, `>` and the target for a
//! link; `-` or `name=value` pairs separated by commas, sorted by name. In path, target, names and
//! values every byte but the visible ASCII ones, and `%`, `,` and `=`, is written as `%` and two
//! upper-case hexadecimal digits. There is no mtime: two roots that differ only in times are equal.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::{Arc, OnceLock};

use crate::path::TreePath;

use super::row::{Row, escape, parse_line};
use crate::tree::{Entry, EntryKind, Error, Whiteout};

/// Most bytes of a table that are parsed; a full server has about 2 MB.
const MAX_TABLE: usize = 64 << 20;

/// Every directory and symbolic link of a root.
#[derive(Clone, Debug, Default)]
pub struct DirectoryTable {
    /// Shared until one of the holders changes it: most steps change no directory.
    rows: Arc<BTreeMap<TreePath, Row>>,
    /// What `rows` are in bytes, once somebody asked; shared as they are.
    bytes: Arc<OnceLock<Arc<[u8]>>>,
    /// Bytes of memory that the rows hold.
    weight: usize,
}

impl PartialEq for DirectoryTable {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows
    }
}

impl Eq for DirectoryTable {}

impl DirectoryTable {
    /// The row of a path; none when it is neither a directory nor a link.
    #[must_use]
    pub fn get(&self, path: &TreePath) -> Option<&Row> {
        self.rows.get(path)
    }

    /// Every row by path.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&TreePath, &Row)> {
        self.rows.iter()
    }

    /// The rows directly below a directory.
    pub fn children(&self, path: &TreePath) -> impl Iterator<Item = (&TreePath, &Row)> {
        let depth = path.components().count() + 1;
        self.below(path)
            .filter(move |(path, _)| path.components().count() == depth)
    }

    /// Starts to change the table by one layer.
    pub fn layer(&mut self) -> TableLayer<'_> {
        TableLayer {
            table: self,
            own: BTreeSet::new(),
        }
    }

    /// Reads what [`DirectoryTable::to_bytes`] wrote; anything else is refused.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let wrong = |line: usize, why: &str| Error::Table {
            line: line + 1,
            why: why.to_owned(),
        };
        if bytes.len() > MAX_TABLE {
            return Err(Error::Limit {
                what: "bytes in its directory table",
                limit: MAX_TABLE as u64,
            });
        }
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let lines = bytes
            .strip_suffix(&[0])
            .ok_or_else(|| wrong(bytes.split(|byte| *byte == 0).count() - 1, "it is cut off"))?;
        let mut rows: Vec<(TreePath, Row)> = Vec::new();
        for (number, line) in lines.split(|byte| *byte == 0).enumerate() {
            let row = parse_line(line).ok_or_else(|| {
                wrong(number, "expected path, mode, uid, gid, link and attributes")
            })?;
            if rows.last().is_some_and(|(last, _)| *last >= row.0) {
                return Err(wrong(number, "its path is not after the one before"));
            }
            rows.push(row);
        }
        Ok(Self {
            weight: rows.iter().map(|(path, row)| weight(path, row)).sum(),
            rows: Arc::new(rows.into_iter().collect()),
            bytes: Arc::default(),
        })
    }

    /// Writes the table in its one form.
    #[must_use]
    pub fn to_bytes(&self) -> Arc<[u8]> {
        Arc::clone(self.bytes.get_or_init(|| self.write().into()))
    }

    fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.rows.len() * 48);
        for (path, row) in self.rows.as_ref() {
            out.push(b'/');
            escape(&mut out, path.as_bytes());
            out.push(b' ');
            row.write(&mut out);
            out.push(0);
        }
        out
    }

    /// The rows, to change them.
    fn rows_mut(&mut self) -> &mut BTreeMap<TreePath, Row> {
        self.bytes = Arc::default();
        Arc::make_mut(&mut self.rows)
    }

    fn remove(&mut self, path: &TreePath) {
        if let Some(row) = self.rows.get(path) {
            self.weight -= weight(path, row);
            self.rows_mut().remove(path);
        }
    }

    /// Puts a row; refuses to grow to what no root has: two thousand directories are a small entry.
    fn put(&mut self, path: TreePath, row: Row) -> Result<(), Error> {
        if self.rows.get(&path) == Some(&row) {
            return Ok(());
        }
        self.remove(&path);
        self.weight += weight(&path, &row);
        self.rows_mut().insert(path, row);
        if self.weight > MAX_TABLE {
            return Err(Error::Limit {
                what: "bytes of directories and links",
                limit: MAX_TABLE as u64,
            });
        }
        Ok(())
    }

    /// The rows below a path, itself excluded.
    fn below(&self, path: &TreePath) -> impl Iterator<Item = (&TreePath, &Row)> {
        // Names such as `a-b` sort between `a` and `a/b`, so the range starts at the slash.
        let start = match path.join(b"\x01") {
            Ok(first) => Bound::Included(first),
            Err(_) => Bound::Excluded(path.clone()),
        };
        self.rows
            .range((start, Bound::Unbounded))
            .take_while(move |(below, _)| below.starts_with(path))
    }
}

/// A table while the entries of one layer are applied.
///
/// Whiteouts take away what layers below brought, never what this layer brings, in whatever order
/// its entries come.
#[derive(Debug)]
pub struct TableLayer<'a> {
    table: &'a mut DirectoryTable,
    own: BTreeSet<TreePath>,
}

impl TableLayer<'_> {
    /// The table as it is so far.
    #[must_use]
    pub fn table(&self) -> &DirectoryTable {
        self.table
    }

    /// Applies an entry and gives the path at which it really stands: links in its directory part
    /// are followed, as runtimes do.
    pub fn apply(&mut self, entry: &Entry) -> Result<TreePath, Error> {
        match entry.whiteout() {
            Some(Whiteout::Path(path)) => {
                let path = self.table.resolve(&path)?.path;
                self.remove(&path, true, false);
                Ok(path)
            }
            Some(Whiteout::Opaque(path)) => {
                let path = self.table.resolve_all(&path)?.path;
                self.remove(&path, false, false);
                Ok(path)
            }
            None => self.put(entry),
        }
    }

    fn put(&mut self, entry: &Entry) -> Result<TreePath, Error> {
        let path = self.table.resolve(&entry.path)?.path;
        self.make_parents(&path)?;
        let link = match &entry.kind {
            EntryKind::Directory => None,
            EntryKind::Symlink { target } => Some(target.clone()),
            EntryKind::Hardlink { target } => {
                let target = self.table.resolve(target)?.path;
                let row = self.table.get(&target).cloned();
                self.remove(&path, true, true);
                if let Some(row) = row.filter(|row| row.link.is_some()) {
                    self.insert(path.clone(), row)?;
                }
                return Ok(path);
            }
            _ => {
                self.remove(&path, true, true);
                return Ok(path);
            }
        };
        if link.is_some() {
            self.remove(&path, false, true);
        }
        let row = Row {
            mode: entry.mode,
            uid: entry.uid,
            gid: entry.gid,
            link,
            xattrs: entry.xattrs.clone(),
        };
        self.insert(path.clone(), row)?;
        Ok(path)
    }

    fn insert(&mut self, path: TreePath, row: Row) -> Result<(), Error> {
        self.own.insert(path.clone());
        self.table.put(path, row)
    }

    /// Makes the directories that an entry needs; what a lower layer has of them counts as this
    /// layer's from now on.
    fn make_parents(&mut self, path: &TreePath) -> Result<(), Error> {
        let mut above = path.parent();
        while let Some(parent) = above.filter(|parent| !parent.is_root()) {
            if !self.own.insert(parent.clone()) {
                break;
            }
            if !self.table.rows.contains_key(&parent) {
                self.table.put(parent.clone(), Row::implied())?;
            }
            above = parent.parent();
        }
        Ok(())
    }

    /// Removes rows below a path, and of the path itself; this layer's own only if asked to.
    fn remove(&mut self, path: &TreePath, itself: bool, own: bool) {
        let mut gone: Vec<_> = self
            .table
            .below(path)
            .map(|(path, _)| path.clone())
            .collect();
        if itself {
            gone.push(path.clone());
        }
        for path in gone {
            if own {
                self.own.remove(&path);
            } else if self.own.contains(&path) {
                continue;
            }
            self.table.remove(&path);
        }
    }
}

/// What a row takes, in bytes, as far as whoever wrote the layer decides it.
fn weight(path: &TreePath, row: &Row) -> usize {
    let xattrs = row
        .xattrs
        .iter()
        .map(|(name, value)| name.len() + value.len());
    let link = row.link.as_ref().map_or(0, Vec::len);
    64 + path.as_bytes().len() + link + xattrs.sum::<usize>()
}
