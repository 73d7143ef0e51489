//! What is read of a foreign parent once: directories, units, configuration.

use std::collections::BTreeMap;
use std::io::Read;
use std::ops::ControlFlow;

use crate::engine::error::Error;
use crate::oci::{BlobSource, Descriptor, Digest};
use crate::path::TreePath;
use crate::recipe::{FileText, Units};
use crate::setting::is_configuration;
use crate::tree::{DirectoryTable, Entry, EntryKind, Limits, TableLayer, read_layer};

/// Most bytes of units that are read of one parent; a full server has about 1 MB.
const MAX_TEXTS: u64 = 64 << 20;

/// Largest file that is read, in bytes.
const MAX_TEXT: u64 = 256 << 10;

/// Files that flavours edit or look owners up in: their texts travel with the record, so that
/// deriving from a published flavour need not fetch the layer that holds them.
const KEPT: [&[u8]; 5] = [
    b"etc/dnf/dnf.conf",
    b"etc/group",
    b"etc/os-release",
    b"etc/passwd",
    b"usr/lib/os-release",
];

/// What a parent's layers hold, as far as building upon them needs it.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct Scan {
    /// Directories and symbolic links.
    pub table: DirectoryTable,
    /// Units, and files that are often asked for.
    pub texts: Texts,
}

/// What was read of a parent's files.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct Texts {
    /// Units by scope and name.
    pub units: Units,
    /// Whole files: those that a record knows, as long as no layer above it touches them, and
    /// those that are kept of every parent.
    pub known: BTreeMap<TreePath, FileText>,
    /// Bytes that were read so far.
    read: u64,
}

/// A scan while one layer is read.
pub(in crate::engine) struct ScanLayer<'a> {
    table: TableLayer<'a>,
    texts: &'a mut Texts,
}

impl Scan {
    /// Streams layers over what is known so far, the lowest first.
    ///
    /// What is found is noted by diff ID, so a layer that has another one than stated is refused.
    pub(in crate::engine) fn layers(
        &mut self,
        layers: &[Descriptor],
        diff_ids: &[Digest],
        source: &dyn BlobSource,
    ) -> Result<(), Error> {
        for (layer, diff_id) in layers.iter().zip(diff_ids) {
            let reader = source.open(layer)?;
            let mut scan = self.layer();
            let found = read_layer(
                reader,
                layer.media_type(),
                &Limits::default(),
                &mut |entry, content| {
                    scan.entry(&entry, content)?;
                    Ok(ControlFlow::Continue(()))
                },
            )?;
            expect_diff_id(layer, diff_id, found)?;
        }
        Ok(())
    }

    /// A scan that goes on from what is known.
    pub(in crate::engine) fn of(
        table: DirectoryTable,
        units: Units,
        known: BTreeMap<TreePath, FileText>,
    ) -> Self {
        let texts = Texts {
            units,
            known,
            read: 0,
        };
        Self { table, texts }
    }

    /// What it is made of.
    pub(super) fn into_parts(self) -> (DirectoryTable, Units, BTreeMap<TreePath, FileText>) {
        (self.table, self.texts.units, self.texts.known)
    }

    /// Starts to take in one layer.
    pub(in crate::engine) fn layer(&mut self) -> ScanLayer<'_> {
        ScanLayer {
            table: self.table.layer(),
            texts: &mut self.texts,
        }
    }

    /// The text of os-release; empty when the root has none.
    pub(in crate::engine) fn os_release(&self) -> String {
        // os-release(5): /etc/os-release takes precedence; it is a link to the other as a rule.
        let mut known = self.texts.known.iter();
        known
            .find(|(path, _)| is_os_release(path))
            .map(|(_, file)| file.text.clone())
            .unwrap_or_default()
    }
}

/// Refuses a layer whose diff ID is not the one that the config states.
pub(in crate::engine) fn expect_diff_id(
    layer: &Descriptor,
    stated: &Digest,
    found: Option<Digest>,
) -> Result<(), Error> {
    match found {
        Some(found) if found != *stated => Err(Error::Layer {
            digest: layer.digest().to_string(),
            why: format!("has the diff ID {found}, its config states {stated}"),
        }),
        _ => Ok(()),
    }
}

impl ScanLayer<'_> {
    /// Takes one entry in.
    pub(in crate::engine) fn entry(
        &mut self,
        entry: &Entry,
        content: &mut dyn Read,
    ) -> Result<(), crate::tree::Error> {
        let path = self.table.apply(entry)?;
        if entry.whiteout().is_some() || !entry.is_directory() {
            self.texts.forget(&path);
        }
        if wants(entry) {
            self.texts.read(&path, entry, content)?;
        }
        Ok(())
    }
}

impl Texts {
    fn read(
        &mut self,
        path: &TreePath,
        entry: &Entry,
        content: &mut dyn Read,
    ) -> Result<(), crate::tree::Error> {
        let text = text(content)?;
        self.read += text.len() as u64;
        if self.read > MAX_TEXTS {
            return Err(crate::tree::Error::Limit {
                what: "bytes of systemd units",
                limit: MAX_TEXTS,
            });
        }
        if Units::is_place(path) {
            self.units.read(path, &text);
        } else if is_kept(path) {
            let file = FileText {
                text,
                mode: entry.mode,
                uid: entry.uid,
                gid: entry.gid,
                xattrs: entry.xattrs.clone().into_iter().collect(),
            };
            self.known.insert(path.clone(), file);
        }
        Ok(())
    }

    fn forget(&mut self, path: &TreePath) {
        self.units.forget(path);
        // Only what may lie there is looked at: a layer has many more files than are known.
        let first = path.join(b"\x01").unwrap_or_else(|_| path.clone());
        let below = self.known.range(first..).map(|(held, _)| held);
        let below = below.take_while(|held| held.starts_with(path)).cloned();
        let gone: Vec<TreePath> = below.chain([path.clone()]).collect();
        for held in gone {
            self.known.remove(&held);
        }
    }
}

/// Tells whether the text of an entry is read. A whiteout is a file of a layer, and none of the root.
pub(in crate::engine) fn wants(entry: &Entry) -> bool {
    let EntryKind::File { size } = entry.kind else {
        return false;
    };
    if entry.whiteout().is_some() {
        return false;
    }
    size <= MAX_TEXT && (Units::is_place(&entry.path) || is_kept(&entry.path))
}

fn is_kept(path: &TreePath) -> bool {
    KEPT.contains(&path.as_bytes()) || is_configuration(path)
}

fn is_os_release(path: &TreePath) -> bool {
    matches!(path.as_bytes(), b"usr/lib/os-release" | b"etc/os-release")
}

fn text(content: &mut dyn Read) -> Result<String, crate::tree::Error> {
    let mut bytes = Vec::new();
    content
        .take(MAX_TEXT)
        .read_to_end(&mut bytes)
        .map_err(|source| crate::tree::Error::io("reading a unit of the parent", source))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_layer_removes_is_not_read() {
        let mut scan = Scan::default();
        for (path, text) in [
            (
                "/etc/systemd/system/one.service",
                "[Install]\nAlias=two.service\n",
            ),
            ("/etc/ssh/sshd_config.d/one.conf", "PermitRootLogin no\n"),
        ] {
            let path = TreePath::parse(path).unwrap();
            let size = text.len() as u64;
            let file = Entry::new(path.clone(), EntryKind::File { size }, 0o644);
            scan.layer().entry(&file, &mut text.as_bytes()).unwrap();
            let known = |scan: &Scan| {
                let texts = &scan.texts;
                texts.units.files.contains_key(&path) || texts.known.contains_key(&path)
            };
            assert!(known(&scan), "{path}");
            let removal = Entry::removal(&path).unwrap();
            scan.layer().entry(&removal, &mut std::io::empty()).unwrap();
            assert!(!known(&scan), "{path}");
        }
    }
}
