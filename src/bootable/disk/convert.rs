//! Disks in the file formats of virtual machines.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::error::Error;
use super::identity::Identity;
use super::order::Format;
use super::tools::Tools;

/// How far into a vmdk its description reaches, in bytes.
const DESCRIPTION: usize = 64 << 10;

/// Writes a disk in a format other than raw.
pub(super) fn convert(
    tools: &Tools,
    (raw, output): (&str, &Path),
    format: Format,
    identity: &Identity,
) -> Result<(), Error> {
    let target = output.display().to_string();
    let mut words = vec!["convert", "-f", "raw"];
    match format {
        Format::Raw => return Ok(()),
        Format::Qcow2 => words.extend(["-O", "qcow2"]),
        Format::Vmdk => words.extend(["-O", "vmdk", "-o", "subformat=streamOptimized"]),
    }
    words.extend([raw, target.as_str()]);
    tools.run("qemu-img", &words, &[])?;
    match format {
        Format::Vmdk => {
            name(output, &identity.volume("vmdk")).map_err(Error::io("naming the vmdk"))
        }
        _ => Ok(()),
    }
}

/// Overwrites the random content id in the description of a vmdk.
fn name(path: &Path, id: &str) -> std::io::Result<()> {
    let file = File::options().read(true).write(true).open(path)?;
    let mut head = vec![0; DESCRIPTION];
    let read = file.read_at(&mut head, 0)?;
    head.truncate(read);
    let place = head
        .windows(5)
        .position(|bytes| bytes == b"\nCID=")
        .ok_or_else(|| std::io::Error::other("it has no content id"))?;
    file.write_all_at(id.to_lowercase().as_bytes(), place as u64 + 5)
}
