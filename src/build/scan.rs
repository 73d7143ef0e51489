//! What is read of a foreign parent once: directories, units, os-release.

use std::collections::BTreeMap;
use std::io::Read;
use std::ops::ControlFlow;

use crate::oci::{BlobSource, Descriptor};
use crate::path::TreePath;
use crate::recipe::Units;
use crate::setting::{Scope, UnitInstall};
use crate::tree::{DirectoryTable, Entry, EntryKind, Limits, Whiteout, read_layer};

use super::error::Error;
use super::state::unit_place;

/// Largest unit or os-release file that is read, in bytes.
const MAX_TEXT: u64 = 256 << 10;

/// What a parent's layers hold, as far as building upon them needs it.
#[derive(Clone, Debug, Default)]
pub(super) struct Scan {
    /// Directories and symbolic links.
    pub table: DirectoryTable,
    /// Units by scope and name.
    pub units: Units,
    /// os-release texts by path.
    os_release: BTreeMap<TreePath, String>,
}

impl Scan {
    /// Streams layers over what is known so far, the lowest first.
    pub(super) fn layers(&mut self, layers: &[Descriptor], source: &dyn BlobSource) -> Result<(), Error> {
        for layer in layers {
            let reader = source.open(layer)?;
            read_layer(reader, layer.media_type(), &Limits::default(), &mut |entry, content| {
                self.entry(&entry, content)?;
                Ok(ControlFlow::Continue(()))
            })?;
        }
        Ok(())
    }

    /// Takes one entry in.
    pub(super) fn entry(&mut self, entry: &Entry, content: &mut dyn Read) -> Result<(), crate::tree::Error> {
        match entry.whiteout() {
            Some(Whiteout::Path(path) | Whiteout::Opaque(path)) => self.forget(&path),
            None if !matches!(entry.kind, EntryKind::Directory) => self.forget(&entry.path),
            None => {}
        }
        self.table.apply(entry);
        if !wants(entry) {
            return Ok(());
        }
        if let Some((scope, name)) = unit_place(&entry.path) {
            let unit = UnitInstall::parse(&text(content)?).at(&entry.path);
            units(&mut self.units, scope).insert(name.to_owned(), unit);
        } else {
            self.os_release.insert(entry.path.clone(), text(content)?);
        }
        Ok(())
    }

    fn forget(&mut self, path: &TreePath) {
        self.os_release.retain(|held, _| !held.starts_with(path));
        for map in [&mut self.units.system, &mut self.units.user] {
            map.retain(|_, unit| !unit.path.starts_with(path));
        }
    }

    /// The text of os-release; empty when the root has none.
    pub(super) fn os_release(&self) -> String {
        // os-release(5): /etc/os-release takes precedence; it is a link to the other as a rule.
        self.os_release.values().next().cloned().unwrap_or_default()
    }
}

/// Tells whether the text of an entry is read.
pub(super) fn wants(entry: &Entry) -> bool {
    let EntryKind::File { size } = entry.kind else { return false };
    size <= MAX_TEXT && (unit_place(&entry.path).is_some() || is_os_release(&entry.path))
}

fn units(units: &mut Units, scope: Scope) -> &mut BTreeMap<String, UnitInstall> {
    match scope {
        Scope::System => &mut units.system,
        Scope::User => &mut units.user,
    }
}

fn is_os_release(path: &TreePath) -> bool {
    matches!(path.as_bytes(), b"usr/lib/os-release" | b"etc/os-release")
}

fn text(content: &mut dyn Read) -> Result<String, crate::tree::Error> {
    let mut bytes = Vec::new();
    content.take(MAX_TEXT).read_to_end(&mut bytes).map_err(crate::tree::Error::read)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
