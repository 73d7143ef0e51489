//! What the initramfs of an installer has beside the programs of its image.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// The file that says which image an installer was made of; only an installer has it.
pub const MARK: &str = "/etc/terroir/installer.json";

/// Files by path.
const FILES: [(&str, &str); 3] = [
    (
        "usr/lib/systemd/system/terroir-install.service",
        include_str!("carried/terroir-install.service"),
    ),
    (
        "usr/lib/systemd/system/terroir-install.target",
        include_str!("carried/terroir-install.target"),
    ),
    (
        "usr/lib/systemd/network/80-terroir-install.network",
        include_str!("carried/80-terroir-install.network"),
    ),
];

/// Writes them below an empty folder, with the mark of the image.
pub(super) fn write(folder: &Path, mark: &str) -> io::Result<()> {
    let marked = (MARK.trim_start_matches('/'), mark);
    for (name, text) in FILES.into_iter().chain([marked]) {
        let path = folder.join(name);
        if let Some(above) = path.parent() {
            fs::create_dir_all(above)?;
        }
        fs::write(&path, text)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644))?;
    }
    readable(folder)
}

/// Whatever the umask is: the folders become those of the initramfs.
fn readable(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            readable(&entry.path())?;
        }
    }
    Ok(())
}
