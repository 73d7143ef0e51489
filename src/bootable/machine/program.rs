//! The emulators of architectures, and what this machine must have for them.

use std::path::Path;

use super::error::Error;
use crate::bootable::needed::is_there;

/// The emulator of an architecture with the Debian package that has it.
pub(super) fn emulator(architecture: &str) -> Result<(&'static str, &'static str), Error> {
    match architecture {
        "amd64" => Ok(("qemu-system-x86_64", "qemu-system-x86")),
        "arm64" => Ok(("qemu-system-aarch64", "qemu-system-arm")),
        other => Err(Error::Architecture(other.to_owned())),
    }
}

/// The emulator, once neither it nor anything else that a machine needs is missing; `more` is a program
/// with its package, too.
pub(super) fn needed(
    architecture: &str,
    more: Option<(&'static str, &'static str)>,
) -> Result<&'static str, Error> {
    let (program, package) = emulator(architecture)?;
    let mut missing = vec![(program, package), ("setpriv", "util-linux")];
    missing.extend(more);
    missing.retain(|(program, _)| !is_there(program));
    match missing.is_empty() {
        true => Ok(program),
        false => Err(Error::Missing(
            missing
                .into_iter()
                .map(|(program, package)| (program.to_owned(), package))
                .collect(),
        )),
    }
}

/// A value in an option of QEMU, in which a comma is written twice.
pub(super) fn value(path: &Path) -> Result<String, Error> {
    let text = path
        .to_str()
        .ok_or_else(|| Error::Path(path.display().to_string()))?;
    Ok(text.replace(',', ",,"))
}
