//! Archives that `ADD` of a Containerfile unpacks: what they are, and their members put into a root.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _};
use std::ops::ControlFlow;
use std::path::Path;

use crate::path::TreePath;

use super::target::Target;
use super::unpack::{Ownership, of};
use crate::tree::archive::{read_archive, starts_archive};
use crate::tree::{Entry, EntryKind, Error, Limits, Row};

/// How archives begin that are compressed.
const MAGIC: [(&[u8], Packing); 4] = [
    (&[0x1f, 0x8b], Packing::Gzip),
    (b"BZh", Packing::Bzip2),
    (&[0xfd, b'7', b'z', b'X', b'Z', 0], Packing::Xz),
    (&[0x28, 0xb5, 0x2f, 0xfd], Packing::Zstd),
];

#[derive(Clone, Copy)]
enum Packing {
    Gzip,
    Bzip2,
    Xz,
    Zstd,
}

/// Tells whether a file is a tar archive, plain or compressed by gzip, bzip2, xz or zstd.
///
/// What it is named does not matter; a file that cannot be read is none.
#[must_use]
pub fn is_archive(file: &Path) -> bool {
    let mut block = [0; 512];
    open(file).is_ok_and(|mut archive| archive.read_exact(&mut block).is_ok())
        && starts_archive(&block)
}

/// Unpacks an archive into a folder of a root, which is made if need be.
///
/// Owners, permission bits, times, links and attributes are those of the members. A link of the root
/// to a directory stays where the archive has a directory. Gives the paths that were put,
/// directories left out.
pub fn add_archive(
    archive: &Path,
    (to, destination): (&Path, &str),
    ownership: Ownership,
) -> Result<Vec<TreePath>, Error> {
    let opening = |source| Error::io("opening the archive", source);
    let reader = open(archive).map_err(opening)?;
    let mut root = Target::open(to, ownership)?;
    root.folder(destination, None)?;
    let top = root.place(&format!("{}/", destination.trim_end_matches('/')))?;
    let mut add = Add {
        root,
        top,
        directories: BTreeMap::new(),
        put: Vec::new(),
    };
    let mut visit = |entry: Entry, content: &mut dyn Read| {
        add.member(entry, content)?;
        Ok(ControlFlow::Continue(()))
    };
    read_archive(reader, &Limits::default(), &mut visit)?;
    add.finish()
}

fn open(file: &Path) -> io::Result<Box<dyn Read>> {
    let mut file = BufReader::new(File::open(file)?);
    let mut start = Vec::new();
    file.by_ref().take(6).read_to_end(&mut start)?;
    file.rewind()?;
    let packing = MAGIC.iter().find(|(magic, _)| start.starts_with(magic));
    Ok(match packing.map(|(_, packing)| packing) {
        None => Box::new(file),
        Some(Packing::Gzip) => Box::new(flate2::read::MultiGzDecoder::new(file)),
        Some(Packing::Bzip2) => Box::new(bzip2::read::MultiBzDecoder::new(file)),
        Some(Packing::Xz) => Box::new(lzma_rust2::XzReader::new(file, true)),
        Some(Packing::Zstd) => Box::new(zstd::stream::read::Decoder::new(file)?),
    })
}

struct Add {
    root: Target,
    /// The folder, without links.
    top: TreePath,
    directories: BTreeMap<TreePath, (Row, u64)>,
    put: Vec<TreePath>,
}

impl Add {
    fn member(&mut self, mut entry: Entry, content: &mut dyn Read) -> Result<(), Error> {
        if entry.whiteout().is_some() {
            let why = "in a layer such a name says that something is gone".to_owned();
            return Err(Error::Entry {
                path: entry.path,
                why,
            });
        }
        // Labels are those of the machine that made the archive; no layer carries them.
        entry.xattrs.retain(|name, _| name != b"security.selinux");
        if entry.path.is_root() {
            let row = of(&entry);
            self.directories
                .insert(self.top.clone(), (row, entry.mtime));
            return Ok(());
        }
        let place = self.place(&entry.path)?;
        if entry.is_directory() {
            if self.root.through(&place)?.is_some() {
                return Ok(());
            }
            self.directories
                .insert(place.clone(), (of(&entry), entry.mtime));
        } else {
            self.directories.retain(|held, _| !held.starts_with(&place));
            self.put.push(place.clone());
        }
        let first = match &entry.kind {
            EntryKind::Hardlink { target } => Some(self.place(target)?),
            _ => None,
        };
        self.root.put(entry, &place, first, content)
    }

    /// Where a member goes: links above it are followed, directories made.
    fn place(&mut self, path: &TreePath) -> Result<TreePath, Error> {
        let failed = |error| Error::io(format!("unpacking {path}"), io::Error::other(error));
        let wanted = self.top.join(path.as_bytes()).map_err(failed)?;
        let above = wanted.parent().unwrap_or_default();
        let text = String::from_utf8_lossy(above.as_bytes()).into_owned();
        if !text.is_empty() {
            self.root.folder(&format!("/{text}"), None)?;
        }
        self.root
            .place(&format!("/{text}/"))?
            .join(wanted.file_name())
            .map_err(failed)
    }

    fn finish(mut self) -> Result<Vec<TreePath>, Error> {
        self.root.settle(&self.directories)?;
        match self.root.skipped() {
            [] => Ok(self.put),
            [lost, ..] => Err(Error::Entry {
                path: lost.path.clone(),
                why: lost.what.clone(),
            }),
        }
    }
}
