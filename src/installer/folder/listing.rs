//! The file that says what is in the folder of an installer, and how it is booted.

use serde::Serialize;
use std::collections::BTreeMap;

use crate::kickstart::INSTALLER_ARGUMENT;
use crate::oci::Digest;

/// Its name.
pub const LISTING: &str = "terroir-installer.json";
/// The number of its form.
const FORMAT: u32 = 1;

/// What is in the folder.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Listing {
    format: u32,
    image: ImageOf,
    architecture: String,
    kernel: String,
    /// The kernel arguments to boot with.
    pub arguments: Vec<String>,
    files: BTreeMap<String, Part>,
}

/// The image that an installer is made of.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ImageOf {
    pub reference: String,
    pub digest: String,
}

#[derive(Debug, Serialize)]
struct Part {
    size: u64,
    sha256: String,
}

impl Listing {
    pub(super) fn new(
        image: ImageOf,
        (architecture, kernel): (&str, &str),
        consoles: Vec<String>,
    ) -> Self {
        let mut arguments = vec![INSTALLER_ARGUMENT.to_owned()];
        arguments.extend(consoles);
        Self {
            format: FORMAT,
            image,
            architecture: architecture.to_owned(),
            kernel: kernel.to_owned(),
            arguments,
            files: BTreeMap::new(),
        }
    }

    /// Adds a file.
    pub(super) fn add(&mut self, name: &str, (digest, size): (Digest, u64)) {
        let sha256 = digest.hex();
        self.files.insert(name.to_owned(), Part { size, sha256 });
    }
}
