//! Swap space (mkswap(8), "union swap_header" of Linux): one page with its size and identifier.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use crate::bootable::disk::part::Part;

/// The size of a page of the architectures that disks are made for, in bytes.
pub(in crate::bootable::disk) const PAGE: u64 = 4096;
/// Where the header tells its version, and where its identifier.
const VERSION: u64 = 1024;
const UUID: u64 = 1036;
/// What ends the page.
const SIGNATURE: &[u8] = b"SWAPSPACE2";

/// Makes swap space of a part of a disk.
pub(in crate::bootable::disk) fn make(disk: &Path, part: Part, uuid: &str) -> io::Result<()> {
    let digits: Vec<u8> = uuid.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let identifier: Option<Vec<u8>> = digits.chunks(2).map(byte).collect();
    let identifier = identifier.filter(|bytes| bytes.len() == 16);
    let identifier = identifier.ok_or_else(|| io::Error::other("it has no identifier"))?;
    let last = u32::try_from(part.size / PAGE - 1).unwrap_or(u32::MAX);
    let file = File::options().write(true).open(disk)?;
    let header = [1_u32.to_le_bytes(), last.to_le_bytes(), 0_u32.to_le_bytes()].concat();
    file.write_all_at(&header, part.start + VERSION)?;
    file.write_all_at(&identifier, part.start + UUID)?;
    let end = part.start + PAGE - SIGNATURE.len() as u64;
    file.write_all_at(SIGNATURE, end)
}
