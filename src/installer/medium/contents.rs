//! The file that says what is on a medium.

use serde::{Deserialize, Serialize};

use crate::bootable::disk::MEDIUM_MARK;

/// Its path on the medium.
pub(in crate::installer) const CONTENTS: &str = MEDIUM_MARK;
/// The OCI layout with the images.
pub(in crate::installer) const IMAGES: &str = "terroir/images";
/// Where an installer has the medium.
pub const PLACE: &str = "/run/terroir-medium";
/// The kernel argument with the label of the medium.
pub(in crate::installer) const MEDIUM_ARGUMENT: &str = "terroir.medium=";
/// The number of its form.
const FORMAT: u32 = 1;

/// What is on a medium.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Contents {
    /// The number of its form.
    pub format: u32,
    /// The image that the installer is made of.
    pub image: MediumImage,
    /// The hosts that it installs without questions.
    #[serde(default)]
    pub hosts: Vec<MediumHost>,
}

/// An image of a medium.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct MediumImage {
    /// The image as machines know it.
    pub reference: String,
    /// The digest of its manifest.
    pub digest: String,
    /// Where updates come from, if a registry has it.
    pub follow: Option<String>,
}

/// A host of a medium.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct MediumHost {
    /// Its name.
    pub name: String,
    /// The hardware addresses of its cards, in lower case with colons.
    #[serde(default)]
    pub macs: Vec<String>,
    /// The serial number that its firmware tells.
    pub serial: Option<String>,
    /// The UUID that its firmware tells.
    pub uuid: Option<String>,
}

impl Contents {
    /// The contents of a medium with an image.
    #[must_use]
    pub fn new(image: MediumImage, hosts: Vec<MediumHost>) -> Self {
        Self {
            format: FORMAT,
            image,
            hosts,
        }
    }

    /// Whether their form is known.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.format == FORMAT
    }
}

/// The document of a host, as a path on the medium.
#[must_use]
pub(in crate::installer) fn document_place(host: &str) -> String {
    format!("terroir/hosts/{host}.json")
}

/// A secret of a host, as a path on the medium.
#[must_use]
pub fn secret_place(host: &str, name: &str) -> String {
    format!("terroir/secrets/{host}/{name}")
}

/// The tag in the layout of the image that documents name by a digest.
#[must_use]
pub(in crate::installer) fn tag_of(digest: &str) -> String {
    digest.replace(':', "-")
}
