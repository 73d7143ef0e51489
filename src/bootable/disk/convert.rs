//! The raw disk that is filled, and disks in the file formats of virtual machines.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use super::error::Error;
use super::identity::Identity;
use super::order::{Format, Order};
use super::tools::{Tools, has_room};

/// How far into a vmdk its description reaches, in bytes.
const DESCRIPTION: usize = 64 << 10;

/// An empty raw disk that becomes the output, in its place or beside the work; it will hold about so
/// many bytes.
pub(super) fn blank(order: &Order, size: u64, held: u64) -> Result<PathBuf, Error> {
    let path = match order.format {
        Format::Raw => order.output.clone(),
        _ => order.work.join("disk.raw"),
    };
    for folder in [order.output.parent(), path.parent()].into_iter().flatten() {
        has_room(folder, held)?;
    }
    zeros(&path, size)?;
    Ok(path)
}

/// Makes a file of zeros that takes no room.
pub(super) fn zeros(path: &Path, size: u64) -> Result<(), Error> {
    let file = File::options()
        .create(true)
        .truncate(true)
        .write(true)
        .open(path);
    file.and_then(|file| file.set_len(size))
        .map_err(Error::io(format!("making {}", path.display())))
}

/// Brings a raw disk that is filled into the format of the output, and writes that out.
pub(super) fn finish(
    order: &Order,
    raw: &Path,
    (tools, identity): (&Tools, &Identity),
    say: &dyn Fn(&str),
) -> Result<(), Error> {
    if order.format != Format::Raw {
        say("converting the disk");
        let raw = raw.display().to_string();
        let files = (raw.as_str(), order.output.as_path(), order.work.as_path());
        convert(tools, files, order.format, identity)?;
    }
    let written = File::open(&order.output).and_then(|file| file.sync_all());
    written.map_err(Error::io(format!("writing {} out", order.output.display())))
}

/// Writes a disk in a format other than raw; `work` is for files in between.
fn convert(
    tools: &Tools,
    (raw, output, work): (&str, &Path, &Path),
    format: Format,
    identity: &Identity,
) -> Result<(), Error> {
    match format {
        Format::Raw => Ok(()),
        Format::Qcow2 => {
            let target = output.display().to_string();
            let words = ["convert", "-f", "raw", "-O", "qcow2", raw, &target];
            tools.run("qemu-img", &words, &[]).map(drop)
        }
        Format::Vmdk => {
            // The description of a vmdk holds the name that the file has when it is written.
            let target = work.join("disk.vmdk");
            let name = target.display().to_string();
            let kind = "subformat=streamOptimized";
            let words = ["convert", "-f", "raw", "-O", "vmdk", "-o", kind, raw, &name];
            tools.run("qemu-img", &words, &[])?;
            rename(&target, &identity.volume("vmdk"))
                .and_then(|()| std::fs::copy(&target, output).map(drop))
                .map_err(Error::io(format!("writing {}", output.display())))
        }
    }
}

/// Replaces the random content id in the description of a vmdk.
fn rename(path: &Path, id: &str) -> std::io::Result<()> {
    let file = File::options().read(true).write(true).open(path)?;
    let mut head = vec![0; DESCRIPTION];
    let read = file.read_at(&mut head, 0)?;
    head.truncate(read);
    let (place, text) =
        renamed(&head, id).ok_or_else(|| std::io::Error::other("it has no content id"))?;
    file.write_all_at(&text, place)
}

/// What a description holds from its content id on, with another one, and where that stands. The id
/// is written without leading zeros, so what follows may move; zeros after the text leave room.
fn renamed(head: &[u8], id: &str) -> Option<(u64, Vec<u8>)> {
    let place = head.windows(5).position(|bytes| bytes == b"\nCID=")? + 5;
    let rest = head.get(place..)?;
    let line = rest.iter().position(|byte| *byte == b'\n')?;
    let end = rest.iter().position(|byte| *byte == 0)?;
    let mut text = id.to_lowercase().into_bytes();
    text.extend(rest.get(line..end)?);
    let is_room = rest
        .get(end..text.len().max(end))?
        .iter()
        .all(|byte| *byte == 0);
    is_room.then_some((place as u64, text))
}

#[cfg(test)]
mod tests {
    use super::renamed;

    #[test]
    fn ids_of_any_length_are_replaced() {
        let cases: [(&[u8], Option<&[u8]>); 4] = [
            (
                b"v=1\nCID=12345678\nrest\n\0\0",
                Some(b"v=1\nCID=0000beef\nrest\n\0\0"),
            ),
            (
                b"v=1\nCID=5678\nrest\n\0\0\0\0\0\0",
                Some(b"v=1\nCID=0000beef\nrest\n\0\0"),
            ),
            (b"v=1\nCID=5678\nrest\n\0grain", None),
            (b"v=1\nrest\n\0", None),
        ];
        for (head, expected) in cases {
            let found = renamed(head, "0000BEEF").map(|(place, text)| {
                let mut head = head.to_vec();
                let place = usize::try_from(place).unwrap();
                head[place..place + text.len()].copy_from_slice(&text);
                head
            });
            assert_eq!(found.as_deref(), expected, "{head:?}");
        }
    }
}
