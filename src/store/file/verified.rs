//! A reader that gives a blob and finds out at its end whether it was the right one.

use std::io::{self, Read, Write as _};
use std::path::PathBuf;

use crate::oci::{BlobError, Digest, Hasher};

/// Reads exactly one blob and fails with [`io::ErrorKind::InvalidData`] when it is another.
pub(in crate::store) struct Verified<R> {
    inner: R,
    pub(in crate::store) digest: Digest,
    /// Bytes still to come.
    left: u64,
    hasher: Hasher,
    state: State,
    /// Where the blob is read, for messages.
    place: String,
    /// Where a damaged blob is moved from and to.
    pub(in crate::store) aside: Option<(PathBuf, PathBuf)>,
}

/// What is known of the blob.
enum State {
    Reading,
    Good,
    Bad(String),
}

impl<R> Verified<R> {
    /// Starts to read a blob of that digest and size.
    pub(in crate::store) fn new(inner: R, digest: Digest, size: u64, place: String) -> Self {
        Self {
            inner,
            digest,
            left: size,
            hasher: Hasher::default(),
            state: State::Reading,
            place,
            aside: None,
        }
    }

    fn check(&mut self) -> io::Result<()> {
        let (found, size) = std::mem::take(&mut self.hasher).finish();
        if self.left > 0 {
            let whole = size + self.left;
            return Err(self.fail(format!("it ends after {size} of {whole} bytes")));
        }
        if found != self.digest {
            return Err(self.fail(format!("its digest is {found}")));
        }
        self.state = State::Good;
        Ok(())
    }

    fn fail(&mut self, mut found: String) -> io::Error {
        if let Some((from, to)) = self.aside.take() {
            // When it cannot be moved it is found damaged again the next time.
            if std::fs::rename(from, &to).is_ok() {
                found = format!("{found}; it was moved to {}", to.display());
            }
        }
        self.state = State::Bad(found);
        self.error()
    }

    fn error(&self) -> io::Error {
        let found = match &self.state {
            State::Bad(found) => found.clone(),
            _ => String::new(),
        };
        let damaged = BlobError::Damaged {
            digest: self.digest,
            place: self.place.clone(),
            found,
        };
        io::Error::new(io::ErrorKind::InvalidData, damaged)
    }
}

impl<R: Read> Read for Verified<R> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        match self.state {
            State::Reading => {}
            State::Good => return Ok(0),
            State::Bad(_) => return Err(self.error()),
        }
        if space.is_empty() {
            return Ok(0);
        }
        let most = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(space.len());
        let count = self.inner.read(&mut space[..most])?;
        self.hasher.write_all(&space[..count])?;
        self.left -= count as u64;
        // The last bytes are only given out when all were right.
        if self.left == 0 || count == 0 {
            self.check()?;
        }
        Ok(count)
    }
}
