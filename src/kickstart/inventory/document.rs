//! An inventory as it is written: one site, its networks, nested host groups and hosts.

use schemars::JsonSchema;
use serde::Deserialize;

use super::host::{Defaults, HostDocument};
use crate::kickstart::value::address::Prefix;
use crate::kickstart::value::secret::Secret;
use crate::origin::{Sourced, SourcedMap};
use crate::yaml::{ApiVersion, Node};

/// An inventory: the machines of one site and what is installed on them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Inventory {
    /// The version of the format.
    #[serde(rename = "apiVersion")]
    pub api_version: ApiVersion,
    /// The site's name.
    pub site: Sourced<String>,
    /// What it is, in a sentence.
    pub description: Option<Sourced<String>>,
    /// The domain of all hosts: `paris.acme.example`.
    pub domain: Option<Sourced<String>>,
    /// The web server that hosts are installed from.
    pub server: Server,
    /// The networks of the site, by name.
    #[serde(default)]
    pub networks: SourcedMap<Network>,
    /// What is to be known of registries, by host or host and port.
    #[serde(default)]
    pub registries: SourcedMap<Registry>,
    /// PEM files with authorities that the server's and registries' certificates are signed by.
    #[serde(default)]
    pub authorities: Vec<Sourced<String>>,
    /// Where installers are found, by target.
    #[serde(default)]
    pub installers: SourcedMap<Tree>,
    /// The defaults of all hosts; groups and hosts override them.
    #[schemars(with = "Option<Defaults>")]
    pub defaults: Option<Node>,
    /// Host groups, by name.
    #[serde(default)]
    pub groups: SourcedMap<Group>,
    /// Hosts of no group, by name.
    #[serde(default)]
    #[schemars(with = "SourcedMap<HostDocument>")]
    pub hosts: SourcedMap<Node>,
}

/// A host group; its defaults hold for all hosts below that do not override them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Group {
    /// What it is, in a sentence.
    pub description: Option<Sourced<String>>,
    /// What holds for its hosts.
    #[schemars(with = "Option<Defaults>")]
    pub defaults: Option<Node>,
    /// Groups within, by name.
    #[serde(default)]
    pub groups: SourcedMap<Self>,
    /// Its hosts, by name.
    #[serde(default)]
    #[schemars(with = "SourcedMap<HostDocument>")]
    pub hosts: SourcedMap<Node>,
}

/// The web server that serves the rendered folder.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Server {
    /// Where the folder `http` of the rendered site is served: `http://install.acme.example`.
    pub url: Sourced<String>,
    /// Whether it takes reports (`POST URL/report/HOST/STATE`); a plain web server does not.
    pub reports: Option<Sourced<bool>>,
    /// How it gets the secrets that it hands out below `URL/secrets/HOST/NAME`.
    pub secrets: Option<Sourced<SecretPlace>>,
    /// Where hosts that an image is installed on ask for their secrets, if not below `url`:
    /// `https://install.acme.example:8443`. They trust the site's `authorities`.
    pub secrets_url: Option<Sourced<String>>,
    /// Where hosts of terroir's own installer fetch their images during the installation.
    pub images: Option<Sourced<ImagePlace>>,
}

/// Where hosts fetch their images during the installation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ImagePlace {
    /// From their registry, or its mirror.
    #[default]
    Registry,
    /// From the server, which keeps what it fetched from there (`terroir kickstart serve --cache`).
    Cache,
}

/// How a server gets secrets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SecretPlace {
    /// It looks them up itself while a machine asks; no file holds them.
    #[default]
    Served,
    /// From files, which only `terroir kickstart render --secrets` writes.
    Files,
}

/// A network of the site.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Network {
    /// Its IPv4 addresses: `192.0.2.0/24`.
    pub address: Option<Sourced<Prefix>>,
    /// Its IPv4 gateway.
    pub gateway: Option<Sourced<core::net::Ipv4Addr>>,
    /// Its IPv6 addresses: `2001:db8:1::/64`.
    pub ipv6: Option<Sourced<Prefix>>,
    /// Its IPv6 gateway.
    pub ipv6_gateway: Option<Sourced<core::net::Ipv6Addr>>,
    /// Name servers.
    #[serde(default)]
    pub dns: Vec<Sourced<core::net::IpAddr>>,
    /// Time servers.
    #[serde(default)]
    pub ntp: Vec<Sourced<String>>,
    /// The domain of its hosts; the site's when absent.
    pub domain: Option<Sourced<String>>,
    /// The VLAN that it is on, if hosts have to tag it.
    pub vlan: Option<Sourced<u16>>,
    /// Its largest packet, in bytes.
    pub mtu: Option<Sourced<u16>>,
    /// The addresses that the site's DHCP server gives to unknown machines.
    pub dhcp: Option<Range>,
}

/// A range of addresses.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Range {
    /// The first one.
    pub from: Sourced<core::net::Ipv4Addr>,
    /// The last one.
    pub to: Sourced<core::net::Ipv4Addr>,
}

/// What is to be known of a registry.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Registry {
    /// Another place that the same images are fetched from first: `mirror.example:5000/os`.
    pub mirror: Option<Sourced<String>>,
    /// Whether it is spoken to without TLS or with an unknown certificate.
    pub insecure: Option<Sourced<bool>>,
    /// A whole containers-auth.json(5) with the credentials.
    pub credentials: Option<Sourced<Secret>>,
    /// The public key that its images are signed with; unsigned ones are refused then.
    pub signed_by: Option<Sourced<String>>,
}

/// Where an installer is found.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Tree {
    /// Anaconda: the folder with `.treeinfo`; Debian: the mirror; Ubuntu: the ISO image.
    pub url: Sourced<String>,
    /// The kernel, relative to the folder `tftp` or `http` that it is put in.
    pub kernel: Option<Sourced<String>>,
    /// The initial RAM disk, relative as the kernel is.
    pub initrd: Option<Sourced<String>>,
}
