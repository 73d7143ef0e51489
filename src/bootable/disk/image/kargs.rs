//! The kernel arguments that an unpacked image asks for.

use std::path::Path;

use crate::bootable::disk::error::Error;
use crate::bootable::disk::parts::{names, text};
use crate::bootable::ostree::{kernel_arguments, rust_architecture};
use crate::setting::KARGS_FOLDER;

/// The arguments of all files that apply to an architecture of OCI.
pub(in crate::bootable::disk) fn arguments_of(
    root: &Path,
    architecture: &str,
) -> Result<Vec<String>, Error> {
    let mut files = Vec::new();
    for name in names(root, KARGS_FOLDER)? {
        if name.ends_with(".toml") {
            let read = text(root, &format!("{KARGS_FOLDER}/{name}"))?;
            files.push((name, read.unwrap_or_default()));
        }
    }
    let files = files.iter().map(|(name, text)| (&**name, &**text));
    Ok(kernel_arguments(files, rust_architecture(architecture))?)
}
