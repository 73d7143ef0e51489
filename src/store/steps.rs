//! Results of earlier builds: layers by the key of their step, and notes by any key.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use rustix::fs::{Timespec, Timestamps, UTIME_NOW, futimens};
use serde::{Deserialize, Serialize};

use crate::oci::{Digest, sorted_json};
use crate::tree::{Codec, Packed};

use super::file::staged;
use super::{Error, Store};

/// Most bytes of a note that are read.
const MAX_NOTE: u64 = 64 << 20;
/// The kind of notes that say what built images need.
pub(super) const NEEDED: &str = "needed";
/// Folders of a store that hold no notes.
pub(super) const RESERVED: [&str; 6] = ["blobs", "cache", "steps", "roots", "tmp", "damaged"];

/// What the store remembers of a step.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StepRecord {
    diff_id: Digest,
    digest: Digest,
    size: u64,
    codec: String,
    uncompressed: u64,
    /// Checksum of all that is above.
    check: String,
}

impl StepRecord {
    fn checksum(&self) -> String {
        let (diff_id, digest) = (self.diff_id.to_string(), self.digest.to_string());
        let numbers = format!("{} {} {}", self.size, self.uncompressed, self.codec);
        checksum(&[diff_id.as_bytes(), digest.as_bytes(), numbers.as_bytes()])
    }
}

impl Store {
    /// The layer of a step, if it was built before and its blob is here.
    pub fn step(&self, key: &Digest) -> Result<Option<Packed>, Error> {
        let packed = self
            .read_small(&Self::step_file(key))?
            .and_then(|bytes| parse(&bytes));
        match packed {
            Some(packed) if self.is_sound(&packed.digest, packed.size)? => {
                self.need("steps", key);
                Ok(Some(packed))
            }
            _ => Ok(None),
        }
    }

    /// Remembers the layer of a step.
    pub fn put_step(&self, key: &Digest, packed: &Packed) -> Result<(), Error> {
        let mut record = StepRecord {
            diff_id: packed.diff_id,
            digest: packed.digest,
            size: packed.size,
            codec: packed.codec.name().to_owned(),
            uncompressed: packed.uncompressed,
            check: String::new(),
        };
        record.check = record.checksum();
        let (temporary, place) = (self.temporary(), self.path().join(Self::step_file(key)));
        self.need("steps", key);
        Ok(staged::write(
            &temporary,
            &place,
            "a step",
            &sorted_json(&record),
        )?)
    }

    /// The note of a kind and key; none when nobody wrote it, or it is damaged.
    pub fn note(&self, kind: &str, key: &Digest) -> Result<Option<Vec<u8>>, Error> {
        let bytes = self.read_small(&Self::note_file(kind, key)?)?;
        let note = bytes.and_then(unsealed);
        if note.is_some() {
            self.need(kind, key);
        }
        Ok(note)
    }

    /// Keeps a note: small bytes that can be had again with more effort.
    pub fn put_note(&self, kind: &str, key: &Digest, bytes: &[u8]) -> Result<(), Error> {
        let place = self.path().join(Self::note_file(kind, key)?);
        if kind != NEEDED {
            self.need(kind, key);
        }
        let directory = place.parent().unwrap_or(self.path());
        std::fs::create_dir_all(directory)
            .map_err(Error::io(format!("making {}", directory.display())))?;
        let bytes = sealed(bytes);
        Ok(staged::write(&self.temporary(), &place, "a note", &bytes)?)
    }

    /// Where a step is, relative to the store.
    pub(super) fn step_file(key: &Digest) -> PathBuf {
        Path::new("steps/sha256").join(key.hex())
    }

    /// Where a note is, relative to the store.
    fn note_file(kind: &str, key: &Digest) -> Result<PathBuf, Error> {
        let valid = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
        if kind.is_empty() || !kind.bytes().all(valid) || RESERVED.contains(&kind) {
            return Err(Error::Kind(kind.to_owned()));
        }
        Ok(Path::new(kind).join("sha256").join(key.hex()))
    }

    /// Reads a small file and marks it as used now, which prune looks at.
    pub(super) fn read_small(&self, path: &Path) -> Result<Option<Vec<u8>>, Error> {
        let places = [Some(self.path()), self.beneath.as_deref()];
        for place in places.into_iter().flatten() {
            if let Some(bytes) = read_used(&place.join(path))? {
                return Ok(Some(bytes));
            }
        }
        Ok(None)
    }
}

/// Reads a small file, if it is there, and marks it as used now.
fn read_used(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    let doing = || Error::io(format!("reading {}", path.display()));
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(doing())?,
    };
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: UTIME_NOW,
    };
    let times = Timestamps {
        last_access: now,
        last_modification: now,
    };
    // In a store that may only be read nothing is pruned either.
    let _ = futimens(&file, &times);
    let mut bytes = Vec::new();
    (&file)
        .take(MAX_NOTE)
        .read_to_end(&mut bytes)
        .map_err(doing())?;
    Ok(Some(bytes))
}

/// A checksum against accidents: a disk that forgets, a copy that broke off (CRC-32 in hexadecimal).
fn checksum(parts: &[&[u8]]) -> String {
    let mut sum = flate2::Crc::new();
    parts.iter().for_each(|part| sum.update(part));
    format!("{:08x}", sum.sum())
}

/// A note behind its checksum.
pub(super) fn sealed(bytes: &[u8]) -> Vec<u8> {
    [format!("{}\n", checksum(&[bytes])).as_bytes(), bytes].concat()
}

/// The bytes of a note behind their checksum; none when they do not fit to each other.
pub(super) fn unsealed(mut file: Vec<u8>) -> Option<Vec<u8>> {
    let (head, bytes) = file.split_at_checked(9)?;
    let whole = head == format!("{}\n", checksum(&[bytes])).as_bytes();
    whole.then(|| file.split_off(9))
}

/// Reads a step record; one that is damaged counts as not there.
pub(super) fn parse(bytes: &[u8]) -> Option<Packed> {
    let record: StepRecord = serde_json::from_slice(bytes).ok()?;
    if record.check != record.checksum() {
        return None;
    }
    Some(Packed {
        diff_id: record.diff_id,
        digest: record.digest,
        size: record.size,
        uncompressed: record.uncompressed,
        codec: Codec::from_name(&record.codec)?,
    })
}
