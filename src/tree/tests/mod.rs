//! Tests of trees: what the writer writes is read back, and what nobody should write is refused.

mod adding;
mod archive;
mod hostile;
mod table;
mod unpacking;
mod view;

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::ops::ControlFlow;

use super::*;
use crate::oci::{BlobError, BlobSource, Descriptor, Digest, MediaType, descriptor};
use crate::path::TreePath;

/// An entry with its content.
type Member = (Entry, Vec<u8>);

fn path(text: &str) -> TreePath {
    TreePath::parse(text).expect("a valid path")
}

fn file(name: &str, content: &str) -> Member {
    let size = content.len() as u64;
    let entry = Entry::new(path(name), EntryKind::File { size }, 0o644);
    (entry, content.into())
}

fn directory(name: &str) -> Member {
    let entry = Entry::new(path(name), EntryKind::Directory, 0o755);
    (entry, Vec::new())
}

fn symlink(name: &str, target: &str) -> Member {
    let target = target.into();
    let entry = Entry::new(path(name), EntryKind::Symlink { target }, 0o777);
    (entry, Vec::new())
}

fn hardlink(name: &str, target: &str) -> Member {
    let target = path(target);
    let entry = Entry::new(path(name), EntryKind::Hardlink { target }, 0o644);
    (entry, Vec::new())
}

fn removal(name: &str) -> Member {
    let entry = Entry::removal(&path(name)).expect("not the root");
    (entry, Vec::new())
}

fn opaque(name: &str) -> Member {
    let entry = Entry::opaque(&path(name)).expect("a short name");
    (entry, Vec::new())
}

/// Writes a layer of sorted members.
fn pack(members: &[Member], codec: Codec) -> Result<(Vec<u8>, Packed), Error> {
    let mut writer = LayerWriter::new(Vec::new(), codec)?;
    for (entry, content) in members {
        writer.append(entry, &mut content.as_slice())?;
    }
    writer.finish()
}

/// Writes an uncompressed archive of members in any order, as others do.
fn raw(members: &[Member]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (entry, content) in members {
        bytes.extend(super::archive::encode(entry).expect("an entry that fits"));
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

/// Reads a whole layer.
fn read(bytes: &[u8], media_type: &MediaType) -> Result<(Vec<Member>, Digest), Error> {
    let mut members = Vec::new();
    let mut visit = |entry: Entry, content: &mut dyn Read| {
        let mut bytes = Vec::new();
        content
            .read_to_end(&mut bytes)
            .map_err(|source| Error::io("reading", source))?;
        members.push((entry, bytes));
        Ok(ControlFlow::Continue(()))
    };
    let limits = Limits {
        entries: 1000,
        bytes: 4 << 20,
        extended: 1 << 17,
    };
    let digest = read_layer(bytes, media_type, &limits, &mut visit)?;
    Ok((members, digest.expect("the visitor goes on")))
}

/// Uncompressed layers in memory.
#[derive(Default)]
struct Memory(BTreeMap<String, Vec<u8>>);

impl Memory {
    fn layer(&mut self, members: &[Member]) -> Descriptor {
        let bytes = raw(members);
        let (digest, size) = (Digest::of(&bytes), bytes.len() as u64);
        self.0.insert(digest.to_string(), bytes);
        descriptor(MediaType::ImageLayer, &digest, size)
    }
}

impl BlobSource for Memory {
    fn open(&self, descriptor: &Descriptor) -> Result<Box<dyn Read + Send>, BlobError> {
        let digest = descriptor.digest().to_string();
        let bytes = self.0.get(&digest).cloned();
        let bytes = bytes.ok_or_else(|| BlobError::Remote(format!("{digest} was asked for")))?;
        Ok(Box::new(Cursor::new(bytes)))
    }
}
