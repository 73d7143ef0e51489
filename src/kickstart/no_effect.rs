//! Keys that have no effect on a host, or on a site, each with the reason.

use super::address::{Address, Address6};
use super::choice::{Filesystem, Layout, Unlock};
use super::host::Host;
use super::site::Site;
use super::target::Installer;

/// A key that does not concern some hosts.
#[derive(Clone, Copy, Debug)]
pub struct NoEffect {
    /// The key: of a host, or of a site with `*` for a name.
    pub key: &'static str,
    /// Where it has no effect, for people.
    pub to: &'static str,
    /// Why.
    pub reason: &'static str,
    /// Whether somebody who states it for nobody but such hosts is warned.
    pub warned: bool,
    pub(super) concerns: Concerns,
}

/// Whether a row is about a host or a site.
#[derive(Clone, Copy, Debug)]
pub(super) enum Concerns {
    /// The hosts that the key has no effect on.
    Host(fn(&Host) -> bool),
    /// The sites that it has no effect on, by the name that stands for `*`.
    Site(fn(&Site, &str) -> bool),
}

const fn host(
    key: &'static str,
    to: &'static str,
    concerns: fn(&Host) -> bool,
    reason: &'static str,
) -> NoEffect {
    NoEffect {
        key,
        to,
        reason,
        warned: true,
        concerns: Concerns::Host(concerns),
    }
}

const fn site(
    key: &'static str,
    to: &'static str,
    concerns: fn(&Site, &str) -> bool,
    reason: &'static str,
) -> NoEffect {
    NoEffect {
        key,
        to,
        reason,
        warned: true,
        concerns: Concerns::Site(concerns),
    }
}

const fn quiet(row: NoEffect) -> NoEffect {
    NoEffect {
        warned: false,
        ..row
    }
}

/// Every key that has no effect somewhere.
pub const NO_EFFECT: &[NoEffect] = &[
    quiet(host("description", "every target", |_| true, FOR_PEOPLE)),
    quiet(site("description", "every target", |_, _| true, FOR_PEOPLE)),
    quiet(site(
        "groups.*.description",
        "every target",
        |_, _| true,
        FOR_PEOPLE,
    )),
    quiet(site("site", "every target", |_, _| true, IN_INDEX)),
    quiet(site(
        "server.secrets",
        "every target",
        |_, _| true,
        IN_INDEX,
    )),
    quiet(site(
        "networks.*.dhcp",
        "every target",
        |_, _| true,
        FOR_DHCP,
    )),
    site(
        "registries.*.mirror",
        NO_IMAGE,
        |site, _| !any_image(site),
        NOT_FETCHED,
    ),
    site(
        "registries.*.insecure",
        NO_IMAGE,
        |site, _| !any_image(site),
        NOT_FETCHED,
    ),
    site(
        "registries.*.credentials",
        NOT_ASKED,
        not_asked,
        OTHER_REGISTRY,
    ),
    site(
        "registries.*.signed-by",
        NOT_ASKED,
        not_asked,
        OTHER_REGISTRY,
    ),
    quiet(site("installers.*.url", UNUSED, unused, NOBODY_BOOTS)),
    quiet(site("installers.*.kernel", UNUSED, unused, NOBODY_BOOTS)),
    quiet(site("installers.*.initrd", UNUSED, unused, NOBODY_BOOTS)),
    quiet(host("serial", "hosts with `mac`", has_mac, BY_MAC)),
    quiet(host("uuid", "hosts with `mac`", has_mac, BY_MAC)),
    quiet(host(
        "flavour",
        PACKAGES,
        packages,
        "packages are installed, and no image",
    )),
    host(
        "image",
        PACKAGES,
        packages,
        "packages are installed, and no image",
    ),
    host("follow", PACKAGES, packages, "updates are packages"),
    host("address", "Debian with `off`", debian_off, ASKS_ANYWAY),
    host(
        "payload",
        PACKAGES,
        packages,
        "it is a command of kickstarts",
    ),
    host(
        "packages",
        IMAGES,
        images,
        "an image holds its packages: name them in the flavour",
    ),
    host("hand-over", IMAGES, images, "an image is written anyway"),
    host(
        "storage.volume-group",
        "`layout: plain`",
        ungrouped,
        "partitions are in no volume group",
    ),
    host(
        "encryption.passphrase",
        "`unlock: none`",
        open,
        "nothing is encrypted",
    ),
    host(
        "encryption.recovery-key",
        "`unlock: none`",
        open,
        "nothing is encrypted",
    ),
    host(
        "encryption.pcrs",
        "other than `unlock: tpm2`",
        not_tpm,
        "a TPM alone has registers",
    ),
    host(
        "encryption.tang",
        "other than `unlock: tang`",
        not_tang,
        "no server is asked",
    ),
    host(
        "encryption.threshold",
        "other than `unlock: tang`",
        not_tang,
        "no server is asked",
    ),
    quiet(site("networks.*.address", NO_FIXED, no_fixed, FROM_DHCP)),
    quiet(site("networks.*.gateway", NO_FIXED, no_fixed, FROM_DHCP)),
    quiet(site("networks.*.dns", DEBIAN_DHCP, debian_dhcp, FROM_DHCP)),
    quiet(site("networks.*.ipv6", NO_FIXED6, no_fixed6, ANNOUNCED)),
    quiet(site(
        "networks.*.ipv6-gateway",
        NO_FIXED6,
        no_fixed6,
        ANNOUNCED,
    )),
];

const FOR_PEOPLE: &str = "it is for those who read the inventory";
const IN_INDEX: &str = "it is for those who serve the files: `site.json`";
const FOR_DHCP: &str = "it is for the DHCP server: `dhcp/`";
const NO_IMAGE: &str = "sites without a host that is installed from an image";
const NOT_FETCHED: &str = "no image is fetched";
const NOT_ASKED: &str = "registries that no host's image is in";
const OTHER_REGISTRY: &str = "a host asks for what concerns its own image";
const UNUSED: &str = "targets of no host";
const NOBODY_BOOTS: &str = "nobody boots it";
const ASKS_ANYWAY: &str = "debian-installer takes what its network offers";
const BY_MAC: &str = "boot loaders know the machine by its address; it stands in `site.json`";
const PACKAGES: &str = "Debian and Ubuntu";
const IMAGES: &str = "Fedora and RHEL";
const NO_FIXED: &str = "networks of hosts without a stated `address`";
const DEBIAN_DHCP: &str = "networks of Debian hosts without a stated `address`";
const NO_FIXED6: &str = "networks of hosts without a stated `ipv6`";
const ANNOUNCED: &str = "routers announce it";
const FROM_DHCP: &str = "the DHCP server tells it: `dhcp/`";

fn images(host: &Host) -> bool {
    host.target.installer() == Installer::Anaconda
}

fn packages(host: &Host) -> bool {
    !images(host)
}

fn debian(host: &Host) -> bool {
    host.target.installer() == Installer::Debian
}

fn debian_off(host: &Host) -> bool {
    debian(host) && host.network.address.value == Address::Off
}

fn has_mac(host: &Host) -> bool {
    !host.macs.is_empty()
}

fn ungrouped(host: &Host) -> bool {
    let pooled = |host: &Host| {
        let mut volumes = host.storage.volumes.iter();
        volumes.any(|volume| volume.filesystem == Filesystem::Btrfs)
    };
    host.storage.layout.value == Layout::Plain && !(images(host) && pooled(host))
}

fn open(host: &Host) -> bool {
    host.encryption.unlock.value == Unlock::None
}

fn not_tpm(host: &Host) -> bool {
    host.encryption.unlock.value != Unlock::Tpm2
}

fn not_tang(host: &Host) -> bool {
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

fn no_fixed(site: &Site, name: &str) -> bool {
    !members(site, name).any(is_fixed)
}

fn no_fixed6(site: &Site, name: &str) -> bool {
    let fixed = |host: &Host| matches!(host.network.ipv6.value, Address6::Fixed(_));
    !members(site, name).any(fixed)
}

fn debian_dhcp(site: &Site, name: &str) -> bool {
    let told = |host: &Host| is_fixed(host) || !debian(host);
    !members(site, name).any(told)
}

fn any_image(site: &Site) -> bool {
    site.hosts.values().any(images)
}

/// Whether no host fetches its image from a registry.
fn not_asked(site: &Site, name: &str) -> bool {
    let mut fetching = site.hosts.values().filter(|host| images(host));
    let asks = |host: &Host| {
        site.registry_of(host)
            .is_some_and(|registry| registry.name.value == name)
    };
    !fetching.any(asks)
}

fn unused(site: &Site, name: &str) -> bool {
    !site.hosts.values().any(|host| host.target.name() == name)
}

/// Why a key of a host has no effect on it, if so.
#[must_use]
pub fn no_effect_on_host(host: &Host, key: &str) -> Option<&'static NoEffect> {
    NO_EFFECT.iter().find(|row| match row.concerns {
        Concerns::Host(concerns) => row.key == key && concerns(host),
        Concerns::Site(_) => false,
    })
}

/// Why a key of a site has no effect on it, if so; `name` is what stands for `*`.
#[must_use]
pub fn no_effect_on_site(site: &Site, key: &str, name: &str) -> Option<&'static NoEffect> {
    NO_EFFECT.iter().find(|row| match row.concerns {
        Concerns::Site(concerns) => row.key == key && concerns(site, name),
        Concerns::Host(_) => false,
    })
}

/// The table as the book prints it.
#[must_use]
pub fn no_effect_table() -> String {
    let mut out = "| key | has no effect on | because |\n|---|---|---|\n".to_owned();
    for row in NO_EFFECT {
        let line = format!("| `{}` | {} | {} |\n", row.key, row.to, row.reason);
        if !out.ends_with(&line) {
            out.push_str(&line);
        }
    }
    out
}
