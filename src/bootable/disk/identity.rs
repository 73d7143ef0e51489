//! Identifiers of a disk, its partitions and its file systems, derived from one seed.

use crate::oci::Digest;

/// The identifiers of a disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    seed: String,
}

impl Identity {
    pub(super) fn new(seed: &str) -> Self {
        Self {
            seed: seed.to_owned(),
        }
    }

    fn digest(&self, name: &str) -> String {
        Digest::of(format!("{}\n{name}", self.seed).as_bytes()).hex()
    }

    /// The UUID of something, of version 8 (RFC 9562).
    pub(super) fn uuid(&self, name: &str) -> String {
        let mut text = String::new();
        for (at, digit) in self.digest(name).chars().take(32).enumerate() {
            if [8, 12, 16, 20].contains(&at) {
                text.push('-');
            }
            text.push(match at {
                12 => '8',
                16 => 'a',
                _ => digit,
            });
        }
        text
    }

    /// The volume id of a FAT file system.
    pub(super) fn volume(&self, name: &str) -> String {
        self.digest(name)
            .chars()
            .take(8)
            .collect::<String>()
            .to_uppercase()
    }
}

/// A volume id as fstab and udev write it.
pub(super) fn dashed(volume: &str) -> String {
    let (high, low) = volume.split_at_checked(4).unwrap_or((volume, ""));
    format!("{high}-{low}")
}
