//! Which hosts and sites the rows of the table of keys without effect concern.

use crate::kickstart::model::host::Host;
use crate::kickstart::model::site::Site;
use crate::kickstart::value::address::{Address, Address6};
use crate::kickstart::value::choice::{Filesystem, Layout, Unlock};
use crate::kickstart::value::target::Installer;

pub(super) fn images(host: &Host) -> bool {
    host.installer.installs_images()
}

pub(super) fn own(host: &Host) -> bool {
    host.installer == Installer::Own
}

pub(super) fn plain(host: &Host) -> bool {
    let image = host.image.as_ref();
    image.is_some_and(|image| !image.is_updated())
}

pub(super) fn packages(host: &Host) -> bool {
    !images(host)
}

fn debian(host: &Host) -> bool {
    host.installer == Installer::Debian
}

pub(super) fn debian_off(host: &Host) -> bool {
    debian(host) && host.network.address.value == Address::Off
}

pub(super) fn has_mac(host: &Host) -> bool {
    !host.macs.is_empty()
}

pub(super) fn ungrouped(host: &Host) -> bool {
    let pooled = |host: &Host| {
        let mut volumes = host.storage.volumes.iter();
        volumes.any(|volume| volume.filesystem == Filesystem::Btrfs)
    };
    host.storage.layout.value == Layout::Plain && !(images(host) && pooled(host))
}

pub(super) fn open(host: &Host) -> bool {
    host.encryption.unlock.value == Unlock::None
}

pub(super) fn not_tpm(host: &Host) -> bool {
    host.encryption.unlock.value != Unlock::Tpm2
}

pub(super) fn not_tang(host: &Host) -> bool {
    host.encryption.unlock.value != Unlock::Tang
}

fn members<'a>(site: &'a Site, name: &'a str) -> impl Iterator<Item = &'a Host> {
    let within = move |host: &&Host| {
        let network = host.network.network.as_ref();
        network.is_some_and(|network| network.value == name)
    };
    site.hosts.values().filter(within)
}

fn is_fixed(host: &Host) -> bool {
    matches!(host.network.address.value, Address::Fixed(_))
}

pub(super) fn no_fixed(site: &Site, name: &str) -> bool {
    !members(site, name).any(is_fixed)
}

pub(super) fn no_fixed6(site: &Site, name: &str) -> bool {
    let fixed = |host: &Host| matches!(host.network.ipv6.value, Address6::Fixed(_));
    !members(site, name).any(fixed)
}

pub(super) fn debian_dhcp(site: &Site, name: &str) -> bool {
    let asks = |host: &Host| {
        let network = &host.network;
        network.address.value == Address::Dhcp || network.ipv6.value == Address6::Dhcp
    };
    let told = |host: &Host| match host.installer {
        Installer::Own => !asks(host),
        Installer::Debian => is_fixed(host),
        Installer::Anaconda | Installer::Ubuntu => true,
    };
    !members(site, name).any(told)
}

pub(super) fn any_image(site: &Site) -> bool {
    site.hosts.values().any(images)
}

/// Whether no host fetches its image from a registry.
pub(super) fn not_asked(site: &Site, name: &str) -> bool {
    let mut fetching = site.hosts.values().filter(|host| images(host));
    let asks = |host: &Host| {
        site.registry_of(host)
            .is_some_and(|registry| registry.name.value == name)
    };
    !fetching.any(asks)
}

pub(super) fn unused(site: &Site, name: &str) -> bool {
    let boots = |host: &Host| host.target.name() == name && host.installer != Installer::Own;
    !site.hosts.values().any(boots)
}
