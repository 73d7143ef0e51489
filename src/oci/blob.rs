//! Where blobs come from and go to.

use std::io::{self, Read};

use super::{Descriptor, Digest};

/// Largest manifest, index or config that is read, in bytes; registries refuse more than 4 MiB.
pub const MAX_DOCUMENT: u64 = 4 << 20;

/// Why a blob could not be moved.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// Nobody has it.
    #[error("blob {digest} is not in {place}")]
    Missing {
        /// The blob.
        digest: Digest,
        /// Where it was looked for.
        place: String,
    },
    /// What was read is not what the descriptor says.
    #[error("blob {digest} in {place} is damaged: {found}")]
    Damaged {
        /// The blob.
        digest: Digest,
        /// Where it was read.
        place: String,
        /// What was found instead.
        found: String,
    },
    /// A descriptor that cannot be believed.
    #[error("{0}")]
    Descriptor(String),
    /// A file or socket failed.
    #[error("{doing}")]
    Io {
        /// What was being done, as a fragment ("writing blob sha256:… to /store").
        doing: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A registry failed.
    #[error("{0}")]
    Remote(String),
}

/// Something that has blobs: a store, an archive, a registry.
pub trait BlobSource: Send + Sync {
    /// Opens a blob for reading. The reader gives at most the descriptor's size and fails with
    /// [`io::ErrorKind::InvalidData`] at its end when digest or size differ.
    fn open(&self, descriptor: &Descriptor) -> Result<Box<dyn Read + Send>, BlobError>;

    /// Reads a small blob whole, verified; refuses one larger than `limit` bytes.
    fn read(&self, descriptor: &Descriptor, limit: u64) -> Result<Vec<u8>, BlobError> {
        if descriptor.size() > limit {
            return Err(BlobError::Descriptor(format!(
                "blob {} claims {} bytes where at most {limit} are read",
                descriptor.digest(),
                descriptor.size()
            )));
        }
        let mut bytes = Vec::new();
        self.open(descriptor)?
            .read_to_end(&mut bytes)
            .map_err(|source| BlobError::Io {
                doing: format!("reading blob {}", descriptor.digest()),
                source,
            })?;
        Ok(bytes)
    }
}

/// Something that takes blobs: a store, a registry.
pub trait BlobSink: Send + Sync {
    /// Tells whether it has the blob already.
    fn has(&self, descriptor: &Descriptor) -> Result<bool, BlobError>;

    /// Takes a blob; nothing of it is visible before digest and size were found right.
    fn put(&self, descriptor: &Descriptor, blob: &mut dyn Read) -> Result<(), BlobError>;
}
