//! Host reservations of DHCP servers: hardware addresses, address, name, target.

use serde_json::{Value, json};

use crate::kickstart::model::host::Host;
use crate::kickstart::template::scene::Scene;
use crate::kickstart::value::address::Address;
use crate::kickstart::value::target::Target;

/// The tag, or class, of hosts that a target installs.
pub(super) fn tag(target: Target) -> String {
    format!("target-{target}")
}

/// The IPv4 address that is reserved for a host, if it has a stated one.
fn address(host: &Host) -> Option<String> {
    match host.network.address.value {
        Address::Fixed(address) => Some(address.to_string()),
        Address::Dhcp | Address::Off => None,
    }
}

/// The lines `dhcp-host` of dnsmasq, with addresses or, beside another DHCP server, without.
pub(super) fn for_dnsmasq(scene: &Scene<'_>, with_addresses: bool) -> String {
    let line = |(host, target): &(&Host, Target)| {
        let mut words: Vec<String> = host.macs.iter().map(ToString::to_string).collect();
        if words.is_empty() {
            return None;
        }
        words.push(format!("set:{}", tag(*target)));
        if with_addresses {
            words.extend(address(host));
            words.push(host.short_name().to_owned());
        }
        Some(format!("dhcp-host={}", words.join(",")))
    };
    let lines: Vec<String> = scene.hosts.iter().filter_map(line).collect();
    lines.join("\n")
}

/// The reservations of Kea for the hosts of a network, or of none, as elements of a list.
pub(super) fn for_kea(scene: &Scene<'_>, network: Option<&str>) -> String {
    let mut reservations = Vec::new();
    for (host, target) in scene.hosts {
        let of_host = host.network.network.as_ref();
        let of_host = of_host
            .map(|name| name.value.as_str())
            .filter(|name| is_served(scene, name));
        if of_host != network {
            continue;
        }
        for mac in &host.macs {
            let mut value = json!({
                "hw-address": mac.to_string(),
                "hostname": host.short_name(),
                "client-classes": [tag(*target)],
            });
            let address = address(host).filter(|_| network.is_some());
            if let (Some(address), Some(object)) = (address, value.as_object_mut()) {
                object.insert("ip-address".to_owned(), Value::String(address));
            }
            reservations.push(format!("          {value}"));
        }
    }
    reservations.join(",\n")
}

/// Whether DHCP serves a network of the site: it has IPv4 addresses.
fn is_served(scene: &Scene<'_>, network: &str) -> bool {
    let network = scene.site.networks.get(network);
    network.is_some_and(|network| network.address.is_some())
}
