//! The end of an installation that failed: nothing on the disk looks like a system.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// How much holds a table of partitions, at the begin and at the end, in bytes.
const TABLE: usize = 1 << 20;

/// Clears both tables of partitions, the first sector with its boot loader too.
pub(super) fn clear_table(disk: &Path) -> io::Result<()> {
    let mut file = File::options().write(true).open(disk)?;
    let size = file.seek(SeekFrom::End(0))?;
    let zeros = vec![0; TABLE];
    let part = u64::try_from(TABLE).unwrap_or_default().min(size);
    for at in [0, size - part] {
        let count = usize::try_from(part).unwrap_or(TABLE);
        file.write_all_at(zeros.get(..count).unwrap_or_default(), at)?;
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_tables_go_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk");
        std::fs::write(&path, vec![7; 3 * TABLE + 512]).unwrap();
        clear_table(&path).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let is = |range: std::ops::Range<usize>, byte: u8| {
            bytes.get(range).unwrap().iter().all(|one| *one == byte)
        };
        assert!(is(0..TABLE, 0) && is(TABLE..2 * TABLE + 512, 7));
        assert!(is(2 * TABLE + 512..3 * TABLE + 512, 0) && bytes.len() == 3 * TABLE + 512);
        std::fs::write(&path, [7; 512]).unwrap();
        clear_table(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), [0; 512]);
    }
}
