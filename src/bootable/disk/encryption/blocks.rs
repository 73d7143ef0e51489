//! The blocks of file systems that are in use: only they are encrypted, all others stay holes.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use rayon::prelude::*;

use super::header::SECTOR;
use super::xts::Xts;
use crate::bootable::disk::error::Error;
use crate::bootable::disk::part::Part;
use crate::bootable::disk::tools::Tools;

/// How much is encrypted at once, in blocks.
const AT_ONCE: u64 = 256;

/// Encrypts what a volume holds where it stands: the used blocks of its file systems of the kind ext4, and
/// other pieces whole.
pub(super) fn encrypt(
    tools: &Tools,
    (disk, volume): (&Path, Part),
    holds: &Holds,
    cipher: &Xts,
) -> Result<(), Error> {
    let size = SECTOR as u64;
    let mut pieces = Vec::new();
    for part in &holds.systems {
        let place = part.in_disk(&disk.display().to_string());
        let told = tools.run("dumpe2fs", &[&place], &[])?;
        let used = used(&told).ok_or_else(|| Error::Program {
            program: "dumpe2fs".to_owned(),
            said: "it does not tell which blocks are in use".to_owned(),
        })?;
        let first = (part.start - volume.start) / size;
        pieces.extend(
            used.into_iter()
                .map(|range| first + range.start..first + range.end),
        );
    }
    for part in &holds.pieces {
        let first = (part.start - volume.start) / size;
        pieces.push(first..first + part.size / size);
    }
    let failed = || Error::io(format!("encrypting the root in {}", disk.display()));
    let file = File::options().read(true).write(true).open(disk);
    let file = file.map_err(failed())?;
    let pieces: Vec<Range<u64>> = pieces.into_iter().flat_map(self::pieces).collect();
    pieces
        .into_par_iter()
        .try_for_each(|piece| {
            let length = usize::try_from((piece.end - piece.start) * size).unwrap_or_default();
            let mut bytes = vec![0; length];
            let at = piece.start * size;
            file.read_exact_at(&mut bytes, volume.start + at)?;
            cipher.encrypt(&mut bytes, SECTOR, at);
            file.write_all_at(&bytes, volume.start + at)
        })
        .map_err(failed())
}

/// What an encrypted volume holds; everything else in it stays as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::bootable::disk) struct Holds {
    /// File systems of the kind ext4.
    pub systems: Vec<Part>,
    /// Pieces that are encrypted whole.
    pub pieces: Vec<Part>,
}

fn pieces(range: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let starts = (range.start..range.end).step_by(usize::try_from(AT_ONCE).unwrap_or(1));
    starts.map(move |start| start..range.end.min(start + AT_ONCE))
}

/// The blocks that are not free, by what dumpe2fs tells; none when it tells something else.
fn used(told: &str) -> Option<Vec<Range<u64>>> {
    let field = |name: &str| -> Option<u64> {
        let line = told.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().parse().ok()
    };
    let (count, free_count) = (field("Block count:")?, field("Free blocks:")?);
    if field("Block size:")? != SECTOR as u64 {
        return None;
    }
    let mut used = Vec::new();
    let (mut at, mut free_seen) = (0, 0);
    for line in told.lines() {
        let Some(free) = line.strip_prefix("  Free blocks:") else {
            continue;
        };
        for range in free.split(',').map(str::trim).filter(|one| !one.is_empty()) {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
            if first < at || last < first || last >= count {
                return None;
            }
            if first > at {
                used.push(at..first);
            }
            at = last + 1;
            free_seen += at - first;
        }
    }
    if at < count {
        used.push(at..count);
    }
    (free_seen == free_count).then_some(used)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::single_range_in_vec_init, reason = "there is one range")]
    fn free_blocks_of_all_groups_are_left_out() {
        let head = "Block count:              100\nFree blocks:              12\nBlock size:               4096\n";
        let cases = [
            (
                "Group 0:\n  Free blocks: 10-19, 30\n  Free blocks: 99\n",
                Some(vec![0..10, 20..30, 31..99]),
            ),
            ("  Free blocks: \n  Free blocks: 88-99\n", Some(vec![0..88])),
            // One that was not understood would be left unencrypted.
            ("  Free blocks: 10-19\n", None),
            ("  Free blocks: 10-x\n", None),
            ("  Free blocks: 89-100\n", None),
        ];
        for (groups, expected) in cases {
            assert_eq!(used(&format!("{head}{groups}")), expected, "{groups}");
        }
        assert_eq!(used("Block count: 100\n"), None);
    }
}
