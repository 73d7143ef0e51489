//! An ISO 9660 volume with a kickstart, for machines that do not boot from a network.
//!
//! Anaconda reads `/ks.cfg` of any volume with the label OEMDRV by itself. The volume is an ISO 9660
//! image (ECMA-119, level 1) with that one file, made to be attached beside the installer's own medium
//! or written to a stick. The same kickstart gives the same bytes.

/// Bytes of a sector.
const SECTOR: usize = 2048;
/// Where the path tables, the root and the file begin, in sectors.
const TABLE_LITTLE: u32 = 18;
const TABLE_BIG: u32 = 19;
const ROOT: u32 = 20;
const FILE: u32 = 21;
/// Linux shows this name as `ks.cfg`.
const NAME: &[u8] = b"KS.CFG;1";
/// A date that is not stated (ECMA-119, 8.4.26.1).
const NO_DATE: &[u8; 17] = b"0000000000000000\0";
/// The first of January 1970 in a directory (ECMA-119, 9.1.5).
const EPOCH: [u8; 7] = [70, 1, 1, 0, 0, 0, 0];

/// Makes the volume.
///
/// # Errors
/// A kickstart of more than 1 MiB, which is none.
pub fn oemdrv(kickstart: &[u8]) -> Result<Vec<u8>, String> {
    let size = u32::try_from(kickstart.len())
        .ok()
        .filter(|size| *size <= 1 << 20)
        .ok_or("a kickstart of more than 1 MiB is none")?;
    let sectors = FILE + size.div_ceil(2048);
    let mut image = vec![0; 16 * SECTOR];
    image.extend(primary(sectors));
    image.extend(sector(b"\xffCD001\x01"));
    image.extend(sector(&table(u32::to_le_bytes, u16::to_le_bytes)));
    image.extend(sector(&table(u32::to_be_bytes, u16::to_be_bytes)));
    let mut root = record(b"\0", ROOT, 2048, true);
    root.extend(record(b"\x01", ROOT, 2048, true));
    root.extend(record(NAME, FILE, size, false));
    image.extend(sector(&root));
    image.extend(kickstart);
    image.resize(sectors as usize * SECTOR, 0);
    Ok(image)
}

/// Bytes filled up to a sector.
fn sector(bytes: &[u8]) -> Vec<u8> {
    let mut sector = bytes.to_vec();
    sector.resize(SECTOR, 0);
    sector
}

/// A number in both orders of bytes.
fn both32(number: u32) -> Vec<u8> {
    [number.to_le_bytes(), number.to_be_bytes()].concat()
}

fn both16(number: u16) -> Vec<u8> {
    [number.to_le_bytes(), number.to_be_bytes()].concat()
}

/// The path table, which names the root only (ECMA-119, 9.4).
fn table(long: fn(u32) -> [u8; 4], short: fn(u16) -> [u8; 2]) -> Vec<u8> {
    [&[1, 0][..], &long(ROOT), &short(1), &[0, 0]].concat()
}

/// A record of a directory (ECMA-119, 9.1).
fn record(name: &[u8], place: u32, size: u32, is_folder: bool) -> Vec<u8> {
    let mut record = vec![0, 0];
    record.extend(both32(place));
    record.extend(both32(size));
    record.extend(EPOCH);
    record.extend([u8::from(is_folder) << 1, 0, 0]);
    record.extend(both16(1));
    record.push(u8::try_from(name.len()).unwrap_or(0));
    record.extend(name);
    if record.len() % 2 == 1 {
        record.push(0);
    }
    record[0] = u8::try_from(record.len()).unwrap_or(0);
    record
}

/// The primary volume descriptor (ECMA-119, 8.4).
fn primary(sectors: u32) -> Vec<u8> {
    let text = |text: &str, length: usize| format!("{text:length$}").into_bytes();
    let mut head = b"\x01CD001\x01\0".to_vec();
    head.extend(text("", 32));
    head.extend(text("OEMDRV", 32));
    head.extend([0; 8]);
    head.extend(both32(sectors));
    head.extend([0; 32]);
    head.extend([both16(1), both16(1), both16(2048), both32(10)].concat());
    head.extend(TABLE_LITTLE.to_le_bytes());
    head.extend([0; 4]);
    head.extend(TABLE_BIG.to_be_bytes());
    head.extend([0; 4]);
    head.extend(record(b"\0", ROOT, 2048, true));
    // Set, publisher, preparer, application; then three files that there are not.
    head.extend(text("", 128 * 4 + 37 * 3));
    head.extend([NO_DATE.as_slice(); 4].concat());
    head.push(1);
    sector(&head)
}
