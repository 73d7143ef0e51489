//! Where a deployment came from, as its origin file says.

use std::fmt::Write as _;

use crate::bootable::ostree::import::image_reference;
use crate::oci::Digest;

/// The image that a deployment was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The image as somebody named it (`registry.example/os/server:stable`); empty when nobody did.
    pub reference: String,
    /// The digest of the platform's manifest.
    pub manifest: Digest,
}

impl Origin {
    /// The origin file.
    #[must_use]
    pub fn write(&self) -> String {
        let manifest = &self.manifest;
        let mut text = format!("[origin]\nrefspec={}\n", image_reference(manifest));
        text.push_str("\n[terroir]\n");
        if !self.reference.is_empty() {
            let _ = writeln!(text, "image={}", self.reference);
        }
        let _ = writeln!(text, "manifest={manifest}");
        text
    }

    /// Reads an origin file; none when it is not one of terroir.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut section = "";
        let (mut reference, mut manifest) = (String::new(), None);
        for line in text.lines().map(str::trim) {
            if line.starts_with('[') {
                section = line;
                continue;
            }
            match line.split_once('=') {
                Some(("image", value)) if section == "[terroir]" => reference = value.to_owned(),
                Some(("manifest", value)) if section == "[terroir]" => {
                    manifest = value.parse().ok();
                }
                _ => {}
            }
        }
        manifest.map(|manifest| Self {
            reference,
            manifest,
        })
    }
}
