//! What starts a machine, by its firmware and by who it is: the one table behind the configurations of DHCP
//! servers and the DHCP of the install server.

use std::collections::BTreeMap;

use super::loader;
use crate::kickstart::model::site::Site;
use crate::kickstart::value::mac::Mac;
use crate::kickstart::value::target::Target;

/// The loader of BIOS machines, relative to the folder `tftp`.
pub(super) const PXELINUX: &str = "pxelinux.0";
/// The script that iPXE goes on with, relative to the server's URL.
pub(super) const SCRIPT: &str = "boot.ipxe";

/// A kind of firmware that asks for its loader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Firmware {
    /// BIOS, by TFTP.
    Bios,
    /// UEFI of x86-64, by TFTP.
    Uefi,
    /// UEFI of x86-64, by HTTP.
    UefiHttp,
}

impl Firmware {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Bios, Self::Uefi, Self::UefiHttp];

    /// Its numbers in option 93 (RFC 4578 and IANA's processor architecture types).
    #[must_use]
    pub fn architectures(self) -> &'static [u16] {
        match self {
            Self::Bios => &[0],
            // The RFC swaps two of its numbers; firmware sends both.
            Self::Uefi => &[7, 9],
            Self::UefiHttp => &[16],
        }
    }

    /// The kind of a number of option 93.
    #[must_use]
    pub fn of(architecture: u16) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|one| one.architectures().contains(&architecture))
    }

    /// How Kea tests for it.
    pub(super) fn test(self) -> String {
        let number = |number: &u16| format!("option[93].hex == 0x{number:04x}");
        let tests: Vec<String> = self.architectures().iter().map(number).collect();
        match tests.as_slice() {
            [one] => one.clone(),
            more => format!("({})", more.join(" or ")),
        }
    }
}

/// What asks for a loader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// iPXE, which goes on with a script.
    Ipxe,
    /// A firmware.
    Firmware(Firmware),
}

/// Where a loader is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BootFile {
    /// A path of the TFTP server.
    Tftp(String),
    /// A URL.
    Url(String),
}

impl BootFile {
    /// Its path or URL.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Tftp(name) | Self::Url(name) => name,
        }
    }
}

/// The loaders of a site, as DHCP in proxy mode names them.
#[derive(Clone, Debug, Default)]
pub struct Loaders {
    server: String,
    /// The name and target of each host, by its hardware addresses.
    hosts: BTreeMap<Mac, (String, Target)>,
    /// The target whose loaders machines get that the inventory does not know.
    first: Option<Target>,
}

impl Loaders {
    /// The loaders of a site.
    #[must_use]
    pub fn of(site: &Site) -> Self {
        let of_host = |host: &crate::kickstart::Host| {
            let known = (host.name.value.clone(), host.target.value);
            let macs: Vec<Mac> = host.macs.iter().map(|mac| mac.value).collect();
            macs.into_iter().map(move |mac| (mac, known.clone()))
        };
        Self {
            server: site.server.url.value.clone(),
            hosts: site.hosts.values().flat_map(of_host).collect(),
            first: site.hosts.values().map(|host| host.target.value).min(),
        }
    }

    /// The host with a hardware address.
    #[must_use]
    pub fn host(&self, mac: Mac) -> Option<&str> {
        self.hosts.get(&mac).map(|(name, _)| name.as_str())
    }

    /// What a client starts with; none where its firmware is to go on.
    #[must_use]
    pub fn file(&self, client: Client, mac: Mac) -> Option<BootFile> {
        let url = |path: &str| BootFile::Url(format!("{}/{path}", self.server));
        let known = self.hosts.get(&mac).map(|(_, target)| *target);
        match client {
            Client::Ipxe => Some(url(SCRIPT)),
            Client::Firmware(Firmware::Bios) => Some(BootFile::Tftp(PXELINUX.to_owned())),
            // The GRUB of the first target boots the disk of a machine that is not known.
            Client::Firmware(Firmware::Uefi) => known
                .or(self.first)
                .map(loader::proxied)
                .map(BootFile::Tftp),
            Client::Firmware(Firmware::UefiHttp) => known.map(|target| url(&loader::http(target))),
        }
    }
}
