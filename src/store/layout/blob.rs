//! The blobs of an image layout as files: their places, opened, and written beside them first.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use crate::oci::{BlobError, Descriptor, Digest, Hasher};

use crate::store::file::Staged;
use crate::store::file::Verified;

/// Size of the buffer with which blobs are copied, in bytes.
const BUFFER: usize = 256 << 10;

/// Where a layout has a blob.
pub(in crate::store) fn place_of(root: &Path, digest: &Digest) -> PathBuf {
    root.join("blobs/sha256").join(digest.hex())
}

/// The digest that a descriptor names.
pub(in crate::store) fn digest_of(descriptor: &Descriptor) -> Result<Digest, BlobError> {
    descriptor
        .digest()
        .to_string()
        .parse()
        .map_err(|error| BlobError::Descriptor(format!("{error}")))
}

/// Opens a blob of a layout; one of another size reads as damaged.
pub(in crate::store) fn open(
    root: &Path,
    descriptor: &Descriptor,
) -> Result<Verified<File>, BlobError> {
    let digest = digest_of(descriptor)?;
    let path = place_of(root, &digest);
    let place = root.display().to_string();
    let doing = || format!("reading {}", path.display());
    let file = match File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(BlobError::Missing { digest, place });
        }
        other => other.map_err(|source| BlobError::Io {
            doing: doing(),
            source,
        })?,
    };
    Ok(Verified::new(file, digest, descriptor.size(), place))
}

/// Takes a blob into a layout; nothing of it is seen before it was found right.
pub(in crate::store) fn put(
    root: &Path,
    temporary: &Path,
    descriptor: &Descriptor,
    blob: &mut dyn Read,
) -> Result<(), BlobError> {
    let place = place_of(root, &digest_of(descriptor)?);
    if size(&place)? == Some(descriptor.size()) {
        return Ok(());
    }
    stage(root, temporary, descriptor, blob)?.commit(&place)
}

/// Writes a blob beside its place and checks it.
pub(in crate::store) fn stage(
    root: &Path,
    temporary: &Path,
    descriptor: &Descriptor,
    blob: &mut dyn Read,
) -> Result<Staged, BlobError> {
    let digest = digest_of(descriptor)?;
    let failed = |source| BlobError::Io {
        doing: format!("storing blob {digest} in {}", root.display()),
        source,
    };
    let mut staged = Staged::new(temporary, format!("blob {digest}"))?;
    let mut hasher = Hasher::default();
    let mut buffer = vec![0; BUFFER];
    // One byte more than stated shows that there is more.
    let mut blob = blob.take(descriptor.size().saturating_add(1));
    loop {
        let count = match blob.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(error)),
        };
        hasher.write_all(&buffer[..count]).map_err(failed)?;
        staged.write_all(&buffer[..count]).map_err(failed)?;
    }
    let (found, size) = hasher.finish();
    let wrong = |found: String| BlobError::Damaged {
        digest,
        place: "what was given to be stored".to_owned(),
        found,
    };
    if size != descriptor.size() {
        let stated = descriptor.size();
        let has = if size > stated {
            "has more than"
        } else {
            "does not have"
        };
        return Err(wrong(format!("it {has} the stated {stated} bytes")));
    }
    if found != digest {
        return Err(wrong(format!("its digest is {found}")));
    }
    Ok(staged)
}

fn size(path: &Path) -> Result<Option<u64>, BlobError> {
    match std::fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata.len())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(BlobError::Io {
            doing: format!("looking at {}", path.display()),
            source,
        }),
    }
}
