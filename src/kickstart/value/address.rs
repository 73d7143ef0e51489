//! Networks and addresses of hosts, as an inventory writes them.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::from_text::read_from_text;

/// A network: an address and how many of its bits all its hosts share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Prefix {
    /// The address, all other bits zero.
    pub address: IpAddr,
    /// How many bits are shared.
    pub length: u8,
}

impl Prefix {
    fn bits(address: IpAddr) -> (u128, u8) {
        match address {
            IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
            IpAddr::V6(address) => (u128::from(address), 128),
        }
    }

    fn mask(self) -> u128 {
        let (_, width) = Self::bits(self.address);
        let host = u32::from(width - self.length);
        !1u128.checked_shl(host).map_or(u128::MAX, |bit| bit - 1)
    }

    /// Whether an address is one of the network.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4()
            && Self::bits(address).0 & self.mask() == Self::bits(self.address).0 & self.mask()
    }

    /// Whether an address of the network stands for the network itself or for all its hosts.
    #[must_use]
    pub fn reserves(self, address: IpAddr) -> bool {
        let host = Self::bits(address).0 & !self.mask();
        let all = match self.address {
            IpAddr::V4(_) if self.length < 31 => !self.mask() & u128::from(u32::MAX),
            _ => return false,
        };
        host == 0 || host == all
    }

    /// The mask of an IPv4 network as an address.
    #[must_use]
    pub fn netmask(self) -> Ipv4Addr {
        Ipv4Addr::from(
            u32::MAX
                .checked_shl(32 - u32::from(self.length))
                .unwrap_or(0),
        )
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

impl FromStr for Prefix {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a network, write 192.0.2.0/24 or 2001:db8::/64");
        let (address, length) = text.split_once('/').ok_or_else(wrong)?;
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let length: u8 = length.parse().map_err(|_| wrong())?;
        if length == 0 || length > width {
            return Err(wrong());
        }
        let network = Self { address, length };
        if Self::bits(address).0 & !network.mask() & (u128::MAX >> (128 - u32::from(width))) != 0 {
            return Err(format!(
                "`{text}` is an address of a network, not the network"
            ));
        }
        Ok(network)
    }
}

read_from_text!(Prefix, "^[0-9A-Fa-f:.]+/[0-9]{1,3}$");

/// How a host gets its IPv4 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Address {
    /// From a DHCP server.
    Dhcp,
    /// It has none.
    Off,
    /// It is stated.
    Fixed(Ipv4Addr),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dhcp => f.write_str("dhcp"),
            Self::Off => f.write_str("off"),
            Self::Fixed(address) => address.fmt(f),
        }
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "dhcp" => Ok(Self::Dhcp),
            "off" => Ok(Self::Off),
            other => other.parse().map(Self::Fixed).map_err(|_| {
                format!("`{text}` is not an IPv4 address; write one, or `dhcp`, or `off`")
            }),
        }
    }
}

read_from_text!(Address, "^(dhcp|off|[0-9.]+)$");

/// How a host gets its IPv6 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Address6 {
    /// From what routers announce.
    Auto,
    /// From a DHCP server.
    Dhcp,
    /// It has none.
    Off,
    /// It is stated.
    Fixed(Ipv6Addr),
}

impl fmt::Display for Address6 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Dhcp => f.write_str("dhcp"),
            Self::Off => f.write_str("off"),
            Self::Fixed(address) => address.fmt(f),
        }
    }
}

impl FromStr for Address6 {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "dhcp" => Ok(Self::Dhcp),
            "off" => Ok(Self::Off),
            other => other.parse().map(Self::Fixed).map_err(|_| {
                format!("`{text}` is not an IPv6 address; write one, or `auto`, `dhcp` or `off`")
            }),
        }
    }
}

read_from_text!(Address6, "^(auto|dhcp|off|[0-9A-Fa-f:.]+)$");
