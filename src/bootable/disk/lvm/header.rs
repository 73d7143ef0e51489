//! The two sectors by which LVM2 knows a physical volume: its label, and the header of its metadata.

use super::extent::OVERHEAD;

/// Where the label is, in bytes: the second sector.
pub(super) const LABEL_AT: u64 = 512;
/// Where the area for metadata begins, in bytes.
pub(super) const METADATA_AT: u64 = 4096;
/// The size of its header; the text follows.
pub(super) const METADATA_HEADER: u64 = 512;

const SECTOR: usize = 512;
/// Where the checksum of a label begins to count: behind itself.
const SUMMED: usize = 20;
/// Where the header of the physical volume begins in the sector of the label.
const HEADER: u32 = 32;
/// The version of its extension, and the mark of a volume that a group uses.
const EXTENSION: u32 = 2;
const USED: u32 = 1;
const MAGIC: &[u8; 16] = b" LVM2 x[5A%r0N*>";
/// What checksums begin with.
const INITIAL: u32 = 0xf597_a6cf;
const POLYNOMIAL: u32 = 0xedb8_8320;

/// The checksum of LVM2: CRC-32 with a begin of its own, and not inverted.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(INITIAL, |sum, byte| {
        let first = sum ^ u32::from(*byte);
        (0..8).fold(first, |sum, _| (sum >> 1) ^ (POLYNOMIAL * (sum & 1)))
    })
}

/// The label of a physical volume of a size, with its identifier of 32 characters.
pub(super) fn label(identifier: &str, size: u64) -> Vec<u8> {
    let mut rest = Vec::new();
    rest.extend(HEADER.to_le_bytes());
    rest.extend(b"LVM2 001");
    rest.extend(identifier.as_bytes());
    rest.extend(size.to_le_bytes());
    // One area of data, to the end; one of metadata; each list ends with zeros.
    for number in [OVERHEAD, 0, 0, 0, METADATA_AT, OVERHEAD - METADATA_AT, 0, 0] {
        rest.extend(number.to_le_bytes());
    }
    rest.extend(EXTENSION.to_le_bytes());
    rest.extend(USED.to_le_bytes());
    rest.resize(SECTOR - SUMMED, 0);
    let mut sector = b"LABELONE".to_vec();
    sector.extend((LABEL_AT / SECTOR as u64).to_le_bytes());
    sector.extend(checksum(&rest).to_le_bytes());
    sector.extend(rest);
    sector
}

/// The header of the area for metadata whose first text is this one.
pub(super) fn metadata(text: &[u8]) -> Vec<u8> {
    let mut rest = MAGIC.to_vec();
    rest.extend(1_u32.to_le_bytes());
    for number in [
        METADATA_AT,
        OVERHEAD - METADATA_AT,
        METADATA_HEADER,
        text.len() as u64,
    ] {
        rest.extend(number.to_le_bytes());
    }
    rest.extend(checksum(text).to_le_bytes());
    rest.resize(SECTOR - 4, 0);
    let mut sector = checksum(&rest).to_le_bytes().to_vec();
    sector.extend(rest);
    sector
}
