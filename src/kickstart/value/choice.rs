//! Choices that an inventory offers by name.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Shows choices as they are written.
macro_rules! shown_as_written {
    ($($type:ident)*) => {$(
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.serialize(f)
            }
        }
    )*};
}

shown_as_written!(Payload Finish DiskKind Choose Layout Filesystem Separate Unlock BondMode);

/// The kickstart command that writes an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Payload {
    /// `ostreecontainer`, which every target knows.
    #[default]
    Ostreecontainer,
    /// `bootc`, for one disk and registries without credentials, from Fedora 43 and RHEL 10 on.
    Bootc,
}

/// What the installer does at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Finish {
    /// It boots what it installed.
    #[default]
    Reboot,
    /// It switches the machine off.
    Poweroff,
}

/// How a disk is connected.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum DiskKind {
    /// NVMe in the machine itself.
    Nvme,
    /// SATA or ATA.
    Sata,
    /// Behind a SAS adapter, SATA disks there too.
    Sas,
    /// Paravirtual: virtio-blk, virtio-scsi, Xen.
    Virtio,
    /// USB; no other choice takes such a disk unless it names the disk.
    Usb,
    /// A memory card or eMMC; no other choice takes such a disk unless it names the disk.
    Mmc,
    /// Behind a controller that shows none of these: volumes of RAID controllers, SCSI of hypervisors.
    Controller,
}

/// Which of several disks.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Choose {
    /// The smallest; of equal ones the first by name.
    Smallest,
    /// The largest; of equal ones the first by name.
    Largest,
}

/// How volumes lie on disks.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// A partition for each.
    #[default]
    Plain,
    /// Logical volumes of one volume group.
    Lvm,
    /// Logical volumes of one volume group on a mirror of two disks.
    Raid1,
}

/// A file system.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Filesystem {
    /// XFS.
    #[default]
    Xfs,
    /// ext4.
    Ext4,
    /// Btrfs, which RHEL has not.
    Btrfs,
}

/// Which folders get a volume of their own.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Separate {
    /// Those that the flavour has mount settings for; none if it has no such settings.
    #[default]
    Flavour,
    /// Those that the CIS benchmarks name, with their options.
    Cis,
    /// None.
    None,
}

/// What opens an encrypted disk.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Unlock {
    /// It is not encrypted.
    #[default]
    None,
    /// A person who types the passphrase.
    Passphrase,
    /// The machine's TPM.
    Tpm2,
    /// A security key; a person touches it to enrol it at the first boot.
    Fido2,
    /// Tang servers in the network.
    Tang,
}

/// How a bond spreads frames.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum BondMode {
    /// One interface at a time.
    #[default]
    #[serde(rename = "active-backup")]
    ActiveBackup,
    /// LACP.
    #[serde(rename = "802.3ad")]
    Lacp,
    /// In turn.
    #[serde(rename = "balance-rr")]
    BalanceRr,
    /// By addresses.
    #[serde(rename = "balance-xor")]
    BalanceXor,
}
