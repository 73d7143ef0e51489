//! The disks of a machine, as somebody who chooses one sees them.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::InstallError;
use crate::kickstart::disk_list_script;
use crate::process::{Program, run};

/// How long the script may take.
const LIMIT: Duration = Duration::from_secs(120);
/// How much of a file that stands for a disk is looked at.
const LOOKED_AT: u64 = 1 << 20;

/// A disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundDisk {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Its size in MiB.
    pub mib: u64,
    /// How it is connected, and its model.
    pub model: String,
    /// Its serial number; empty where it tells none.
    pub serial: String,
    /// What is on it; empty where nothing is known to be.
    pub content: String,
    /// What keeps it from being wiped; empty where nothing does.
    pub against: String,
}

/// The disks of this machine.
///
/// # Errors
/// The script fails.
pub fn found_disks() -> Result<Vec<FoundDisk>, InstallError> {
    let script = disk_list_script().map_err(InstallError::Document)?;
    let output = run(&Program {
        name: "sh",
        arguments: &["-c", &script],
        input: b"",
        search: None,
        limit: LIMIT,
    })?;
    if output.code != Some(0) {
        let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(InstallError::Disk(format!(
            "the disks cannot be listed: {why}"
        )));
    }
    Ok(listed(&String::from_utf8_lossy(&output.stdout)))
}

/// What the script lists.
fn listed(text: &str) -> Vec<FoundDisk> {
    let disk = |line: &str| {
        let mut parts = line.split('\t').map(shown);
        let mut part = || parts.next().unwrap_or_default();
        let (name, mib) = (part(), part());
        FoundDisk {
            path: Path::new("/dev").join(&name),
            name,
            mib: mib.parse().unwrap_or_default(),
            model: part(),
            serial: part(),
            content: part(),
            against: part(),
        }
    };
    text.lines().map(disk).collect()
}

/// A text without what moves the cursor of a terminal: disks say what they want.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// A file that stands for a disk.
///
/// # Errors
/// A file that cannot be read.
pub fn disk_of_file(path: &Path) -> Result<FoundDisk, InstallError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let look = || -> io::Result<(u64, bool)> {
        let file = File::open(path)?;
        let mut begin = Vec::new();
        let size = file.metadata()?.len();
        file.take(LOOKED_AT).read_to_end(&mut begin)?;
        Ok((size, begin.iter().any(|byte| *byte != 0)))
    };
    let looked = look().map_err(InstallError::io(format!("reading {}", path.display())));
    let (size, is_used) = looked?;
    Ok(FoundDisk {
        name: name.into_owned(),
        path: path.to_path_buf(),
        mib: size >> 20,
        model: "a file".to_owned(),
        serial: String::new(),
        content: if is_used {
            "something".to_owned()
        } else {
            String::new()
        },
        against: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_script_lists_is_read() {
        let text =
            "vda\t6144\tvirtio\tS1\tvda1 ext4 (x\u{1b}[2J)\t\nsdb\t100\tusb Stick\t\t\tis in use\n";
        let disks = listed(text);
        assert_eq!(disks[0].path, Path::new("/dev/vda"));
        assert_eq!((disks[0].mib, &*disks[0].serial), (6144, "S1"));
        assert_eq!(disks[0].content, "vda1 ext4 (x[2J)");
        assert_eq!(
            (&*disks[1].model, &*disks[1].against),
            ("usb Stick", "is in use")
        );
    }
}
