//! What a transfer sends.

use std::fs::File;
use std::io::{Cursor, Read as _, Seek as _, SeekFrom};

/// What is sent.
#[derive(Debug)]
pub(super) enum Content {
    /// A text.
    Text(Cursor<Vec<u8>>),
    /// A file.
    File(File),
}

impl Content {
    /// Its length in bytes.
    pub(super) fn size(&self) -> std::io::Result<u64> {
        match self {
            Self::Text(text) => Ok(text.get_ref().len() as u64),
            Self::File(file) => Ok(file.metadata()?.len()),
        }
    }

    /// Up to so many bytes at a place.
    pub(super) fn at(&mut self, place: u64, most: usize) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(most);
        match self {
            Self::Text(text) => {
                text.set_position(place);
                text.take(most as u64).read_to_end(&mut bytes)?;
            }
            Self::File(file) => {
                file.seek(SeekFrom::Start(place))?;
                file.take(most as u64).read_to_end(&mut bytes)?;
            }
        }
        Ok(bytes)
    }
}
