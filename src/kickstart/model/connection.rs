//! One connection of a host in the terms of the network alone.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::host::{Bond, Host};
use super::site::SiteNetwork;
use crate::kickstart::value::address::{Address, Address6};
use crate::kickstart::value::mac::Mac;

/// A device and how it gets addresses, whoever sets it up.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The hardware address of the interface, where no name is known.
    pub mac: Option<Mac>,
    /// The interface by name.
    pub interface: Option<String>,
    /// Several interfaces that act as one.
    pub bond: Option<Bond>,
    /// The VLAN that frames are tagged with.
    pub vlan: Option<u16>,
    /// The name of a bridge that carries the address.
    pub bridge: Option<String>,
    /// The largest packet, in bytes.
    pub mtu: Option<u16>,
    /// The IPv4 address.
    pub address: Address,
    /// How many bits of a stated IPv4 address its network shares.
    pub length: Option<u8>,
    /// The IPv4 gateway.
    pub gateway: Option<Ipv4Addr>,
    /// The IPv6 address.
    pub ipv6: Address6,
    /// How many bits of a stated IPv6 address its network shares.
    pub ipv6_length: Option<u8>,
    /// The IPv6 gateway.
    pub ipv6_gateway: Option<Ipv6Addr>,
    /// Name servers.
    pub dns: Vec<IpAddr>,
    /// Domains in which short names are looked for.
    pub search: Vec<String>,
}

impl Connection {
    /// The connection of a host of an inventory.
    pub(in crate::kickstart) fn of(host: &Host, known: Option<&SiteNetwork>) -> Self {
        let network = &host.network;
        let interface = network.interface.as_ref();
        Self {
            mac: host.macs.first().map(|mac| mac.value),
            interface: interface.map(|interface| interface.value.clone()),
            bond: network.bond.clone(),
            vlan: network.vlan.as_ref().map(|vlan| vlan.value),
            bridge: network.bridge.as_ref().map(|bridge| bridge.value.clone()),
            mtu: network.mtu.as_ref().map(|mtu| mtu.value),
            address: network.address.value,
            length: known.and_then(|known| Some(known.address.as_ref()?.length)),
            gateway: known.and_then(|known| Some(known.gateway.as_ref()?.value)),
            ipv6: network.ipv6.value,
            ipv6_length: known.and_then(|known| Some(known.ipv6.as_ref()?.length)),
            ipv6_gateway: known.and_then(|known| Some(known.ipv6_gateway.as_ref()?.value)),
            dns: known.map_or_else(Vec::new, |known| {
                known.dns.iter().map(|server| server.value).collect()
            }),
            search: Vec::new(),
        }
    }

    /// The name of the device of its VLAN.
    #[must_use]
    pub fn vlan_name(&self) -> Option<String> {
        self.vlan.map(|vlan| format!("vlan{vlan}"))
    }

    /// A stated IPv4 address with the length of its network.
    #[must_use]
    pub fn stated(&self) -> Option<String> {
        match (self.address, self.length) {
            (Address::Fixed(own), Some(length)) => Some(format!("{own}/{length}")),
            _ => None,
        }
    }

    /// A stated IPv6 address with the length of its network.
    #[must_use]
    pub fn ipv6_stated(&self) -> Option<String> {
        match (self.ipv6, self.ipv6_length) {
            (Address6::Fixed(own), Some(length)) => Some(format!("{own}/{length}")),
            _ => None,
        }
    }

    /// The gateways of stated addresses.
    pub fn gateways(&self) -> impl Iterator<Item = IpAddr> {
        let four = matches!(self.address, Address::Fixed(_)).then_some(self.gateway);
        let six = matches!(self.ipv6, Address6::Fixed(_)).then_some(self.ipv6_gateway);
        let four = four.flatten().map(IpAddr::V4);
        four.into_iter().chain(six.flatten().map(IpAddr::V6))
    }
}
