//! The keys of a host, which groups and the site may state for it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;

use crate::kickstart::value::address::{Address, Address6};
use crate::kickstart::value::choice::{
    BondMode, Choose, DiskKind, Filesystem, Finish, Layout, Payload, Separate, Unlock,
};
use crate::kickstart::value::mac::Macs;
use crate::kickstart::value::secret::Secret;
use crate::kickstart::value::size::Size;
use crate::kickstart::value::target::Target;
use crate::origin::{Sourced, SourcedMap};

/// The keys that belong to one machine and to no group.
pub const IDENTITY: [&str; 4] = ["description", "mac", "serial", "uuid"];

/// A host: which machine it is, and what becomes of it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HostDocument {
    /// What it is, in a sentence.
    pub description: Option<Sourced<String>>,
    /// The hardware addresses that it may boot from.
    pub mac: Option<Macs>,
    /// The serial number that its firmware reports.
    pub serial: Option<Sourced<String>>,
    /// The UUID that its firmware reports.
    pub uuid: Option<Sourced<String>>,
    /// Its IPv4 address, or `dhcp`, or `off`.
    pub address: Option<Sourced<Address>>,
    /// Its IPv6 address, or `auto`, `dhcp` or `off`.
    pub ipv6: Option<Sourced<Address6>>,
    /// What is installed: a recipe, relative to the inventory, or an image reference with digest.
    pub flavour: Option<Sourced<String>>,
    /// The image reference, if it is another than the one that the recipe publishes.
    pub image: Option<Sourced<String>>,
    /// The reference that updates come from, once it is installed.
    pub follow: Option<Sourced<String>>,
    /// The installer that installs it.
    pub target: Option<Sourced<Target>>,
    /// The kickstart command that writes the image.
    pub payload: Option<Sourced<Payload>>,
    /// The disk that is wiped and installed to.
    pub disk: Option<Sourced<DiskChoice>>,
    /// The second disk of a mirror.
    pub mirror: Option<Sourced<DiskChoice>>,
    /// How the disk is divided.
    pub storage: Option<StorageDocument>,
    /// Whether and how the disk is encrypted.
    pub encryption: Option<EncryptionDocument>,
    /// The network of the site that it is in.
    pub network: Option<Sourced<String>>,
    /// How it is connected to that network.
    pub link: Option<LinkDocument>,
    /// People who may log in, by name.
    pub users: Option<SourcedMap<UserDocument>>,
    /// What root may do.
    pub root: Option<RootDocument>,
    /// The time zone: `Europe/Paris`.
    pub time_zone: Option<Sourced<String>>,
    /// The language: `fr_FR.UTF-8`.
    pub locale: Option<Sourced<String>>,
    /// The keyboard: `fr`.
    pub keyboard: Option<Sourced<String>>,
    /// Arguments of the installed kernel, besides those of the flavour.
    pub kernel_arguments: Option<Vec<Sourced<String>>>,
    /// Commands of the first boot, in this order.
    pub first_boot: Option<Vec<Sourced<String>>>,
    /// Packages, where packages are installed and no image.
    pub packages: Option<Vec<Sourced<String>>>,
    /// Whether a target that installs packages may leave the flavour's image out: of the flavour
    /// only its mount options (as volumes) and its consoles (in the installer) are then taken.
    pub packages_only: Option<Sourced<bool>>,
    /// What the installer does at the end.
    pub finish: Option<Sourced<Finish>>,
    /// A script on the web server that takes a Debian or Ubuntu installation over before it
    /// partitions anything, such as one that writes an image.
    pub hand_over: Option<Sourced<String>>,
}

/// What a group or site says of its hosts: everything but which machine it is.
#[derive(Debug)]
pub enum Defaults {}

impl JsonSchema for Defaults {
    fn schema_name() -> Cow<'static, str> {
        "Defaults".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = HostDocument::json_schema(generator);
        if let Some(keys) = schema
            .get_mut("properties")
            .and_then(serde_json::Value::as_object_mut)
        {
            keys.retain(|key, _| !IDENTITY.contains(&key.as_str()));
        }
        schema
    }
}

/// Which disk is meant; all that is stated has to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DiskChoice {
    /// Its name below /dev/disk/by-id, with `*` for any run of characters.
    pub id: Option<Sourced<String>>,
    /// Its name below /dev/disk/by-path: where it is plugged in.
    pub path: Option<Sourced<String>>,
    /// Its serial number, as `lsblk -o SERIAL` shows it.
    pub serial: Option<Sourced<String>>,
    /// Its world wide name, as `lsblk -o WWN` shows it.
    pub wwn: Option<Sourced<String>>,
    /// The smallest that it may be.
    pub min_size: Option<Sourced<Size>>,
    /// The largest that it may be.
    pub max_size: Option<Sourced<Size>>,
    /// How it is connected.
    #[serde(rename = "type")]
    pub kind: Option<Sourced<DiskKind>>,
    /// Whether it turns.
    pub rotational: Option<Sourced<bool>>,
    /// Which one, when several disks fit.
    pub choose: Option<Sourced<Choose>>,
}

/// How disks are divided.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct StorageDocument {
    /// Partitions, logical volumes, or logical volumes on two disks.
    pub layout: Option<Sourced<Layout>>,
    /// The file system of every volume that names none.
    pub filesystem: Option<Sourced<Filesystem>>,
    /// The name of the volume group.
    pub volume_group: Option<Sourced<String>>,
    /// Which folders get a volume of their own.
    pub separate: Option<Sourced<Separate>>,
    /// Volumes by mount point; they add to the separate ones and replace them.
    pub volumes: Option<SourcedMap<VolumeDocument>>,
    /// The size of the swap space; none when absent.
    pub swap: Option<Sourced<Size>>,
}

/// A volume.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct VolumeDocument {
    /// Its size; what is left when absent.
    pub size: Option<Sourced<Size>>,
    /// Its file system.
    pub filesystem: Option<Sourced<Filesystem>>,
    /// Its mount options.
    pub options: Option<Vec<Sourced<String>>>,
}

/// Whether and how the disk is encrypted (LUKS2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EncryptionDocument {
    /// What opens it at every boot.
    pub unlock: Option<Sourced<Unlock>>,
    /// The passphrase that it is made with; others than `passphrase` remove it once they are set.
    pub passphrase: Option<Sourced<Secret>>,
    /// TPM2: the registers that are bound to; 7 when absent.
    pub pcrs: Option<Vec<Sourced<u8>>>,
    /// Tang: the servers.
    pub tang: Option<Vec<TangServer>>,
    /// Tang: how many servers have to answer; one when absent.
    pub threshold: Option<Sourced<u8>>,
    /// Whether a recovery key is made at first boot and reported to the server.
    pub recovery_key: Option<Sourced<bool>>,
}

/// A Tang server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TangServer {
    /// Where it is.
    pub url: Sourced<String>,
    /// The thumbprint of its key, so that no other key is trusted.
    pub thumbprint: Sourced<String>,
}

/// How a host is connected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LinkDocument {
    /// The interface by name; the first hardware address when absent.
    pub interface: Option<Sourced<String>>,
    /// Several interfaces that act as one.
    pub bond: Option<BondDocument>,
    /// The VLAN that frames are tagged with.
    pub vlan: Option<Sourced<u16>>,
    /// The name of a bridge that carries the address.
    pub bridge: Option<Sourced<String>>,
    /// The largest packet, in bytes.
    pub mtu: Option<Sourced<u16>>,
}

/// Several interfaces that act as one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BondDocument {
    /// The interfaces by name.
    pub interfaces: Vec<Sourced<String>>,
    /// The name of the bond; `bond0` when absent.
    pub name: Option<Sourced<String>>,
    /// The mode; `active-backup` when absent.
    pub mode: Option<Sourced<BondMode>>,
    /// Further options of the kernel's driver: `miimon: "100"`.
    pub options: Option<BTreeMap<String, Sourced<String>>>,
}

/// A person who may log in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct UserDocument {
    /// The full name.
    pub name: Option<Sourced<String>>,
    /// The hash of the password; no password when absent.
    pub password: Option<Sourced<Secret>>,
    /// Further groups.
    pub groups: Option<Vec<Sourced<String>>>,
    /// Public SSH keys.
    pub ssh_keys: Option<Vec<Sourced<String>>>,
    /// The shell.
    pub shell: Option<Sourced<String>>,
}

/// What root may do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RootDocument {
    /// The hash of the password; root is locked when absent.
    pub password: Option<Sourced<Secret>>,
    /// Public SSH keys.
    pub ssh_keys: Option<Vec<Sourced<String>>>,
}
