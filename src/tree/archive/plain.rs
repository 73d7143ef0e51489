//! An archive that is not compressed.

use std::io::{self, Read, Write};

use super::header::{BLOCK, encode};
use crate::tree::entry::{Entry, EntryKind};
use crate::tree::error::Error;

/// Writes a tar archive to a sink, with the same bytes as [`LayerWriter`](super::LayerWriter) before its
/// compression.
#[derive(Debug)]
pub struct PlainWriter<W: Write>(W);

impl<W: Write> PlainWriter<W> {
    /// An archive without entries.
    #[must_use]
    pub fn new(sink: W) -> Self {
        Self(sink)
    }

    /// Adds an entry; `content` is read for files only and must have exactly the stated size.
    ///
    /// # Errors
    /// The sink fails, or the content has another size.
    pub fn append(&mut self, entry: &Entry, content: &mut dyn Read) -> Result<(), Error> {
        let failed = |source| Error::io("writing the archive", source);
        self.0.write_all(&encode(entry)?).map_err(failed)?;
        let EntryKind::File { size } = entry.kind else {
            return Ok(());
        };
        let found = io::copy(content, &mut self.0).map_err(failed)?;
        if found != size {
            return Err(Error::Size {
                path: entry.path.clone(),
                stated: size,
                found,
            });
        }
        self.zeros(size.next_multiple_of(BLOCK as u64) - size)
    }

    /// Ends the archive and gives the sink back.
    ///
    /// # Errors
    /// The sink fails.
    pub fn finish(mut self) -> Result<W, Error> {
        self.zeros(2 * BLOCK as u64)?;
        Ok(self.0)
    }

    fn zeros(&mut self, count: u64) -> Result<(), Error> {
        let written = io::copy(&mut io::repeat(0).take(count), &mut self.0);
        written
            .map(drop)
            .map_err(|source| Error::io("writing the archive", source))
    }
}
