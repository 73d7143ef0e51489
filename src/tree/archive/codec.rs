//! The compression of layers: the only place that knows levels and workers.
//!
//! A change here changes the bytes of every layer, and with them the format version of step keys.

use std::io::{self, Read, Write};

use crate::oci::{MediaType, layer_type};

use crate::tree::Error;

/// Level of zstd.
const ZSTD_LEVEL: i32 = 3;
/// Threads of zstd. Any number from 1 on gives the same bytes; 0 gives others.
const ZSTD_WORKERS: u32 = 1;
/// Level of gzip.
const GZIP_LEVEL: u32 = 6;

/// How terroir compresses a layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Codec {
    /// Zstandard: smaller, and several times faster than gzip.
    #[default]
    Zstd,
    /// Gzip: for whoever reads nothing else.
    Gzip,
}

impl Codec {
    /// The name as people and step records write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
        }
    }

    /// The codec of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Zstd, Self::Gzip]
            .into_iter()
            .find(|codec| codec.name() == name)
    }

    /// The media type of a layer that is compressed so.
    #[must_use]
    pub fn media_type(self) -> MediaType {
        layer_type(self.name())
    }

    /// The codec of layers of that type; none for plain ones and for what is not a layer.
    #[must_use]
    pub fn from_media_type(media_type: &MediaType) -> Option<Self> {
        match Compression::of(media_type) {
            Ok(Compression::Codec(codec)) => Some(codec),
            Ok(Compression::Plain) | Err(_) => None,
        }
    }
}

/// How a layer that someone wrote is compressed.
enum Compression {
    Plain,
    Codec(Codec),
}

impl Compression {
    /// Reads it off the media type (OCI image-spec, layer.md; Docker image manifest v2.2).
    fn of(media_type: &MediaType) -> Result<Self, Error> {
        let docker = "application/vnd.docker.image.rootfs.";
        let name = media_type.to_string();
        match media_type {
            MediaType::ImageLayer | MediaType::ImageLayerNonDistributable => Ok(Self::Plain),
            MediaType::ImageLayerGzip | MediaType::ImageLayerNonDistributableGzip => {
                Ok(Self::Codec(Codec::Gzip))
            }
            MediaType::ImageLayerZstd | MediaType::ImageLayerNonDistributableZstd => {
                Ok(Self::Codec(Codec::Zstd))
            }
            _ => match name.strip_prefix(docker) {
                Some("diff.tar" | "foreign.diff.tar") => Ok(Self::Plain),
                Some("diff.tar.gzip" | "foreign.diff.tar.gzip") => Ok(Self::Codec(Codec::Gzip)),
                Some("diff.tar.zstd" | "foreign.diff.tar.zstd") => Ok(Self::Codec(Codec::Zstd)),
                _ => Err(Error::MediaType(media_type.clone())),
            },
        }
    }
}

/// Opens the archive inside a layer; several frames or members are read as one.
pub(super) fn decoder<'a>(
    reader: impl Read + 'a,
    media_type: &MediaType,
) -> Result<Box<dyn Read + 'a>, Error> {
    Ok(match Compression::of(media_type)? {
        Compression::Plain => Box::new(reader),
        Compression::Codec(Codec::Gzip) => Box::new(flate2::read::MultiGzDecoder::new(reader)),
        Compression::Codec(Codec::Zstd) => Box::new(
            zstd::stream::read::Decoder::new(reader)
                .map_err(|source| Error::io("starting to read a zstd layer", source))?,
        ),
    })
}

/// Compresses what is written to it.
pub(super) enum Encoder<W: Write> {
    Zstd(zstd::stream::write::Encoder<'static, W>),
    Gzip(flate2::write::GzEncoder<W>),
}

impl<W: Write> Encoder<W> {
    /// Starts to compress into a sink; the gzip header has neither name nor time.
    pub(in crate::tree) fn new(sink: W, codec: Codec) -> io::Result<Self> {
        match codec {
            Codec::Zstd => {
                let mut encoder = zstd::stream::write::Encoder::new(sink, ZSTD_LEVEL)?;
                encoder.multithread(ZSTD_WORKERS)?;
                Ok(Self::Zstd(encoder))
            }
            Codec::Gzip => Ok(Self::Gzip(flate2::write::GzEncoder::new(
                sink,
                flate2::Compression::new(GZIP_LEVEL),
            ))),
        }
    }

    /// Writes what is left and gives the sink back.
    pub(in crate::tree) fn finish(self) -> io::Result<W> {
        match self {
            Self::Zstd(encoder) => encoder.finish(),
            Self::Gzip(encoder) => encoder.finish(),
        }
    }
}

impl<W: Write> Write for Encoder<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Zstd(encoder) => encoder.write(bytes),
            Self::Gzip(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Zstd(encoder) => encoder.flush(),
            Self::Gzip(encoder) => encoder.flush(),
        }
    }
}
