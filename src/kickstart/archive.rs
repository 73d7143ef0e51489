//! A site as one archive file.

use std::fs::File as Sink;
use std::io::{BufWriter, Write as _};

use super::artifact::{ArtifactError, entry};
use super::output::file::Files;
use crate::tree::{Codec, Entry, LayerWriter, PlainWriter};

/// How an archive of a site is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchiveKind {
    /// Not at all: `.tar`.
    Plain,
    /// `.tar.zst` or `.tar.gz`.
    Compressed(Codec),
}

impl ArchiveKind {
    /// The kind that a file name asks for; none if it is not that of an archive.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let ends = |ending: &str| name.len() > ending.len() && name.ends_with(ending);
        match () {
            () if ends(".tar") => Some(Self::Plain),
            () if ends(".tar.zst") => Some(Self::Compressed(Codec::Zstd)),
            () if ends(".tar.gz") => Some(Self::Compressed(Codec::Gzip)),
            () => None,
        }
    }
}

/// Writes files as one archive, in the order of their paths; the same files give the same bytes.
///
/// # Errors
/// The sink cannot be written to, or a path is none of an archive.
pub fn write_archive(files: &Files, kind: ArchiveKind, sink: Sink) -> Result<Sink, ArtifactError> {
    let failed = |error: crate::tree::Error| ArtifactError::Archive(std::io::Error::other(error));
    let mut all: Vec<(Entry, &[u8])> = Vec::with_capacity(files.len());
    for (path, file) in files {
        let bytes = file.content.bytes();
        all.push((entry(path, file, bytes.len() as u64)?, bytes));
    }
    match kind {
        ArchiveKind::Plain => {
            let mut writer = PlainWriter::new(BufWriter::with_capacity(1 << 20, sink));
            for (entry, mut bytes) in all {
                writer.append(&entry, &mut bytes).map_err(failed)?;
            }
            let mut buffer = writer.finish().map_err(failed)?;
            buffer.flush().map_err(ArtifactError::Archive)?;
            let sink = buffer.into_inner();
            sink.map_err(|error| ArtifactError::Archive(error.into_error()))
        }
        ArchiveKind::Compressed(codec) => {
            let mut writer = LayerWriter::new(sink, codec).map_err(failed)?;
            for (entry, mut bytes) in all {
                writer.append(&entry, &mut bytes).map_err(failed)?;
            }
            let (sink, _) = writer.finish().map_err(failed)?;
            Ok(sink)
        }
    }
}
