//! The reader of untrusted layers.
//!
//! Headers are taken apart by the `tar` crate; which headers belong together is decided here, since
//! that crate keeps extended headers of any size in memory and cuts PAX values at newlines. Where
//! archivers disagree about what an archive means, it is refused.

use std::io::{self, BufReader, Read, Write as _};
use std::ops::ControlFlow;

use tar::Header;

use crate::oci::{Digest, Hasher, MediaType};
use crate::path::TreePath;

use super::codec::decoder;
use super::header::BLOCK;
use super::pax::{self, Records};
use crate::tree::entry::is_aufs;
use crate::tree::{Entry, EntryKind, Error};

/// Most bytes of names, link targets and attributes of one layer; a full server has about 10 MB.
const MAX_NAMES: u64 = 256 << 20;
/// Most bytes of a header that counts for all entries after it, each of which gets a copy.
const MAX_GLOBAL: usize = 16 << 10;

/// How much of a layer is read before it is refused as hostile.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Most headers, extended ones included.
    pub entries: u64,
    /// Most bytes of the uncompressed archive.
    pub bytes: u64,
    /// Most bytes of one extended header: long names and extended attributes.
    pub extended: u64,
}

impl Default for Limits {
    /// A million entries, 64 GiB, 1 MiB an extended header.
    fn default() -> Self {
        Self {
            entries: 1_000_000,
            bytes: 64 << 30,
            extended: 1 << 20,
        }
    }
}

/// What [`read_layer`] calls for each entry, with the reader of its content.
pub type Visit<'a> = &'a mut dyn FnMut(Entry, &mut dyn Read) -> Result<ControlFlow<()>, Error>;

/// Reads a layer of any media type once and shows each entry with its content.
///
/// Gives the diff ID, or nothing when the visitor broke off. Only when this returns a diff ID was
/// the whole blob read, and with it checked by whoever gave it.
pub fn read_layer(
    mut reader: impl Read,
    media_type: &MediaType,
    limits: &Limits,
    visit: Visit<'_>,
) -> Result<Option<Digest>, Error> {
    let Some(hasher) = read_archive(decoder(&mut reader, media_type)?, limits, visit)? else {
        return Ok(None);
    };
    // What gave the blob checks it at its very end, which a decoder need not have asked for.
    io::copy(&mut reader, &mut io::sink())
        .map_err(|source| Error::io("reading the end of the layer", source))?;
    Ok(Some(hasher.finish().0))
}

/// Tells whether a block is the header of an archive's first member.
pub(in crate::tree) fn starts_archive(block: &[u8; BLOCK]) -> bool {
    let mut header = Header::new_old();
    header.as_mut_bytes().copy_from_slice(block);
    has_right_sum(&header)
}

/// Reads an uncompressed archive to its last byte.
pub(in crate::tree) fn read_archive(
    inner: Box<dyn Read + '_>,
    limits: &Limits,
    visit: Visit<'_>,
) -> Result<Option<Hasher>, Error> {
    let input = Input {
        inner,
        hasher: Hasher::default(),
        left: limits.bytes,
        limit: limits.bytes,
    };
    let mut archive = Archive {
        input: BufReader::with_capacity(1 << 16, input),
        at: 0,
        headers: 0,
        limits,
        names: 0,
        global: Records::new(),
    };
    while let Some((entry, size)) = archive.next()? {
        let mut content = Content {
            archive: &mut archive,
            left: size,
        };
        let flow = visit(entry, &mut content)?;
        if flow.is_break() {
            return Ok(None);
        }
        let left = content.left;
        let padding = size.next_multiple_of(BLOCK as u64) - size;
        archive.skip(left + padding)?;
    }
    io::copy(&mut archive.input, &mut io::sink())
        .map_err(|source| Error::io("reading the end of the layer", source))?;
    Ok(Some(archive.input.into_inner().hasher))
}

/// The uncompressed bytes, digested and counted.
struct Input<'a> {
    inner: Box<dyn Read + 'a>,
    hasher: Hasher,
    left: u64,
    limit: u64,
}

impl Read for Input<'_> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(space)?;
        self.left = self.left.checked_sub(count as u64).ok_or(Error::Limit {
            what: "bytes",
            limit: self.limit,
        })?;
        self.hasher.write_all(&space[..count])?;
        Ok(count)
    }
}

/// Position in an archive.
pub(super) struct Archive<'a> {
    input: BufReader<Input<'a>>,
    at: u64,
    headers: u64,
    /// Bytes of names, link targets and attributes so far.
    names: u64,
    pub(in crate::tree) limits: &'a Limits,
    global: Records,
}

/// What headers before an entry say of it.
pub(super) struct Extended {
    pub(in crate::tree) records: Records,
    pub(in crate::tree) long_name: Option<Vec<u8>>,
    pub(in crate::tree) long_link: Option<Vec<u8>>,
}

impl Archive<'_> {
    /// The next entry and the size of its content; none at the end of the archive.
    fn next(&mut self) -> Result<Option<(Entry, u64)>, Error> {
        let mut extended = Extended {
            records: self.global.clone(),
            long_name: None,
            long_link: None,
        };
        let mut pending = false;
        loop {
            let Some(header) = self.header()? else {
                return match pending {
                    true => Err(self.wrong("an extended header with nothing behind it")),
                    false => Ok(None),
                };
            };
            match header.entry_type().as_byte() {
                b'x' => {
                    let bytes = self.extended(&header)?;
                    self.records(&bytes, &mut extended.records)?;
                }
                b'g' => {
                    let bytes = self.extended(&header)?;
                    if bytes.len() > MAX_GLOBAL {
                        return Err(self.wrong("a global header of unusual size"));
                    }
                    let mut global = std::mem::take(&mut self.global);
                    self.records(&bytes, &mut global)?;
                    extended.records.extend(global.clone());
                    self.global = global;
                }
                b'L' => extended.long_name = Some(self.long(&header)?),
                b'K' => extended.long_link = Some(self.long(&header)?),
                _ => {
                    let found = self.entry(&header, &extended)?;
                    self.count_names(&found.0)?;
                    if !is_aufs(&found.0.path) {
                        return Ok(Some(found));
                    }
                    self.skip(found.1.next_multiple_of(BLOCK as u64))?;
                    extended = Extended {
                        records: self.global.clone(),
                        long_name: None,
                        long_link: None,
                    };
                    pending = false;
                    continue;
                }
            }
            pending = header.entry_type().as_byte() != b'g';
        }
    }

    /// Refuses an archive whose names alone would fill the memory of whoever keeps them.
    fn count_names(&mut self, entry: &Entry) -> Result<(), Error> {
        let target = match &entry.kind {
            EntryKind::Symlink { target } => target.len(),
            EntryKind::Hardlink { target } => target.as_bytes().len(),
            _ => 0,
        };
        let xattrs = entry
            .xattrs
            .iter()
            .map(|(name, value)| name.len() + value.len());
        let names = entry.path.as_bytes().len() + target + xattrs.sum::<usize>();
        self.names += names as u64;
        if self.names > MAX_NAMES {
            return Err(Error::Limit {
                what: "bytes of names and attributes",
                limit: MAX_NAMES,
            });
        }
        Ok(())
    }

    /// The next header, checked; none at the end of the archive.
    fn header(&mut self) -> Result<Option<Header>, Error> {
        let mut header = Header::new_old();
        if !self.fill(header.as_mut_bytes())? {
            return Ok(None);
        }
        let zeros = |header: &Header| header.as_bytes().iter().all(|byte| *byte == 0);
        if zeros(&header) {
            if self.fill(header.as_mut_bytes())? && !zeros(&header) {
                return Err(self.wrong("a lone block of zeros in the middle"));
            }
            return Ok(None);
        }
        self.headers += 1;
        if self.headers > self.limits.entries {
            let limit = self.limits.entries;
            return Err(Error::Limit {
                what: "entries",
                limit,
            });
        }
        match has_right_sum(&header) {
            true => Ok(Some(header)),
            false => Err(self.wrong("this is not the header of an archive member")),
        }
    }

    /// The content of an extended header.
    fn extended(&mut self, header: &Header) -> Result<Vec<u8>, Error> {
        let size = self.number(&header.as_old().size, "size")?;
        if size > self.limits.extended {
            let limit = self.limits.extended;
            let what = "bytes of names and attributes in one entry";
            return Err(Error::Limit { what, limit });
        }
        let mut bytes = vec![0; usize::try_from(size).expect("within the limit")];
        if !self.fill(&mut bytes)? && size > 0 {
            return Err(self.cut());
        }
        self.skip(size.next_multiple_of(BLOCK as u64) - size)?;
        Ok(bytes)
    }

    fn records(&self, bytes: &[u8], records: &mut Records) -> Result<(), Error> {
        pax::parse(bytes, records).ok_or_else(|| self.wrong("a malformed extended header"))?;
        let size: usize = records
            .iter()
            .map(|(key, value)| key.len() + value.len())
            .sum();
        if size as u64 > self.limits.extended {
            let limit = self.limits.extended;
            let what = "bytes of names and attributes in one entry";
            return Err(Error::Limit { what, limit });
        }
        Ok(())
    }

    /// A long name in GNU's form.
    fn long(&mut self, header: &Header) -> Result<Vec<u8>, Error> {
        let mut bytes = self.extended(header)?;
        let end = bytes.iter().position(|byte| *byte == 0);
        bytes.truncate(end.unwrap_or(bytes.len()));
        Ok(bytes)
    }

    /// Fills the space; false when the archive ended before its first byte.
    fn fill(&mut self, space: &mut [u8]) -> Result<bool, Error> {
        let mut filled = 0;
        while filled < space.len() {
            match self.read(&mut space[filled..]) {
                Ok(0) if filled == 0 => return Ok(false),
                Ok(0) => return Err(self.cut()),
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::io("reading the layer", error)),
            }
        }
        Ok(true)
    }

    fn skip(&mut self, count: u64) -> Result<(), Error> {
        let skipped = io::copy(&mut Read::take(&mut *self, count), &mut io::sink())
            .map_err(|source| Error::io("reading the layer", source))?;
        if skipped < count {
            return Err(self.cut());
        }
        Ok(())
    }

    fn cut(&self) -> Error {
        self.wrong("it ends in the middle of an entry")
    }

    pub(in crate::tree) fn path(&self, bytes: &[u8]) -> Result<TreePath, Error> {
        TreePath::from_bytes(bytes).map_err(|source| Error::Path {
            at: self.at,
            source,
        })
    }

    /// A number of a header.
    pub(in crate::tree) fn number(&self, field: &[u8], what: &str) -> Result<u64, Error> {
        number(field).ok_or_else(|| self.wrong(&format!("the {what} is not a number")))
    }

    pub(in crate::tree) fn wrong(&self, why: &str) -> Error {
        Error::Archive {
            at: self.at,
            why: why.to_owned(),
        }
    }
}

impl Read for Archive<'_> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(space)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// The content of one entry; what the visitor leaves of it is skipped.
struct Content<'a, 'b> {
    archive: &'a mut Archive<'b>,
    left: u64,
}

impl Read for Content<'_, '_> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        let most = most.min(space.len());
        if most == 0 {
            return Ok(0);
        }
        let count = self.archive.read(&mut space[..most])?;
        if count == 0 {
            return Err(self.archive.cut().into());
        }
        self.left -= count as u64;
        Ok(count)
    }
}

/// Tells whether the sum in a header is that of its bytes.
fn has_right_sum(header: &Header) -> bool {
    let bytes = header.as_bytes();
    let sum = |bytes: &[u8]| bytes.iter().map(|byte| u32::from(*byte)).sum::<u32>();
    let sum = sum(&bytes[..148]) + 8 * u32::from(b' ') + sum(&bytes[156..]);
    number(&header.as_old().cksum) == Some(u64::from(sum))
}

/// Reads a field of a header: octal digits, or GNU's binary form when the first bit is set. A blank
/// field is 0, as archivers have it that leave out what they do not know.
fn number(field: &[u8]) -> Option<u64> {
    let (first, rest) = field.split_first()?;
    if first & 0x80 == 0 {
        let end = field.iter().position(|byte| *byte == 0);
        let text = std::str::from_utf8(&field[..end.unwrap_or(field.len())]).ok()?;
        return match text.trim_matches(' ') {
            "" => Some(0),
            digits if digits.starts_with('+') => None,
            digits => u64::from_str_radix(digits, 8).ok(),
        };
    }
    // The second bit is the sign: nothing in a layer is below zero but times, seen before.
    let start = (first & 0x40 == 0).then_some(u64::from(first & 0x3f))?;
    rest.iter().try_fold(start, |number, byte| {
        Some(number.checked_mul(256)? | u64::from(*byte))
    })
}
