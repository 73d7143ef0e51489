//! What tells one program, library, kernel module or firmware from another: its length and checksum,
//! and the build id, which stays when symbols are stripped.

use std::io::{self, Read};

use crate::path::TreePath;

/// How a program, a library and a plain kernel module begin (elf(5)).
const ELF: &[u8] = b"\x7fELF";
/// A note with a build id of 20 bytes: length of its name, of its content, its type, its name.
const BUILD_ID: &[u8] = b"\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0";
/// The length of a build id.
const ID: usize = 20;
/// How far into a file its build id is looked for; linkers put it behind the program headers.
const START: usize = 8 << 10;
/// Folders of what dracut copies, and does not write anew.
const FOLDERS: [&str; 5] = [
    "/usr/bin",
    "/usr/lib",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/sbin",
];
/// Files in the folders of kernels and firmware are compared whatever they begin with.
const WHOLE: [&str; 2] = ["/usr/lib/firmware", "/usr/lib/modules"];

/// Tells whether a file of that path may be copied into an initramfs.
pub(super) fn may_be_copied(path: &TreePath) -> bool {
    let path = path.to_string();
    FOLDERS.iter().any(|folder| is_below(&path, folder))
}

fn is_below(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    rest.is_some_and(|rest| rest.starts_with('/'))
}

/// Tells whether a path is that of a kernel module or of firmware.
fn is_driver(path: &str) -> bool {
    let is_index = path.starts_with("/usr/lib/modules/") && !path.contains(".ko");
    WHOLE.iter().any(|folder| is_below(path, folder)) && !is_index
}

/// What is known of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Print {
    size: u64,
    checksum: u32,
    is_elf: bool,
    build_id: Option<[u8; ID]>,
}

impl Print {
    /// Reads a file to its end; none of one that could not differ, since it is empty.
    pub(super) fn read(content: &mut dyn Read) -> io::Result<Option<Self>> {
        let mut start = Vec::new();
        content.take(START as u64).read_to_end(&mut start)?;
        let mut sum = flate2::Crc::new();
        sum.update(&start);
        let mut size = start.len() as u64;
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = content.read(&mut buffer)?;
            let Some(piece @ [_, ..]) = buffer.get(..count) else {
                break;
            };
            sum.update(piece);
            size += count as u64;
        }
        Ok((size > 0).then(|| Self {
            size,
            checksum: sum.sum(),
            is_elf: start.starts_with(ELF),
            build_id: build_id(&start),
        }))
    }

    /// Tells whether a copy in an initramfs was made of another file than the one at its path.
    pub(super) fn is_other(&self, copy: &Self, path: &str) -> bool {
        if self.size == copy.size && self.checksum == copy.checksum {
            return false;
        }
        match (self.is_elf && copy.is_elf, self.build_id, copy.build_id) {
            (true, Some(one), Some(other)) => one != other,
            // A copy without symbols is smaller; whether it is of this file cannot be seen.
            (true, ..) => copy.size >= self.size,
            (false, ..) => is_driver(path),
        }
    }
}

/// The build id in the start of a file.
fn build_id(start: &[u8]) -> Option<[u8; ID]> {
    let at = start
        .windows(BUILD_ID.len())
        .position(|window| window == BUILD_ID)?;
    let from = at + BUILD_ID.len();
    start.get(from..from + ID)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elf(id: Option<u8>, rest: &[u8]) -> Vec<u8> {
        let note = id.map(|id| [BUILD_ID, &[id; ID]].concat());
        [ELF, &[0; 100], &note.unwrap_or_default(), rest].concat()
    }

    #[test]
    fn a_copy_is_told_from_another_file() {
        let long = vec![7; 100_000];
        let table: [(&str, Vec<u8>, Vec<u8>, bool); 9] = [
            (
                "/usr/bin/a",
                elf(Some(1), &long),
                elf(Some(1), &long),
                false,
            ),
            ("/usr/bin/a", elf(Some(1), &long), elf(Some(2), &long), true),
            // Stripped.
            ("/usr/bin/a", elf(Some(1), &long), elf(Some(1), b""), false),
            ("/usr/bin/a", elf(None, &long), elf(None, b""), false),
            ("/usr/bin/a", elf(None, b""), elf(None, &long), true),
            // What dracut writes itself.
            (
                "/usr/lib/systemd/system/a.service",
                b"a".into(),
                b"b".into(),
                false,
            ),
            (
                "/usr/lib/modules/6.1/modules.dep",
                b"a".into(),
                b"b".into(),
                false,
            ),
            (
                "/usr/lib/modules/6.1/kernel/a.ko.xz",
                b"a".into(),
                b"b".into(),
                true,
            ),
            ("/usr/lib/firmware/a.bin", b"a".into(), b"ab".into(), true),
        ];
        for (path, file, copy, is_other) in table {
            let read = |bytes: &[u8]| Print::read(&mut { bytes }).unwrap().unwrap();
            assert_eq!(read(&file).is_other(&read(&copy), path), is_other, "{path}");
        }
        assert_eq!(Print::read(&mut &b""[..]).unwrap(), None);
    }

    #[test]
    fn programs_of_this_machine_have_a_build_id() {
        let bytes = std::fs::read("/bin/sh").unwrap();
        let print = Print::read(&mut bytes.as_slice()).unwrap().unwrap();
        assert!(print.is_elf && print.build_id.is_some());
    }
}
