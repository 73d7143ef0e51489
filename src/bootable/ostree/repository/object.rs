//! The objects of a repository in bytes: metadata of folders and files, folders, commits.

use std::collections::BTreeMap;

use super::checksum::Checksum;
use super::variant::{array, array_of, elements, number, pad, pair, string, tuple, width_of};

/// Type bits of a folder's mode.
const FOLDER: u32 = 0o040_000;
/// Type bits of a file's mode.
const FILE: u32 = 0o100_000;
/// Type and permission bits of every symbolic link.
const LINK: u32 = 0o120_777;

/// Owner, mode and extended attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::bootable::ostree) struct Meta {
    pub uid: u32,
    pub gid: u32,
    /// Permission bits (0o7777).
    pub mode: u32,
    pub xattrs: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Meta {
    /// What root owns, without extended attributes.
    pub(in crate::bootable::ostree) fn root(mode: u32) -> Self {
        Self {
            mode,
            ..Self::default()
        }
    }

    /// The metadata of a folder: type `(uuua(ayay))`.
    pub(super) fn folder(&self) -> Vec<u8> {
        let mut out = big([self.uid, self.gid, FOLDER | self.mode & 0o7777]);
        out.extend(self.attributes());
        out
    }

    /// The header of a file or of a link to `target`: type `(uuuusa(ayay))`.
    pub(super) fn header(&self, target: Option<&str>) -> Vec<u8> {
        self.described(Vec::new(), target)
    }

    /// The header of a file in an archive: type `(tuuuusa(ayay))`.
    pub(super) fn archived(&self, size: u64, target: Option<&str>) -> Vec<u8> {
        self.described(size.to_be_bytes().to_vec(), target)
    }

    fn described(&self, mut out: Vec<u8>, target: Option<&str>) -> Vec<u8> {
        let mode = match target {
            None => FILE | self.mode & 0o7777,
            Some(_) => LINK,
        };
        out.extend(big([self.uid, self.gid, mode, 0]));
        out.extend_from_slice(target.unwrap_or_default().as_bytes());
        out.push(0);
        let end = out.len();
        out.extend(self.attributes());
        tuple(out, &[end])
    }

    fn attributes(&self) -> Vec<u8> {
        array_of(self.xattrs.iter().map(|(name, value)| {
            let mut out = name.clone();
            out.push(0);
            let end = out.len();
            out.extend_from_slice(value);
            tuple(out, &[end])
        }))
    }
}

/// A header with its size in front, as it is digested and stored.
pub(super) fn sized(header: &[u8]) -> Vec<u8> {
    let size = u32::try_from(header.len()).unwrap_or(u32::MAX);
    let mut out = size.to_be_bytes().to_vec();
    pad(&mut out, 8);
    out.extend_from_slice(header);
    out
}

/// The target in the header of a link in an archive; none when it is a file, or no header.
pub(super) fn archived_target(bytes: &[u8]) -> Option<Vec<u8>> {
    let mode = bytes.get(24..28)?;
    if u32::from_be_bytes(mode.try_into().ok()?) != LINK {
        return None;
    }
    let target = bytes.get(32..)?;
    let end = target.iter().position(|byte| *byte == 0)?;
    target.get(..end).map(<[u8]>::to_vec)
}

/// A folder: its files by name, and its folders by name with content and metadata.
/// Type `(a(say)a(sayay))`.
#[derive(Debug, Default)]
pub(super) struct FolderObject {
    pub(super) files: BTreeMap<String, Checksum>,
    pub(super) folders: BTreeMap<String, (Checksum, Checksum)>,
}

impl FolderObject {
    pub(super) fn write(&self) -> Vec<u8> {
        let files = self.files.iter().map(|(name, file)| {
            let mut out = named(name);
            let end = out.len();
            out.extend_from_slice(file.as_bytes());
            tuple(out, &[end])
        });
        let mut out = array_of(files);
        let end = out.len();
        out.extend(array_of(self.folders.iter().map(
            |(name, (content, meta))| {
                let mut out = named(name);
                let name_end = out.len();
                out.extend_from_slice(content.as_bytes());
                let content_end = out.len();
                out.extend_from_slice(meta.as_bytes());
                tuple(out, &[name_end, content_end])
            },
        )));
        tuple(out, &[end])
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (files, folders) = pair(bytes)?;
        let mut object = Self::default();
        for file in elements(files)? {
            let (name, content) = pair(file)?;
            let content = Checksum::from_bytes(content)?;
            object.files.insert(string(name)?.to_owned(), content);
        }
        for folder in elements(folders)? {
            let width = width_of(folder.len());
            let at = |from_end: usize| number(folder, folder.len().checked_sub(from_end)?, width);
            let (name_end, content_end) = (at(width)?, at(2 * width)?);
            let name = string(folder.get(..name_end)?)?.to_owned();
            let content = Checksum::from_bytes(folder.get(name_end..content_end)?)?;
            let meta = folder.get(content_end..folder.len() - 2 * width)?;
            let meta = Checksum::from_bytes(meta)?;
            object.folders.insert(name, (content, meta));
        }
        Some(object)
    }
}

/// A value in the metadata of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::bootable::ostree) enum Value {
    Yes,
    Text(String),
}

/// A commit without parent, subject and body: type `(a{sv}aya(say)sstayay)`.
#[derive(Debug)]
pub(in crate::bootable::ostree) struct CommitObject {
    pub metadata: BTreeMap<&'static str, Value>,
    /// Seconds since 1970.
    pub created: u64,
    pub content: Checksum,
    pub meta: Checksum,
}

impl CommitObject {
    pub(super) fn write(&self) -> Vec<u8> {
        let mut out = dictionary(&self.metadata);
        let mut ends = vec![out.len(); 3];
        for _ in ["subject", "body"] {
            out.push(0);
            ends.push(out.len());
        }
        pad(&mut out, 8);
        out.extend_from_slice(&self.created.to_be_bytes());
        out.extend_from_slice(self.content.as_bytes());
        ends.push(out.len());
        out.extend_from_slice(self.meta.as_bytes());
        tuple(out, &ends)
    }

    /// The content and the metadata of the root folder of any commit.
    pub(super) fn root(bytes: &[u8]) -> Option<(Checksum, Checksum)> {
        // Six ends stand behind the last member, the one before it first.
        let width = width_of(bytes.len());
        let end = bytes.len().checked_sub(6 * width)?;
        let content_end = number(bytes, end, width)?;
        let content = bytes.get(content_end.checked_sub(32)?..content_end)?;
        let meta = bytes.get(content_end..end)?;
        Some((Checksum::from_bytes(content)?, Checksum::from_bytes(meta)?))
    }
}

/// A dictionary of type `a{sv}`.
pub(super) fn dictionary(values: &BTreeMap<&'static str, Value>) -> Vec<u8> {
    let (mut body, mut ends) = (Vec::new(), Vec::new());
    for (key, value) in values {
        pad(&mut body, 8);
        let mut entry = named(key);
        let end = entry.len();
        pad(&mut entry, 8);
        match value {
            Value::Yes => entry.extend_from_slice(b"\x01\0b"),
            Value::Text(text) => {
                entry.extend(named(text));
                entry.extend_from_slice(b"\0s");
            }
        }
        body.extend(tuple(entry, &[end]));
        ends.push(body.len());
    }
    array(body, &ends)
}

fn named(name: &str) -> Vec<u8> {
    let mut out = name.as_bytes().to_vec();
    out.push(0);
    out
}

fn big<const N: usize>(numbers: [u32; N]) -> Vec<u8> {
    numbers.iter().flat_map(|one| one.to_be_bytes()).collect()
}
