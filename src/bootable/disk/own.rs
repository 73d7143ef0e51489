//! What a disk has beside its image, for the one machine that it is for.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::setting::HostAccount;

/// What a disk has beside its image; some of it is secret, so it is not shown.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Own {
    /// Kernel arguments, after those of the image.
    pub arguments: Vec<String>,
    /// Files, which belong to root.
    pub files: Vec<OwnFile>,
    /// Users, besides those of the image or added to.
    pub users: Vec<OwnUser>,
    /// How it is connected; as the image says when absent.
    pub network: Option<OwnNetwork>,
    /// Its time zone, language and keyboard.
    pub region: OwnRegion,
    /// Commands that run once, at its first start.
    pub first_boot: Vec<String>,
    /// What only machines read that are updated as a whole.
    pub updates: OwnUpdates,
    /// Its volumes beside the root.
    pub storage: OwnStorage,
    /// Whether no other machine gets a copy of the disk.
    pub is_only: bool,
}

impl fmt::Debug for Own {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Own");
        shown.field("arguments", &self.arguments);
        shown.finish_non_exhaustive()
    }
}

/// The time zone, language and keyboard of one machine, each as the image says when absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnRegion {
    /// The time zone, of the tz database.
    pub time_zone: Option<String>,
    /// The locale of the C library.
    pub locale: Option<String>,
    /// The layout of the keyboard.
    pub keyboard: Option<String>,
}

/// What only machines read that are updated as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnUpdates {
    /// Whether the disk's reference is one that the machine is to follow.
    pub follows: bool,
    /// The file with the credentials that stay for updates.
    pub credentials: Option<OwnFile>,
}

/// How the disk of one machine is divided.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnStorage {
    /// The size of the root in bytes; what is left when absent.
    pub root: Option<u64>,
    /// Volumes beside the root.
    pub volumes: Vec<OwnVolume>,
    /// The size of the swap space in bytes, if there is any.
    pub swap: Option<u64>,
    /// The name of the volume group, if root and volumes are logical ones.
    pub group: Option<String>,
}

/// A volume of one machine, with a file system of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnVolume {
    /// Where it is mounted.
    pub place: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its mount options; those of the image for the place when there are none.
    pub options: Vec<String>,
}

/// A file of one machine.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnFile {
    /// Its path.
    pub path: String,
    /// What it holds.
    pub text: String,
    /// Its mode.
    pub mode: u32,
}

impl fmt::Debug for OwnFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("OwnFile");
        shown.field("path", &self.path).finish_non_exhaustive()
    }
}

impl OwnFile {
    /// A file that everybody may read.
    #[must_use]
    pub fn public(path: &str, text: String) -> Self {
        Self {
            path: path.to_owned(),
            text,
            mode: 0o644,
        }
    }

    /// A file that only root may read.
    #[must_use]
    pub fn private(path: &str, text: String) -> Self {
        Self {
            mode: 0o600,
            ..Self::public(path, text)
        }
    }
}

/// A user of one machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnUser {
    /// The line in the databases.
    pub account: HostAccount,
    /// Lines for authorized_keys (sshd(8)).
    pub keys: Vec<String>,
}

/// A program that may set up the network of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NetworkProgram {
    /// netplan, which tells others what to do.
    Netplan,
    /// NetworkManager.
    NetworkManager,
    /// systemd-networkd.
    Networkd,
    /// ifupdown.
    Ifupdown,
}

impl fmt::Display for NetworkProgram {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Netplan => "netplan",
            Self::NetworkManager => "NetworkManager",
            Self::Networkd => "systemd-networkd",
            Self::Ifupdown => "ifupdown",
        })
    }
}

/// The network of one machine, for whatever program its image has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnNetwork {
    /// The files for each program, or what it cannot do.
    pub forms: Vec<(NetworkProgram, Result<Vec<OwnFile>, String>)>,
    /// The text of resolv.conf(5) for an image in which no program writes it.
    pub resolver: Option<String>,
}
