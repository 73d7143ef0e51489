//! The firmware of virtual machines: UEFI as distributions package it, and its variables.

use std::path::{Path, PathBuf};

use super::error::Error;

/// Firmware with the variables that it starts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Firmware {
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

/// The firmware for an architecture, as far as this machine has it.
pub(super) fn firmware(architecture: &str, secure: bool) -> Result<Firmware, Error> {
    let (places, package): (&[(&str, &str)], _) = match (architecture, secure) {
        ("arm64", _) => (&ARM, "qemu-efi-aarch64"),
        (_, true) => (&SECURE, "ovmf"),
        (_, false) => (&PLAIN, "ovmf"),
    };
    let there = |(code, variables): &&(&str, &str)| {
        Path::new(code).is_file() && Path::new(variables).is_file()
    };
    match places.iter().find(there) {
        Some((code, variables)) => Ok(Firmware {
            code: code.into(),
            variables: variables.into(),
        }),
        None => {
            let first = places.first().map(|(code, _)| (*code).to_owned());
            Err(Error::Missing(vec![(first.unwrap_or_default(), package)]))
        }
    }
}
