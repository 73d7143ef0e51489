//! What `tar -tv` must print for an entry.

use terroir::tree::{Entry, EntryKind};

/// A line of `tar -tv`, one space between its columns.
pub(crate) fn tar_line(entry: &Entry) -> Vec<u8> {
    let mut size = "0".to_owned();
    let mut link = Vec::new();
    let kind = match &entry.kind {
        EntryKind::File { size: bytes } => {
            size = bytes.to_string();
            '-'
        }
        EntryKind::Directory => 'd',
        EntryKind::Symlink { target } => {
            link = [b" -> ", target.as_slice()].concat();
            'l'
        }
        EntryKind::Hardlink { target } => {
            link = [b" link to ", target.as_bytes()].concat();
            'h'
        }
        EntryKind::CharDevice { major, minor } => {
            size = format!("{major},{minor}");
            'c'
        }
        EntryKind::BlockDevice { major, minor } => {
            size = format!("{major},{minor}");
            'b'
        }
        EntryKind::Fifo => 'p',
    };
    let time = match entry.mtime {
        0 => "1970-01-01 00:00:00",
        12 => "1970-01-01 00:00:12",
        _ => "2001-09-09 01:46:40",
    };
    let (uid, gid) = (entry.uid, entry.gid);
    let mut line = format!("{kind}{} {uid}/{gid} {size} {time} ", mode(entry.mode)).into_bytes();
    line.extend_from_slice(if entry.path.is_root() {
        b"."
    } else {
        entry.path.as_bytes()
    });
    if entry.is_directory() {
        line.push(b'/');
    }
    line.extend(link);
    line
}

/// Permission bits in letters.
fn mode(mode: u32) -> String {
    let bits = |shift: u32, special: bool, mark: char| {
        let bits = mode >> shift;
        let execute = match (bits & 1 == 1, special) {
            (true, true) => mark,
            (false, true) => mark.to_ascii_uppercase(),
            (true, false) => 'x',
            (false, false) => '-',
        };
        let read = if bits & 4 > 0 { 'r' } else { '-' };
        let write = if bits & 2 > 0 { 'w' } else { '-' };
        format!("{read}{write}{execute}")
    };
    [
        bits(6, mode & 0o4000 > 0, 's'),
        bits(3, mode & 0o2000 > 0, 's'),
        bits(0, mode & 0o1000 > 0, 't'),
    ]
    .concat()
}
