//! The bytes of entries on their way into a layer; files of the repository are digested meanwhile.

use std::fs::File;
use std::io;
use std::io::{Cursor, Read, Write as _};
use std::path::Path;

use crate::action::Input;
use crate::engine::error::{Error, StepError};
use crate::oci::Hasher;
use crate::origin::Origin;
use crate::tree;
use crate::tree::{Entry, LayerWriter};

use super::entry::{EntryContent, LayerEntry};

pub(in crate::engine) fn write_entry<W: io::Write + Send + 'static>(
    part: &LayerEntry,
    writer: &mut LayerWriter<W>,
) -> Result<(), Error> {
    match &part.content {
        EntryContent::None => writer.append(&part.entry, &mut io::empty())?,
        EntryContent::Bytes(bytes) => {
            writer.append(&part.entry, &mut Cursor::new(bytes.as_ref()))?;
        }
        EntryContent::Input(input) => {
            write_input(input, &part.entry, writer)?;
        }
    }
    Ok(())
}

/// Copies a file of the repository, digested on the way: one that changed under the build is found
/// out, and none is too large for the memory.
fn write_input<W: io::Write + Send + 'static>(
    input: &Input,
    entry: &Entry,
    writer: &mut LayerWriter<W>,
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

/// Copies a file of the repository to another place, digested on the way.
pub(in crate::engine) fn copy_input(input: &Input, place: &Path) -> Result<(), Error> {
    let failed = |source| Error::Step {
        entry: input.path.clone(),
        origin: Origin::of_file(&input.path),
        source,
    };
    let broken = |source| {
        failed(StepError::Input {
            path: input.path.clone(),
            source,
        })
    };
    let mut content = Digested {
        inner: File::open(&input.file).map_err(broken)?,
        hasher: Hasher::default(),
    };
    let mut copy = File::create(place).map_err(broken)?;
    io::copy(&mut content, &mut copy).map_err(broken)?;
    match content.hasher.finish().0 == input.sha256 {
        true => Ok(()),
        false => Err(failed(StepError::Changed(input.path.clone()))),
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
