//! Facts about the world that a result stands on.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::oci::Digest;

/// What a fact is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Place {
    /// The content of a regular file.
    #[serde(rename = "f")]
    File(String),
    /// The names in a folder, their kinds, and the targets of links.
    #[serde(rename = "d")]
    Folder(String),
    /// What stands at a path.
    #[serde(rename = "k")]
    Kind(String),
    /// A variable of the environment.
    #[serde(rename = "v")]
    Variable(String),
}

/// What was found there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fact {
    /// A file or a folder: how it looked, and the digest of its content.
    #[serde(rename = "c")]
    Content(Look, Digest),
    /// The kind of what stands there, and of what it leads to if it is a link.
    #[serde(rename = "k")]
    Kind(String),
    /// The digest of a variable's value; none where it is not set.
    #[serde(rename = "v")]
    Value(Option<Digest>),
}

/// Facts by what they are about.
pub type Facts = BTreeMap<Place, Fact>;

/// How a file looks without being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Inode.
    inode: u64,
    /// Size in bytes.
    size: u64,
    /// Type and permissions.
    mode: u32,
    /// Time of the last change of the content, in nanoseconds since 1970.
    modified: i128,
    /// Time of the last change of the inode, in nanoseconds since 1970.
    changed: i128,
}

impl Look {
    /// How something looks.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        let nanoseconds =
            |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
        Self {
            inode: metadata.ino(),
            size: metadata.size(),
            mode: metadata.mode(),
            modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Whether the owner may execute it.
    #[must_use]
    pub fn is_executable(&self) -> bool {
        self.mode & 0o100 != 0
    }

    /// The newest of its times, in nanoseconds since 1970.
    pub(super) fn newest(&self) -> i128 {
        self.modified.max(self.changed)
    }
}

/// The digest of what a folder lists.
pub(super) fn listing(folder: &Path) -> io::Result<Digest> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let mut line = entry.file_name().into_encoded_bytes();
        line.push(0);
        if kind.is_symlink() {
            line.extend_from_slice(b"link ");
            line.extend_from_slice(
                std::fs::read_link(entry.path())?
                    .as_os_str()
                    .as_encoded_bytes(),
            );
        } else {
            line.extend_from_slice(word(Some(kind)).as_bytes());
        }
        line.push(0);
        names.push(line);
    }
    names.sort_unstable();
    Ok(Digest::of(&names.concat()))
}

/// What stands at a path: its own kind, and the kind of what it leads to.
pub(super) fn kind(path: &Path) -> String {
    let own = path.symlink_metadata().ok();
    let is_link = own.as_ref().is_some_and(Metadata::is_symlink);
    match is_link {
        false => word(own.map(|own| own.file_type())).to_owned(),
        true => {
            let behind = path.metadata().ok();
            format!("link to {}", word(behind.map(|one| one.file_type())))
        }
    }
}

fn word(kind: Option<std::fs::FileType>) -> &'static str {
    match kind {
        None => "nothing",
        Some(kind) if kind.is_dir() => "folder",
        Some(kind) if kind.is_file() => "file",
        Some(_) => "other",
    }
}
