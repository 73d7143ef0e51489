//! The emulators of architectures, and what this machine must have for them.

use std::path::Path;

use super::error::Error;

/// The emulator of an architecture with the Debian package that has it.
pub(super) fn emulator(architecture: &str) -> Result<(&'static str, &'static str), Error> {
    match architecture {
        "amd64" => Ok(("qemu-system-x86_64", "qemu-system-x86")),
        "arm64" => Ok(("qemu-system-aarch64", "qemu-system-arm")),
        other => Err(Error::Architecture(other.to_owned())),
    }
}

/// A value in an option of QEMU, in which a comma is written twice.
pub(super) fn value(path: &Path) -> Result<String, Error> {
    let text = path
        .to_str()
        .ok_or_else(|| Error::Path(path.display().to_string()))?;
    Ok(text.replace(',', ",,"))
}
