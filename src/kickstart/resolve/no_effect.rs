//! The table of keys that have no effect on a host or a site, each with the reason.

use super::concerned::{
    any_image, debian_dhcp, debian_off, has_mac, images, no_fixed, no_fixed6, not_asked, not_tang,
    not_tpm, open, own, packages, plain, ungrouped, unused,
};
use crate::kickstart::model::host::Host;
use crate::kickstart::model::image_source::any_cacheable;
use crate::kickstart::model::secrets::hands_out_secrets;
use crate::kickstart::model::site::Site;
use crate::kickstart::value::target::Installer;

use Concerns::{OnHost, OnSite};

/// A key that does not concern some hosts.
#[derive(Clone, Copy, Debug)]
pub struct NoEffect {
    /// The key: of a host, or of a site with `*` for a name.
    pub key: &'static str,
    /// Where it has no effect, for people.
    pub to: &'static str,
    /// Why.
    pub reason: &'static str,
    /// Whether there is a warning when it is stated for no other hosts.
    pub warned: bool,
    pub(in crate::kickstart) concerns: Concerns,
}

/// Whether a row is about a host or a site.
#[derive(Clone, Copy, Debug)]
pub(in crate::kickstart) enum Concerns {
    /// The hosts that the key has no effect on.
    OnHost(fn(&Host) -> bool),
    /// The sites that it has no effect on, by the name that stands for `*`.
    OnSite(fn(&Site, &str) -> bool),
}

const fn row(
    key: &'static str,
    to: &'static str,
    concerns: Concerns,
    reason: &'static str,
) -> NoEffect {
    NoEffect {
        key,
        to,
        reason,
        warned: true,
        concerns,
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
    quiet(row(
        "description",
        "every target",
        OnHost(|_| true),
        FOR_PEOPLE,
    )),
    quiet(row(
        "description",
        "every target",
        OnSite(|_, _| true),
        FOR_PEOPLE,
    )),
    quiet(row(
        "groups.*.description",
        "every target",
        OnSite(|_, _| true),
        FOR_PEOPLE,
    )),
    quiet(row("site", "every target", OnSite(|_, _| true), IN_INDEX)),
    quiet(row(
        "server.secrets",
        "every target",
        OnSite(|_, _| true),
        IN_INDEX,
    )),
    row(
        "server.secrets-url",
        "sites where no host that an image is installed on has a secret or a recovery key",
        OnSite(|site, _| !hands_out_secrets(site)),
        "the others ask at `server.url`",
    ),
    row(
        "server.images",
        "sites where no host of terroir's own installer has an image with a digest",
        OnSite(|site, _| !any_cacheable(site)),
        "the others fetch from their registry",
    ),
    quiet(row(
        "networks.*.dhcp",
        "every target",
        OnSite(|_, _| true),
        FOR_DHCP,
    )),
    row(
        "registries.*.mirror",
        NO_IMAGE,
        OnSite(|site, _| !any_image(site)),
        NOT_FETCHED,
    ),
    row(
        "registries.*.insecure",
        NO_IMAGE,
        OnSite(|site, _| !any_image(site)),
        NOT_FETCHED,
    ),
    row(
        "registries.*.credentials",
        NOT_ASKED,
        OnSite(not_asked),
        OTHER_REGISTRY,
    ),
    row(
        "registries.*.signed-by",
        NOT_ASKED,
        OnSite(not_asked),
        OTHER_REGISTRY,
    ),
    quiet(row(
        "installers.*.url",
        UNUSED,
        OnSite(unused),
        NOBODY_BOOTS,
    )),
    quiet(row(
        "installers.*.kernel",
        UNUSED,
        OnSite(unused),
        NOBODY_BOOTS,
    )),
    quiet(row(
        "installers.*.initrd",
        UNUSED,
        OnSite(unused),
        NOBODY_BOOTS,
    )),
    quiet(row("serial", "hosts with `mac`", OnHost(has_mac), BY_MAC)),
    quiet(row("uuid", "hosts with `mac`", OnHost(has_mac), BY_MAC)),
    quiet(row(
        "flavour",
        PACKAGES,
        OnHost(packages),
        "packages are installed, and no image",
    )),
    row(
        "image",
        PACKAGES,
        OnHost(packages),
        "packages are installed, and no image",
    ),
    row("follow", PACKAGES, OnHost(packages), "updates are packages"),
    row(
        "follow",
        "hosts with an image of the life cycle `plain`",
        OnHost(plain),
        "nothing updates it as a whole",
    ),
    row(
        "address",
        "Debian with `off`",
        OnHost(debian_off),
        ASKS_ANYWAY,
    ),
    row(
        "payload",
        PACKAGES_OR_OWN,
        OnHost(|host| host.installer != Installer::Anaconda),
        "it is a command of kickstarts",
    ),
    row(
        "packages",
        IMAGES,
        OnHost(images),
        "an image holds its packages: name them in the flavour",
    ),
    row(
        "hand-over",
        IMAGES,
        OnHost(images),
        "an image is written anyway",
    ),
    row(
        "storage.volume-group",
        "`layout: plain`",
        OnHost(ungrouped),
        "partitions are in no volume group",
    ),
    row(
        "encryption.passphrase",
        "`unlock: none`",
        OnHost(open),
        "nothing is encrypted",
    ),
    row(
        "encryption.recovery-key",
        "`unlock: none`",
        OnHost(open),
        "nothing is encrypted",
    ),
    row(
        "encryption.pcrs",
        OWN,
        OnHost(own),
        "the layer `disk-encryption` of the image says it",
    ),
    row(
        "encryption.pcrs",
        "other than `unlock: tpm2`",
        OnHost(not_tpm),
        "a TPM alone has registers",
    ),
    row(
        "encryption.tang",
        "other than `unlock: tang`",
        OnHost(not_tang),
        "no server is asked",
    ),
    row(
        "encryption.threshold",
        "other than `unlock: tang`",
        OnHost(not_tang),
        "no server is asked",
    ),
    quiet(row(
        "networks.*.address",
        NO_FIXED,
        OnSite(no_fixed),
        FROM_DHCP,
    )),
    quiet(row(
        "networks.*.gateway",
        NO_FIXED,
        OnSite(no_fixed),
        FROM_DHCP,
    )),
    quiet(row(
        "networks.*.dns",
        DEBIAN_DHCP,
        OnSite(debian_dhcp),
        FROM_DHCP,
    )),
    quiet(row(
        "networks.*.ipv6",
        NO_FIXED6,
        OnSite(no_fixed6),
        ANNOUNCED,
    )),
    quiet(row(
        "networks.*.ipv6-gateway",
        NO_FIXED6,
        OnSite(no_fixed6),
        ANNOUNCED,
    )),
];

const FOR_PEOPLE: &str = "it is for readers of the inventory";
const IN_INDEX: &str = "it is for the servers of the files: `site.json`";
const FOR_DHCP: &str = "it is for the DHCP server: `dhcp/`";
const NO_IMAGE: &str = "sites without a host that is installed from an image";
const NOT_FETCHED: &str = "no image is fetched";
const NOT_ASKED: &str = "registries that no host's image is in";
const OTHER_REGISTRY: &str = "a host asks for what concerns its own image";
const UNUSED: &str = "targets whose own installer no host boots";
const NOBODY_BOOTS: &str = "no host boots it";
const ASKS_ANYWAY: &str = "debian-installer takes what its network offers";
const BY_MAC: &str = "boot loaders know the machine by its address; it is in `site.json`";
const PACKAGES: &str = "hosts that packages are installed on";
const IMAGES: &str = "hosts that an image is installed on";
const OWN: &str = "hosts that terroir's own installer installs";
const PACKAGES_OR_OWN: &str = "Debian and Ubuntu";
const NO_FIXED: &str = "networks of hosts without a stated `address`";
const DEBIAN_DHCP: &str = "networks of Debian hosts without a stated `address`";
const NO_FIXED6: &str = "networks of hosts without a stated `ipv6`";
const ANNOUNCED: &str = "routers announce it";
const FROM_DHCP: &str = "the DHCP server provides it: `dhcp/`";

/// Why a key of a host has no effect on it, if so.
#[must_use]
pub fn no_effect_on_host(host: &Host, key: &str) -> Option<&'static NoEffect> {
    NO_EFFECT.iter().find(|row| match row.concerns {
        OnHost(concerns) => row.key == key && concerns(host),
        OnSite(_) => false,
    })
}

/// Why a key of a site has no effect on it, if so; `name` is what stands for `*`.
#[must_use]
pub fn no_effect_on_site(site: &Site, key: &str, name: &str) -> Option<&'static NoEffect> {
    NO_EFFECT.iter().find(|row| match row.concerns {
        OnSite(concerns) => row.key == key && concerns(site, name),
        OnHost(_) => false,
    })
}
