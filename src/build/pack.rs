//! The bytes of a step's layer: its entries in order, the repository's files copied in.

use std::fs::File;
use std::io::{self, Cursor, Read, Write as _};

use crate::action::Input;
use crate::oci::Hasher;
use crate::origin::Origin;
use crate::store::Staged;
use crate::tree::{self, Entry, LayerWriter};

use super::error::{Error, StepError};
use super::lower::{Piece, PieceContent, PureStep};

/// Writes the entries of a step into a layer.
pub(super) fn write(step: &PureStep, writer: &mut LayerWriter<Staged>) -> Result<(), Error> {
    step.pieces
        .values()
        .try_for_each(|piece| write_piece(piece, writer))
}

fn write_piece(piece: &Piece, writer: &mut LayerWriter<Staged>) -> Result<(), Error> {
    match &piece.content {
        PieceContent::None => writer.append(&piece.entry, &mut io::empty())?,
        PieceContent::Bytes(bytes) => {
            writer.append(&piece.entry, &mut Cursor::new(bytes.as_ref()))?
        }
        PieceContent::Input(input) => {
            write_input(input, &piece.entry, writer)?;
        }
    }
    Ok(())
}

/// Copies a file of the repository, digested on the way: one that changed under the build is found
/// out, and none is too large for the memory.
fn write_input(
    input: &Input,
    entry: &Entry,
    writer: &mut LayerWriter<Staged>,
) -> Result<(), Error> {
    let failed = |source| Error::Step {
        entry: input.path.clone(),
        origin: Origin::of_file(&input.path),
        source,
    };
    let file = File::open(&input.file).map_err(|source| {
        failed(StepError::Input {
            path: input.path.clone(),
            source,
        })
    })?;
    let mut content = Digested {
        inner: file,
        hasher: Hasher::default(),
    };
    let changed = || failed(StepError::Changed(input.path.clone()));
    match writer.append(entry, &mut content) {
        Err(tree::Error::Size { .. }) => return Err(changed()),
        written => written?,
    }
    if content.hasher.finish().0 == input.sha256 {
        Ok(())
    } else {
        Err(changed())
    }
}

/// A reader that digests what it gives.
struct Digested {
    inner: File,
    hasher: Hasher,
}

impl Read for Digested {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(space)?;
        self.hasher
            .write_all(space.get(..count).unwrap_or_default())?;
        Ok(count)
    }
}
