//! Entries of the firmware's boot menu (UEFI specification, Load Options and Device Path Protocol).

/// The file system partition that an entry names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Partition {
    pub number: u32,
    /// In blocks of the disk.
    pub start: u64,
    pub size: u64,
    /// Its identity in the table of partitions, as it is stored.
    pub uuid: [u8; 16],
}

/// What is read of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The file on the partition; none where the entry names no file.
    pub path: Option<String>,
    /// The identity of the partition; none where it names no partition of a GPT.
    pub partition: Option<[u8; 16]>,
}

/// An active entry.
const ACTIVE: u32 = 1;
/// Types and subtypes of the nodes of a device path.
const HARD_DRIVE: [u8; 2] = [4, 1];
const FILE: [u8; 2] = [4, 4];
const END: [u8; 4] = [0x7f, 0xff, 4, 0];
/// The table of partitions is a GPT, and its identities are GUIDs.
const GPT: [u8; 2] = [2, 2];

/// An entry that starts a file, with the separators of UEFI.
pub(super) fn write(description: &str, partition: &Partition, path: &str) -> Vec<u8> {
    let mut drive = Vec::new();
    drive.extend(partition.number.to_le_bytes());
    drive.extend(partition.start.to_le_bytes());
    drive.extend(partition.size.to_le_bytes());
    drive.extend(partition.uuid);
    drive.extend(GPT);
    let devices = [
        node(HARD_DRIVE, &drive),
        node(FILE, &text(path)),
        END.to_vec(),
    ]
    .concat();
    let length = u16::try_from(devices.len()).unwrap_or(u16::MAX);
    let mut option = ACTIVE.to_le_bytes().to_vec();
    option.extend(length.to_le_bytes());
    option.extend(text(description));
    option.extend(devices);
    option
}

/// Reads an entry; none when it is cut off.
pub(super) fn read(option: &[u8]) -> Option<Entry> {
    let length = usize::from(half(option, 4)?);
    let mut at = 6;
    while half(option, at)? != 0 {
        at += 2;
    }
    let mut devices = option.get(at + 2..at + 2 + length)?;
    let mut entry = Entry {
        path: None,
        partition: None,
    };
    while let Some(size) = half(devices, 2).map(usize::from) {
        let kind = devices.get(..2)?;
        let content = devices.get(4..size)?;
        if kind == HARD_DRIVE && content.get(36..38)? == GPT {
            entry.partition = content.get(20..36)?.try_into().ok();
        } else if kind == FILE {
            let units = content.chunks_exact(2);
            let units: Vec<u16> = units.filter_map(|unit| half(unit, 0)).collect();
            let path = String::from_utf16_lossy(&units);
            entry.path = Some(path.trim_end_matches('\0').to_owned());
        }
        devices = devices.get(size.max(4)..)?;
    }
    Some(entry)
}

/// An identity as the table of partitions stores it, from its text.
pub(super) fn uuid(text: &str) -> Option<[u8; 16]> {
    let hex: String = text.chars().filter(|c| *c != '-').collect();
    let number = u128::from_str_radix(&hex, 16)
        .ok()
        .filter(|_| hex.len() == 32)?;
    let mut bytes = number.to_be_bytes();
    // The first three fields are stored lowest byte first.
    for field in [0..4, 4..6, 6..8] {
        if let Some(field) = bytes.get_mut(field) {
            field.reverse();
        }
    }
    Some(bytes)
}

fn node(kind: [u8; 2], content: &[u8]) -> Vec<u8> {
    let size = u16::try_from(content.len() + 4).unwrap_or(u16::MAX);
    [kind.as_slice(), &size.to_le_bytes(), content].concat()
}

/// UTF-16 with its end.
fn text(text: &str) -> Vec<u8> {
    let units = text.encode_utf16().chain([0]);
    units.flat_map(u16::to_le_bytes).collect()
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(bytes.try_into().ok()?))
}
