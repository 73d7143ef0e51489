//! Targets: the release of an installer that a host is installed with.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a machine is installed by and with: the release of an installer.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum Target {
    /// Fedora 42.
    F42,
    /// Fedora 43.
    F43,
    /// Fedora 44.
    F44,
    /// Fedora 45.
    F45,
    /// Red Hat Enterprise Linux 9 and what is made from it.
    RHEL9,
    /// Red Hat Enterprise Linux 10 and what is made from it.
    RHEL10,
    /// Debian 12.
    #[serde(rename = "debian-12")]
    Debian12,
    /// Debian 13.
    #[serde(rename = "debian-13")]
    Debian13,
    /// Ubuntu 24.04.
    #[serde(rename = "ubuntu-24.04")]
    Ubuntu2404,
}

/// The installers that there are files for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Installer {
    /// Anaconda, which reads kickstarts and installs images.
    Anaconda,
    /// debian-installer, which reads preseeds and installs packages.
    Debian,
    /// Subiquity, which reads autoinstall files and installs packages.
    Ubuntu,
    /// terroir's own, which reads the document of a host and installs images.
    Own,
}

impl Installer {
    /// Whether it installs images; the others install packages.
    #[must_use]
    pub fn installs_images(self) -> bool {
        matches!(self, Self::Anaconda | Self::Own)
    }
}

impl Target {
    /// Every target, in the order of the type.
    pub const ALL: [Self; 9] = [
        Self::F42,
        Self::F43,
        Self::F44,
        Self::F45,
        Self::RHEL9,
        Self::RHEL10,
        Self::Debian12,
        Self::Debian13,
        Self::Ubuntu2404,
    ];

    /// The name as it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::F42 => "F42",
            Self::F43 => "F43",
            Self::F44 => "F44",
            Self::F45 => "F45",
            Self::RHEL9 => "RHEL9",
            Self::RHEL10 => "RHEL10",
            Self::Debian12 => "debian-12",
            Self::Debian13 => "debian-13",
            Self::Ubuntu2404 => "ubuntu-24.04",
        }
    }

    /// The installer that the distribution itself has.
    #[must_use]
    pub fn distribution_installer(self) -> Installer {
        match self {
            Self::Debian12 | Self::Debian13 => Installer::Debian,
            Self::Ubuntu2404 => Installer::Ubuntu,
            _ => Installer::Anaconda,
        }
    }

    /// Whether its Anaconda knows the command `bootc` (pykickstart 3.64 and, for RHEL 10, 3.69).
    #[must_use]
    pub fn knows_bootc(self) -> bool {
        matches!(self, Self::F43 | Self::F44 | Self::F45 | Self::RHEL10)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|target| target.name() == text);
        found.ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|target| target.name()).collect();
            format!("`{text}` is not a target; known: {}", names.join(", "))
        })
    }
}
