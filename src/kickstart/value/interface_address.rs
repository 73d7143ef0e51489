//! Addresses of interfaces where no network is stated: with the length of theirs.

use core::net::IpAddr;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::address::{Address, Address6, Prefix};
use super::from_text::read_from_text;

/// How an interface gets its IPv4 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InterfaceAddress {
    /// The address.
    pub address: Address,
    /// How many bits of a stated one its network shares.
    pub length: Option<u8>,
}

/// How an interface gets its IPv6 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InterfaceAddress6 {
    /// The address.
    pub address: Address6,
    /// How many bits of a stated one its network shares.
    pub length: Option<u8>,
}

/// An address, and the length behind it.
fn split(text: &str) -> (&str, Option<Option<u8>>) {
    match text.split_once('/') {
        Some((address, length)) => (address, Some(length.parse().ok())),
        None => (text, None),
    }
}

/// The length of the network of a stated address, in which it must be the address of one machine.
fn length_of(address: IpAddr, length: Option<Option<u8>>) -> Result<u8, String> {
    let (most, example) = match address {
        IpAddr::V4(_) => (32, "192.0.2.11/24"),
        IpAddr::V6(_) => (128, "2001:db8::11/64"),
    };
    let length = length.ok_or_else(|| {
        format!("`{address}` has no length of its network behind it, write {example}")
    })?;
    let is_length = |length: &u8| (1..=most).contains(length);
    let length = length.filter(is_length).ok_or_else(|| {
        format!(
            "`{address}` has something else than the length of a network behind it, write {example}"
        )
    })?;
    match (Prefix { address, length }).reserves(address) {
        true => Err(format!("`{address}/{length}` stands for the whole network")),
        false => Ok(length),
    }
}

macro_rules! interface_address {
    ($type:ident, $address:ident, $pattern:literal) => {
        impl FromStr for $type {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let (address, length) = split(text);
                let length = match address.parse()? {
                    $address::Fixed(own) => Some(length_of(own.into(), length)?),
                    _ if length.is_some() => {
                        return Err(format!("`{text}` is a word with a length behind it"));
                    }
                    _ => None,
                };
                Ok(Self {
                    address: address.parse()?,
                    length,
                })
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.length {
                    Some(length) => write!(f, "{}/{length}", self.address),
                    None => self.address.fmt(f),
                }
            }
        }

        read_from_text!($type, $pattern);
    };
}

interface_address!(InterfaceAddress, Address, "^(dhcp|off|[0-9.]+/[0-9]{1,2})$");
interface_address!(
    InterfaceAddress6,
    Address6,
    "^(auto|dhcp|off|[0-9A-Fa-f:.]+/[0-9]{1,3})$"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stated_address_has_the_length_of_its_network() {
        for text in ["dhcp", "off", "192.0.2.11/24", "192.0.2.0/31"] {
            let read: InterfaceAddress = text.parse().unwrap();
            assert_eq!(read.to_string(), text);
        }
        for text in ["auto", "dhcp", "off", "2001:db8::11/64", "2001:db8::/64"] {
            let read: InterfaceAddress6 = text.parse().unwrap();
            assert_eq!(read.to_string(), text);
        }
        for (text, expected) in [
            ("192.0.2.11", "no length of its network"),
            ("192.0.2.11/33", "something else than the length"),
            ("192.0.2.11/x", "something else than the length"),
            ("192.0.2.255/24", "stands for the whole network"),
            ("dhcp/24", "a word with a length"),
            ("2001:db8::1/64", "is not an IPv4 address"),
        ] {
            let said = text.parse::<InterfaceAddress>().unwrap_err();
            assert!(said.contains(expected), "{said}");
        }
    }
}
