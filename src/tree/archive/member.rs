//! One member of an archive: what its header and the extended headers before it say together.

use std::borrow::Cow;
use std::ops::Range;

use tar::Header;

use crate::path::MAX_PATH;

use super::pax::{self, Records};
use super::reader::{Archive, Extended};
use crate::tree::entry::is_false_whiteout;
use crate::tree::{Entry, EntryKind, Error};

/// Where a header has the major number of a device (POSIX.1-2017, pax, "ustar Interchange Format").
const MAJOR: Range<usize> = 329..337;
/// Where a header has the minor number of a device.
const MINOR: Range<usize> = 337..345;

impl Archive<'_> {
    /// Makes an entry of a header and what was said before it.
    pub(super) fn entry(
        &self,
        header: &Header,
        extended: &Extended,
    ) -> Result<(Entry, u64), Error> {
        let records = &extended.records;
        if records.keys().any(|key| key.starts_with(b"GNU.sparse.")) {
            return Err(self.wrong("sparse files are not read"));
        }
        let name = extended
            .long_name
            .clone()
            .or_else(|| records.get(b"path".as_slice()).cloned())
            .unwrap_or_else(|| header.path_bytes().into_owned());
        let path = self.path(&name)?;
        if is_false_whiteout(&path) {
            return Err(self.wrong(&format!("{path} is a whiteout of no name")));
        }
        let size = match records.get(b"size".as_slice()) {
            Some(value) => self.decimal(value, "size")?,
            None => self.number(&header.as_old().size, "size")?,
        };
        if size > self.limits.bytes {
            let limit = self.limits.bytes;
            return Err(Error::Limit {
                what: "bytes",
                limit,
            });
        }
        let kind = self.kind(header, extended, size, name.ends_with(b"/"))?;
        if path.is_root() && kind != EntryKind::Directory {
            return Err(self.wrong("the root is not a directory"));
        }
        let content = match kind {
            EntryKind::File { size } => size,
            // A hard link has no content on tape, whatever its size says (pax, cpio and others).
            EntryKind::Hardlink { .. } => 0,
            _ if size > 0 => {
                return Err(self.wrong(&format!("{path} has content but is not a file")));
            }
            _ => 0,
        };
        let id = |key: &'static str, stated: &[u8]| {
            let id = match records.get(key.as_bytes()) {
                Some(value) => self.decimal(value, key)?,
                None => self.number(stated, key)?,
            };
            u32::try_from(id).map_err(|_| self.wrong(&format!("{key} {id} is too large")))
        };
        let entry = Entry {
            mode: u32::try_from(self.number(&header.as_old().mode, "mode")? & 0o7777)
                .expect("twelve bits"),
            uid: id("uid", &header.as_old().uid)?,
            gid: id("gid", &header.as_old().gid)?,
            mtime: self.mtime(header, records)?,
            xattrs: records
                .iter()
                .filter_map(|(key, value)| {
                    Some((key.strip_prefix(pax::XATTR)?.to_vec(), value.clone()))
                })
                .collect(),
            path,
            kind,
        };
        Ok((entry, content))
    }

    fn kind(
        &self,
        header: &Header,
        extended: &Extended,
        size: u64,
        slash: bool,
    ) -> Result<EntryKind, Error> {
        let target = || {
            extended
                .long_link
                .clone()
                .or_else(|| extended.records.get(b"linkpath".as_slice()).cloned())
                .or_else(|| header.link_name_bytes().map(Cow::into_owned))
                .filter(|target| !target.is_empty() && !target.contains(&0))
                .filter(|target| target.len() <= MAX_PATH)
                .ok_or_else(|| self.wrong("a link whose target is not a path"))
        };
        let device = |field: Range<usize>| {
            let number = self.number(&header.as_bytes()[field], "device number")?;
            u32::try_from(number).map_err(|_| self.wrong("the device number is too large"))
        };
        Ok(match header.entry_type().as_byte() {
            // Archives older than POSIX mark a directory by its slash alone.
            0 | b'0' if slash => EntryKind::Directory,
            0 | b'0' | b'7' => EntryKind::File { size },
            b'1' => EntryKind::Hardlink {
                target: self.path(&target()?)?,
            },
            b'2' => EntryKind::Symlink { target: target()? },
            b'3' => EntryKind::CharDevice {
                major: device(MAJOR)?,
                minor: device(MINOR)?,
            },
            b'4' => EntryKind::BlockDevice {
                major: device(MAJOR)?,
                minor: device(MINOR)?,
            },
            b'5' => EntryKind::Directory,
            b'6' => EntryKind::Fifo,
            b'S' => return Err(self.wrong("sparse files are not read")),
            other => {
                let shown = char::from(other).escape_default();
                return Err(self.wrong(&format!("members of type `{shown}` are not read")));
            }
        })
    }

    /// Whole seconds since 1970; what is before counts as 0.
    fn mtime(&self, header: &Header, records: &Records) -> Result<u64, Error> {
        match records.get(b"mtime".as_slice()) {
            Some(value) if value.starts_with(b"-") => Ok(0),
            Some(value) => {
                let whole = value.split(|byte| *byte == b'.').next();
                self.decimal(whole.unwrap_or_default(), "mtime")
            }
            None if header.as_old().mtime[0] & 0xc0 == 0xc0 => Ok(0),
            None => self.number(&header.as_old().mtime, "mtime"),
        }
    }

    fn decimal(&self, text: &[u8], what: &str) -> Result<u64, Error> {
        std::str::from_utf8(text)
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| self.wrong(&format!("the {what} is not a number")))
    }
}
