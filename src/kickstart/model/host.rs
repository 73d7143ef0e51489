//! A complete host: values of its site, its groups and itself merged, each with its origin.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::flavour::FlavourFacts;
use crate::action::LifeCycle;
use crate::kickstart::value::address::{Address, Address6};
use crate::kickstart::value::choice::{
    BondMode, Choose, DiskKind, Filesystem, Finish, Layout, Payload, Unlock,
};
use crate::kickstart::value::mac::Mac;
use crate::kickstart::value::secret::Secret;
use crate::kickstart::value::size::Size;
use crate::kickstart::value::target::{Installer, Target};
use crate::origin::{Origin, Sourced};

/// A machine and its installation: keys of site, groups and host merged, defaults applied.
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
    /// The serial number that its firmware reports.
    pub serial: Option<Sourced<String>>,
    /// The UUID that its firmware reports.
    pub uuid: Option<Sourced<String>>,
    /// What it is installed with.
    pub target: Sourced<Target>,
    /// The installer that installs it.
    pub installer: Installer,
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

    /// The domain in its name, else the one of its network or site.
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
    /// The reference that is installed; it has a digest where the inventory has one.
    pub reference: Sourced<String>,
    /// The reference that updates come from.
    pub follow: Sourced<String>,
    /// What is known of the flavour; none when nothing is.
    pub facts: Option<Arc<FlavourFacts>>,
}

impl HostImage {
    /// Whether something updates it on its machines: nothing does in the life cycle `plain`.
    #[must_use]
    pub fn is_updated(&self) -> bool {
        let life_cycle = self.facts.as_ref().and_then(|facts| facts.life_cycle);
        life_cycle != Some(LifeCycle::Plain)
    }
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
    /// The name below /dev/disk/by-id, when that alone identifies the disk.
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

    /// Whether the volumes are logical ones, in a volume group.
    pub(in crate::kickstart) fn is_logical(&self) -> bool {
        self.layout.value != Layout::Plain
    }

    /// Those of a stated size, then those that take what is left.
    pub(in crate::kickstart) fn rest_last(&self) -> impl Iterator<Item = &Volume> {
        let stated = self.volumes.iter().filter(|volume| volume.size.is_some());
        let rest = self.volumes.iter().filter(|volume| volume.size.is_none());
        stated.chain(rest)
    }

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

impl Volume {
    /// The name of its logical volume or subvolume: `var_log` for /var/log.
    pub(in crate::kickstart) fn name(&self) -> String {
        match self.place.trim_start_matches('/') {
            "" => "root".to_owned(),
            name => name.replace(['/', '.', '-'], "_"),
        }
    }
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

impl HostEncryption {
    /// Whether anything is encrypted.
    pub(in crate::kickstart) fn is_on(&self) -> bool {
        self.unlock.value != Unlock::None
    }
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

/// A person who may log in.
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
