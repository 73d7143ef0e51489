//! The blocks in front of an archive member: a ustar header, and PAX records where it is too small.

use tar::{EntryType, Header};

use super::pax;
use crate::tree::{Entry, EntryKind, Error};

/// Size of a block of an archive.
pub(super) const BLOCK: usize = 512;
/// Largest number in seven octal digits.
const SEVEN: u64 = 0o777_7777;
/// Largest number in eleven octal digits.
const ELEVEN: u64 = 0o777_7777_7777;

/// Writes the blocks of an entry. They depend on the entry alone: no names of users, no counters.
pub(in crate::tree) fn encode(entry: &Entry) -> Result<Vec<u8>, Error> {
    let mut header = Header::new_ustar();
    let mut records = Vec::new();
    put_names(&mut header, entry, &mut records)?;
    put_kind(&mut header, entry, &mut records)?;
    header.set_mode(entry.mode & 0o7777);
    header.set_uid(number(&mut records, b"uid", entry.uid.into(), SEVEN));
    header.set_gid(number(&mut records, b"gid", entry.gid.into(), SEVEN));
    header.set_mtime(number(&mut records, b"mtime", entry.mtime, ELEVEN));
    for (name, value) in &entry.xattrs {
        if name.is_empty() || name.contains(&b'=') || name.contains(&0) {
            let name = String::from_utf8_lossy(name);
            let why = format!("an archive cannot carry an extended attribute named {name:?}");
            return Err(refused(entry, why));
        }
        pax::push(&mut records, &[pax::XATTR, name].concat(), value);
    }
    header.set_cksum();
    let mut blocks = Vec::with_capacity(BLOCK);
    if !records.is_empty() {
        let mut extended = Header::new_ustar();
        put(&mut extended.as_old_mut().name, b"PaxHeader");
        extended.set_entry_type(EntryType::XHeader);
        extended.set_mode(0o644);
        extended.set_uid(0);
        extended.set_gid(0);
        extended.set_size(records.len() as u64);
        extended.set_cksum();
        blocks.extend_from_slice(extended.as_bytes());
        blocks.extend_from_slice(&records);
        blocks.resize(blocks.len().next_multiple_of(BLOCK), 0);
    }
    blocks.extend_from_slice(header.as_bytes());
    Ok(blocks)
}

/// Puts path and link target where they fit.
fn put_names(header: &mut Header, entry: &Entry, records: &mut Vec<u8>) -> Result<(), Error> {
    let mut path = entry.path.as_bytes().to_vec();
    if path.is_empty() {
        path.push(b'.');
    }
    if entry.is_directory() {
        path.push(b'/');
    }
    let target = match &entry.kind {
        EntryKind::Symlink { target } => target.as_slice(),
        EntryKind::Hardlink { target } => target.as_bytes(),
        _ => &[],
    };
    let links = matches!(
        entry.kind,
        EntryKind::Symlink { .. } | EntryKind::Hardlink { .. }
    );
    if links && (target.is_empty() || target.contains(&0)) {
        return Err(refused(entry, "its link target is not a path".to_owned()));
    }
    let ustar = header.as_ustar_mut().expect("made as ustar");
    let split = split(&path, ustar.name.len(), ustar.prefix.len());
    let long_target = target.len() > ustar.linkname.len();
    let bytes = |name: &[u8], is_long: bool| is_long && std::str::from_utf8(name).is_err();
    if bytes(&path, split.is_none()) || bytes(target, long_target) {
        pax::push(records, b"hdrcharset", b"BINARY");
    }
    if let Some((prefix, name)) = split {
        put(&mut ustar.prefix, prefix);
        put(&mut ustar.name, name);
    } else {
        pax::push(records, b"path", &path);
        put(&mut ustar.name, &path);
    }
    put(&mut ustar.linkname, target);
    if long_target {
        pax::push(records, b"linkpath", target);
    }
    Ok(())
}

/// Puts type, size and device numbers.
fn put_kind(header: &mut Header, entry: &Entry, records: &mut Vec<u8>) -> Result<(), Error> {
    let size = match entry.kind {
        EntryKind::File { size } => number(records, b"size", size, ELEVEN),
        _ => 0,
    };
    header.set_size(size);
    header.set_entry_type(match &entry.kind {
        EntryKind::File { .. } => EntryType::Regular,
        EntryKind::Directory => EntryType::Directory,
        EntryKind::Symlink { .. } => EntryType::Symlink,
        EntryKind::Hardlink { .. } => EntryType::Link,
        EntryKind::CharDevice { .. } => EntryType::Char,
        EntryKind::BlockDevice { .. } => EntryType::Block,
        EntryKind::Fifo => EntryType::Fifo,
    });
    let (EntryKind::CharDevice { major, minor } | EntryKind::BlockDevice { major, minor }) =
        entry.kind
    else {
        return Ok(());
    };
    if u64::from(major.max(minor)) > SEVEN {
        let why = format!("no device has the numbers {major}:{minor}");
        return Err(refused(entry, why));
    }
    let ustar = header.as_ustar_mut().expect("made as ustar");
    ustar.set_device_major(major);
    ustar.set_device_minor(minor);
    Ok(())
}

/// Splits a path at a slash into what fits prefix and name; none when nothing fits.
fn split(path: &[u8], name: usize, prefix: usize) -> Option<(&[u8], &[u8])> {
    if path.len() <= name {
        return Some((&[], path));
    }
    let first = path.len().checked_sub(name + 1)?;
    let at = (first..path.len().saturating_sub(1))
        .take_while(|at| *at <= prefix)
        .find(|at| *at > 0 && path.get(*at) == Some(&b'/'))?;
    Some((path.get(..at)?, path.get(at + 1..)?))
}

/// The number as the header takes it; one that is too large goes into a record.
fn number(records: &mut Vec<u8>, key: &[u8], value: u64, largest: u64) -> u64 {
    if value <= largest {
        return value;
    }
    pax::push(records, key, value.to_string().as_bytes());
    0
}

/// Fills a field from its start with as much as fits.
fn put(field: &mut [u8], bytes: &[u8]) {
    for (slot, byte) in field.iter_mut().zip(bytes) {
        *slot = *byte;
    }
}

fn refused(entry: &Entry, why: String) -> Error {
    Error::Entry {
        path: entry.path.clone(),
        why,
    }
}
