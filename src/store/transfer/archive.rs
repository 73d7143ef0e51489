//! Tar archives of an OCI layout (`oci-archive:`), read in place.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::oci::{
    BlobError, BlobSource, Descriptor, Digest, ImageIndex, MAX_DOCUMENT, parse_index,
};
use crate::path::TreePath;

use crate::store::Error;
use crate::store::file::Verified;
use crate::store::layout::digest_of;
use crate::store::layout::{pick, tags};

/// Most members of an archive that are looked at.
const MAX_MEMBERS: usize = 100_000;

/// An archive of a layout; its blobs are read where they are.
#[derive(Clone, Debug)]
pub struct Archive {
    path: PathBuf,
    file: Arc<File>,
    index: ImageIndex,
    /// Offset and size of each blob, in bytes.
    blobs: BTreeMap<Digest, (u64, u64)>,
}

/// Finds the blobs of an archive; none of them is read yet.
pub fn read_archive(path: &Path) -> Result<Archive, Error> {
    let wrong = |why: &str| Error::NoLayout {
        path: path.to_path_buf(),
        why: why.to_owned(),
    };
    let doing = || Error::io(format!("reading {}", path.display()));
    let file = File::open(path).map_err(doing())?;
    let mut archive = tar::Archive::new(&file);
    let mut blobs = BTreeMap::new();
    let mut index = None;
    // Raw: the names in a layout are short, and extended headers of others need not be believed.
    let members = archive.entries_with_seek().map_err(doing())?.raw(true);
    for (number, member) in members.enumerate() {
        let member = member.map_err(|error| {
            wrong(&format!(
                "{error}; a compressed archive must be unpacked first"
            ))
        })?;
        if number >= MAX_MEMBERS {
            return Err(wrong("it has too many members"));
        }
        if !member.header().entry_type().is_file() {
            continue;
        }
        let Ok(name) = TreePath::from_bytes(&member.header().path_bytes()) else {
            continue;
        };
        let place = (member.raw_file_position(), member.size());
        if name.as_bytes() == b"index.json" {
            index = Some(place);
        } else if let Some(hex) = name.as_bytes().strip_prefix(b"blobs/sha256/") {
            let digest = format!("sha256:{}", String::from_utf8_lossy(hex)).parse();
            blobs.extend(digest.map(|digest: Digest| (digest, place)));
        }
    }
    let (at, size) = index.ok_or_else(|| wrong("it has no index.json"))?;
    let file = Arc::new(file);
    let mut bytes = Vec::new();
    let section = Section {
        file: Arc::clone(&file),
        at,
    };
    section
        .take(size.min(MAX_DOCUMENT))
        .read_to_end(&mut bytes)
        .map_err(doing())?;
    let index = parse_index(&bytes).map_err(|source| Error::Index {
        path: path.join("index.json"),
        source,
    })?;
    Ok(Archive {
        path: path.to_path_buf(),
        file,
        index,
        blobs,
    })
}

impl Archive {
    /// Every tag with the image it names, sorted.
    #[must_use]
    pub fn tags(&self) -> Vec<(String, Descriptor)> {
        tags(&self.index)
    }

    /// The image of a tag, or the only one when no tag is given.
    pub fn root(&self, tag: Option<&str>) -> Result<Descriptor, Error> {
        pick(&self.path, &self.index, tag)
    }
}

impl BlobSource for Archive {
    fn open(&self, descriptor: &Descriptor) -> Result<Box<dyn Read + Send>, BlobError> {
        let digest = digest_of(descriptor)?;
        let place = self.path.display().to_string();
        let Some((at, size)) = self.blobs.get(&digest) else {
            return Err(BlobError::Missing { digest, place });
        };
        let section = Section {
            file: Arc::clone(&self.file),
            at: *at,
        };
        let blob = section.take(*size);
        Ok(Box::new(Verified::new(
            blob,
            digest,
            descriptor.size(),
            place,
        )))
    }
}

/// A file from an offset on, with a position of its own.
struct Section {
    file: Arc<File>,
    at: u64,
}

impl Read for Section {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(space, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}
