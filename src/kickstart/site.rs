//! A site: an inventory with every host merged, checked and sourced.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::collections::BTreeMap;
use std::sync::Arc;

use super::address::{Address, Address6, Prefix};
use super::choice::{BondMode, Choose, DiskKind, Filesystem, Finish, Layout, Payload, Unlock};
use super::document::SecretPlace;
use super::flavour::FlavourFacts;
use super::secret::Secret;
use super::word::{Mac, Size, Target};
use crate::origin::{Diagnostic, Origin, Sourced};

/// A site with all that installs its hosts.
#[derive(Clone, Debug)]
pub struct Site {
    /// Its name.
    pub name: Sourced<String>,
    /// The inventory file, as origins name it.
    pub inventory: Arc<str>,
    /// The sha256 of the inventory's text, in hexadecimal.
    pub digest: String,
    /// The domain of its hosts.
    pub domain: Option<Sourced<String>>,
    /// The web server.
    pub server: SiteServer,
    /// Its networks, by name.
    pub networks: BTreeMap<String, SiteNetwork>,
    /// Its registries, by host or host and port.
    pub registries: BTreeMap<String, SiteRegistry>,
    /// PEM texts of authorities, by file name.
    pub authorities: BTreeMap<String, String>,
    /// Where installers are found.
    pub installers: BTreeMap<Target, SiteTree>,
    /// Its hosts, by name.
    pub hosts: BTreeMap<String, Host>,
    /// Warnings: what is stated and has no effect, secrets that are not there.
    pub notes: Vec<Diagnostic>,
}

/// The web server of a site.
#[derive(Clone, Debug)]
pub struct SiteServer {
    /// Its URL without a slash at its end.
    pub url: Sourced<String>,
    /// Whether it takes reports.
    pub reports: bool,
    /// How it comes by secrets.
    pub secrets: SecretPlace,
}

/// A network of a site.
#[derive(Clone, Debug)]
pub struct SiteNetwork {
    /// Its name, where it is written.
    pub name: Sourced<String>,
    /// Its IPv4 addresses.
    pub address: Option<Sourced<Prefix>>,
    /// Its IPv4 gateway.
    pub gateway: Option<Sourced<Ipv4Addr>>,
    /// Its IPv6 addresses.
    pub ipv6: Option<Sourced<Prefix>>,
    /// Its IPv6 gateway.
    pub ipv6_gateway: Option<Sourced<Ipv6Addr>>,
    /// Name servers.
    pub dns: Vec<Sourced<IpAddr>>,
    /// Time servers.
    pub ntp: Vec<Sourced<String>>,
    /// The domain of its hosts.
    pub domain: Option<Sourced<String>>,
    /// The VLAN that hosts have to tag.
    pub vlan: Option<Sourced<u16>>,
    /// Its largest packet, in bytes.
    pub mtu: Option<Sourced<u16>>,
    /// What its DHCP server gives to unknown machines.
    pub dhcp: Option<(Sourced<Ipv4Addr>, Sourced<Ipv4Addr>)>,
}

/// A registry of a site.
#[derive(Clone, Debug)]
pub struct SiteRegistry {
    /// Its name, where it is written.
    pub name: Sourced<String>,
    /// Where images are fetched from first.
    pub mirror: Option<Sourced<String>>,
    /// Whether it is spoken to without TLS or with an unknown certificate.
    pub insecure: bool,
    /// Its credentials.
    pub credentials: Option<Sourced<Secret>>,
    /// The PEM text of the key that its images are signed with.
    pub signed_by: Option<Sourced<String>>,
}

/// Where the installer of a target is found.
#[derive(Clone, Debug)]
pub struct SiteTree {
    /// Anaconda: the folder with `.treeinfo`; Debian: the mirror; Ubuntu: the ISO image.
    pub url: Sourced<String>,
    /// The kernel.
    pub kernel: Option<Sourced<String>>,
    /// The initial RAM disk.
    pub initrd: Option<Sourced<String>>,
}

/// A machine and what becomes of it: site, groups and its own words merged, defaults applied.
#[derive(Clone, Debug)]
pub struct Host {
    /// Its name, which is its host name.
    pub name: Sourced<String>,
    /// The groups that it is in, from the outside in.
    pub groups: Vec<String>,
    /// What it is, in a sentence.
    pub description: Option<Sourced<String>>,
    /// The hardware addresses that it may boot from.
    pub macs: Vec<Sourced<Mac>>,
    /// The serial number that its firmware tells.
    pub serial: Option<Sourced<String>>,
    /// The UUID that its firmware tells.
    pub uuid: Option<Sourced<String>>,
    /// The installer that installs it.
    pub target: Sourced<Target>,
    /// The image, where one is installed.
    pub image: Option<HostImage>,
    /// The kickstart command that writes the image.
    pub payload: Sourced<Payload>,
    /// The disks that are wiped: one, or two for a mirror.
    pub disks: Vec<HostDisk>,
    /// How they are divided.
    pub storage: HostStorage,
    /// Whether and how they are encrypted.
    pub encryption: HostEncryption,
    /// How it is connected.
    pub network: HostNetwork,
    /// People who may log in.
    pub users: Vec<HostUser>,
    /// The hash of root's password; root is locked when absent.
    pub root_password: Option<Sourced<Secret>>,
    /// Root's public SSH keys.
    pub root_keys: Vec<Sourced<String>>,
    /// The time zone.
    pub time_zone: Sourced<String>,
    /// The language.
    pub locale: Sourced<String>,
    /// The keyboard.
    pub keyboard: Sourced<String>,
    /// Kernel arguments besides those of the flavour.
    pub kernel_arguments: Vec<Sourced<String>>,
    /// Commands of the first boot.
    pub first_boot: Vec<Sourced<String>>,
    /// Packages, where packages are installed.
    pub packages: Vec<Sourced<String>>,
    /// What the installer does at the end.
    pub finish: Sourced<Finish>,
    /// A script that takes a package installation over.
    pub hand_over: Option<Sourced<String>>,
}

impl Host {
    /// The first label of its name.
    #[must_use]
    pub fn short_name(&self) -> &str {
        self.name.split('.').next().unwrap_or_default()
    }

    /// The domain that its name says, else the one of its network or site.
    #[must_use]
    pub fn domain(&self) -> Option<&str> {
        let own = self.name.split_once('.').map(|(_, domain)| domain);
        own.or_else(|| self.network.domain.as_ref().map(|domain| &*domain.value))
    }

    /// Its name with its domain.
    #[must_use]
    pub fn full_name(&self) -> String {
        match self.domain() {
            Some(domain) => format!("{}.{domain}", self.short_name()),
            None => self.name.value.clone(),
        }
    }
}

/// The image that a host gets.
#[derive(Clone, Debug)]
pub struct HostImage {
    /// The flavour as the inventory names it.
    pub flavour: Sourced<String>,
    /// The reference that is installed: by digest where the inventory says one.
    pub reference: Sourced<String>,
    /// The reference that updates come from.
    pub follow: Sourced<String>,
    /// What is known of the flavour; none when nothing is.
    pub facts: Option<Arc<FlavourFacts>>,
}

/// A disk that is installed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostDisk {
    /// Where it is chosen.
    pub origin: Origin,
    /// Its name below /dev/disk/by-id, perhaps with `*`.
    pub id: Option<String>,
    /// Its name below /dev/disk/by-path.
    pub path: Option<String>,
    /// Its serial number.
    pub serial: Option<String>,
    /// Its world wide name.
    pub wwn: Option<String>,
    /// The smallest that it may be.
    pub min_size: Option<Size>,
    /// The largest that it may be.
    pub max_size: Option<Size>,
    /// How it is connected.
    pub kind: Option<DiskKind>,
    /// Whether it turns.
    pub rotational: Option<bool>,
    /// Which one, when several fit.
    pub choose: Option<Choose>,
}

impl HostDisk {
    /// The name below /dev/disk/by-id, when that alone says which disk it is.
    #[must_use]
    pub fn fixed(&self) -> Option<&str> {
        self.id.as_deref().filter(|id| !id.contains('*'))
    }
}

/// How disks are divided.
#[derive(Clone, Debug)]
pub struct HostStorage {
    /// Partitions, logical volumes, or logical volumes on a mirror.
    pub layout: Sourced<Layout>,
    /// The name of the volume group.
    pub volume_group: String,
    /// The volumes, the root first, then by mount point.
    pub volumes: Vec<Volume>,
    /// The size of the swap space.
    pub swap: Option<Sourced<Size>>,
}

impl HostStorage {
    /// What every installer makes besides the volumes, at least: for the firmware and for /boot.
    const BOOT: u64 = 1 + 538 + 1024;
    /// The smallest root, or pool of Btrfs, that takes what is left.
    const REST: u64 = 10240;

    /// The MiB that a disk must have at least, so that the volumes have room on it.
    #[must_use]
    pub fn room(&self) -> u64 {
        let is_pooled = |volume: &&Volume| volume.filesystem == Filesystem::Btrfs;
        let pool = self.volumes.iter().find(is_pooled).map(|_| Self::REST);
        let parts = self.volumes.iter().filter(|volume| !is_pooled(volume));
        let parts = parts.map(|volume| volume.size.map_or(Self::REST, |size| size.0));
        let swap = self.swap.as_ref().map(|swap| swap.value.0);
        let all = parts.chain(pool).chain(swap);
        all.fold(Self::BOOT, u64::saturating_add)
    }
}

/// A volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// Its mount point.
    pub place: String,
    /// Its size; what is left when absent.
    pub size: Option<Size>,
    /// Its file system.
    pub filesystem: Filesystem,
    /// Its mount options.
    pub options: Vec<String>,
    /// Where it is written.
    pub origin: Origin,
}

/// Whether and how disks are encrypted.
#[derive(Clone, Debug)]
pub struct HostEncryption {
    /// What opens them at every boot.
    pub unlock: Sourced<Unlock>,
    /// The passphrase that they are made with; there is one unless nothing is encrypted.
    pub passphrase: Option<Sourced<Secret>>,
    /// TPM2: the registers that are bound to.
    pub pcrs: Vec<u8>,
    /// Tang: servers and thumbprints.
    pub tang: Vec<(Sourced<String>, Sourced<String>)>,
    /// Tang: how many servers have to answer.
    pub threshold: u8,
    /// Whether a recovery key is made at first boot and reported.
    pub recovery_key: bool,
}

/// How a host is connected.
#[derive(Clone, Debug)]
pub struct HostNetwork {
    /// The network of the site, if the inventory names one.
    pub network: Option<Sourced<String>>,
    /// Its IPv4 address.
    pub address: Sourced<Address>,
    /// Its IPv6 address.
    pub ipv6: Sourced<Address6>,
    /// The interface by name; the first hardware address when absent.
    pub interface: Option<Sourced<String>>,
    /// Several interfaces that act as one.
    pub bond: Option<Bond>,
    /// The VLAN that frames are tagged with.
    pub vlan: Option<Sourced<u16>>,
    /// The name of a bridge that carries the address.
    pub bridge: Option<Sourced<String>>,
    /// The largest packet, in bytes.
    pub mtu: Option<Sourced<u16>>,
    /// The domain.
    pub domain: Option<Sourced<String>>,
}

/// Several interfaces that act as one.
#[derive(Clone, Debug)]
pub struct Bond {
    /// Its name.
    pub name: String,
    /// The interfaces.
    pub interfaces: Vec<Sourced<String>>,
    /// The mode.
    pub mode: BondMode,
    /// Further options of the kernel's driver.
    pub options: BTreeMap<String, String>,
}

/// Somebody who may log in.
#[derive(Clone, Debug)]
pub struct HostUser {
    /// The login name.
    pub login: Sourced<String>,
    /// The full name.
    pub name: Option<Sourced<String>>,
    /// The hash of the password.
    pub password: Option<Sourced<Secret>>,
    /// Further groups.
    pub groups: Vec<Sourced<String>>,
    /// Public SSH keys.
    pub ssh_keys: Vec<Sourced<String>>,
    /// The shell.
    pub shell: Option<Sourced<String>>,
}
