//! Files of the repository on their way into a layer.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::Path;

use crate::action::Input;
use crate::oci::Hasher;
use crate::origin::Origin;
use crate::tree::{self, Entry, LayerWriter};

use super::error::{Error, StepError};

/// Copies a file of the repository, digested on the way: one that changed under the build is found
/// out, and none is too large for the memory.
pub(super) fn write_input<W: io::Write + Send + 'static>(
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
pub(super) fn copy_input(input: &Input, place: &Path) -> Result<(), Error> {
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
