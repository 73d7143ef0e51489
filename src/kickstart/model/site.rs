//! A complete site: an inventory with every host merged, checked and with the origin of each value.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::collections::BTreeMap;
use std::sync::Arc;

use super::host::Host;
use crate::kickstart::inventory::document::{ImagePlace, SecretPlace};
use crate::kickstart::value::address::Prefix;
use crate::kickstart::value::secret::Secret;
use crate::kickstart::value::target::Target;
use crate::origin::{Diagnostic, Sourced};
use crate::registry::Reference;

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

impl Site {
    /// The network that a host is in.
    pub(in crate::kickstart) fn network_of(&self, host: &Host) -> Option<&SiteNetwork> {
        self.networks.get(&host.network.network.as_ref()?.value)
    }

    /// What is known of the registry that a host's image is in.
    pub(in crate::kickstart) fn registry_of(&self, host: &Host) -> Option<&SiteRegistry> {
        let image = host.image.as_ref()?;
        let reference = Reference::parse(&image.reference).ok()?;
        self.registries.get(reference.registry())
    }
}

/// The web server of a site.
#[derive(Clone, Debug)]
pub struct SiteServer {
    /// Its URL without a slash at its end.
    pub url: Sourced<String>,
    /// Whether it takes reports.
    pub reports: bool,
    /// How it gets secrets.
    pub secrets: SecretPlace,
    /// The URL, without a slash at its end, at which images' hosts ask for secrets.
    pub secrets_url: Option<Sourced<String>>,
    /// Where hosts fetch their images.
    pub images: ImagePlace,
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

impl SiteNetwork {
    /// Its name servers, as they are written.
    pub(in crate::kickstart) fn name_servers(&self) -> Vec<String> {
        self.dns.iter().map(ToString::to_string).collect()
    }

    /// Its time servers.
    pub(in crate::kickstart) fn time_servers(&self) -> Vec<&str> {
        self.ntp.iter().map(|server| &*server.value).collect()
    }
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
