//! The firmware of virtual machines: UEFI as distributions package it, and its variables.

use std::path::{Path, PathBuf};

use super::error::Error;

/// What a machine starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Firmware {
    /// UEFI that starts anything.
    Uefi,
    /// UEFI that starts only what is signed.
    Secure,
    /// A BIOS, on amd64.
    Bios,
}

/// UEFI with the variables that it starts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flash {
    pub code: PathBuf,
    pub variables: PathBuf,
}

/// Places of firmware: that of Debian and Ubuntu, then that of Fedora.
const PLAIN: [(&str, &str); 2] = [
    (
        "/usr/share/OVMF/OVMF_CODE_4M.fd",
        "/usr/share/OVMF/OVMF_VARS_4M.fd",
    ),
    (
        "/usr/share/edk2/ovmf/OVMF_CODE.fd",
        "/usr/share/edk2/ovmf/OVMF_VARS.fd",
    ),
];
/// The same with Secure Boot and the keys of Microsoft, which signs shim.
const SECURE: [(&str, &str); 2] = [
    (
        "/usr/share/OVMF/OVMF_CODE_4M.ms.fd",
        "/usr/share/OVMF/OVMF_VARS_4M.ms.fd",
    ),
    (
        "/usr/share/edk2/ovmf/OVMF_CODE.secboot.fd",
        "/usr/share/edk2/ovmf/OVMF_VARS.secboot.fd",
    ),
];
const ARM: [(&str, &str); 1] = [(
    "/usr/share/AAVMF/AAVMF_CODE.fd",
    "/usr/share/AAVMF/AAVMF_VARS.fd",
)];

/// The UEFI for an architecture, as far as this machine has it; none for a BIOS.
pub(super) fn flash(architecture: &str, firmware: Firmware) -> Result<Option<Flash>, Error> {
    let (places, package): (&[(&str, &str)], _) = match (architecture, firmware) {
        ("arm64", Firmware::Uefi) => (&ARM, "qemu-efi-aarch64"),
        ("arm64", Firmware::Secure | Firmware::Bios) => {
            return Err(Error::Firmware(architecture.to_owned()));
        }
        (_, Firmware::Secure) => (&SECURE, "ovmf"),
        (_, Firmware::Uefi) => (&PLAIN, "ovmf"),
        (_, Firmware::Bios) => return Ok(None),
    };
    let there = |(code, variables): &&(&str, &str)| {
        Path::new(code).is_file() && Path::new(variables).is_file()
    };
    match places.iter().find(there) {
        Some((code, variables)) => Ok(Some(Flash {
            code: code.into(),
            variables: variables.into(),
        })),
        None => {
            let first = places.first().map(|(code, _)| (*code).to_owned());
            Err(Error::Missing(vec![(first.unwrap_or_default(), package)]))
        }
    }
}
