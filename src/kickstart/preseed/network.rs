//! The addresses of hosts that debian-installer installs.
//!
//! A preseed that is fetched over the network comes after the network is set up, so its answers come
//! too late. What netcfg needs for a stated IPv4 address therefore stands on the kernel's command
//! line, and late.sh writes /etc/network/interfaces where netcfg cannot: it sets up one family.

use core::net::IpAddr;

use serde_json::{Value, json};

use crate::kickstart::model::host::Host;
use crate::kickstart::model::site::Site;
use crate::kickstart::value::address::{Address, Address6, Prefix};
use crate::origin::Sourced;

/// The arguments of the installer's kernel that netcfg reads.
pub(in crate::kickstart) fn arguments(site: &Site, host: &Host) -> Vec<String> {
    let interface = host.network.interface.as_ref();
    let interface = interface.map_or("auto", |interface| &interface.value);
    let mut words = vec![format!("interface={interface}")];
    let Address::Fixed(address) = host.network.address.value else {
        return words;
    };
    let known = site.network_of(host);
    let prefix = known.and_then(|known| known.address.as_ref());
    let gateway = known.and_then(|known| known.gateway.as_ref());
    let gateway = gateway.map_or_else(|| "none".to_owned(), ToString::to_string);
    // Loaders end an argument at a space, so that the installer gets one name server.
    let servers = || known.into_iter().flat_map(|known| &known.dns);
    let server = servers()
        .find(|server| server.is_ipv4())
        .or(servers().next());
    let server = server.map_or_else(String::new, ToString::to_string);
    words.extend([
        "netcfg/disable_autoconfig=true".to_owned(),
        format!("netcfg/get_ipaddress={address}"),
        format!("netcfg/get_gateway={gateway}"),
        format!("netcfg/get_nameservers={server}"),
        "netcfg/confirm_static=true".to_owned(),
    ]);
    let netmask = prefix.map(|prefix| format!("netcfg/get_netmask={}", prefix.netmask()));
    words.extend(netmask);
    words
}

/// What late.sh writes; null where what netcfg writes is all that is asked for.
pub(in crate::kickstart) fn interfaces(site: &Site, host: &Host) -> Value {
    let network = &host.network;
    let (four, six) = (network.address.value, network.ipv6.value);
    if (four, six) == (Address::Dhcp, Address6::Auto) {
        return Value::Null;
    }
    let known = site.network_of(host);
    let domain = network.domain.as_ref().map(|domain| domain.value.clone());
    // DHCP provides the name servers itself.
    let dns = known.filter(|_| four != Address::Dhcp).into_iter();
    let dns = dns.flat_map(|known| known.dns.iter().map(|server| server.value));
    let dns: Vec<IpAddr> = dns.collect();
    let of_four = match four {
        Address::Dhcp => stanza("inet dhcp", None, None),
        Address::Off => Vec::new(),
        Address::Fixed(own) => stanza(
            "inet static",
            with_length(&own, known.and_then(|known| known.address.as_ref())),
            known
                .and_then(|known| known.gateway.as_ref())
                .map(ToString::to_string),
        ),
    };
    let of_six = match six {
        Address6::Auto => stanza("inet6 auto", None, None),
        Address6::Dhcp => stanza("inet6 dhcp", None, None),
        Address6::Off => Vec::new(),
        Address6::Fixed(own) => stanza(
            "inet6 static",
            with_length(&own, known.and_then(|known| known.ipv6.as_ref())),
            known
                .and_then(|known| known.ipv6_gateway.as_ref())
                .map(ToString::to_string),
        ),
    };
    let stanzas = [of_four, of_six].concat();
    json!({
        "interface": network.interface.as_ref().map(|interface| &interface.value),
        "stanzas": stanzas,
        "without_ipv6": six == Address6::Off,
        "search": domain,
        "dns": dns,
    })
}

/// An address with the length of its network.
fn with_length(own: &impl ToString, prefix: Option<&Sourced<Prefix>>) -> Option<String> {
    prefix.map(|prefix| format!("{}/{}", own.to_string(), prefix.length))
}

/// Lines of interfaces(5) for one family; the first lacks `iface` and the name.
fn stanza(method: &str, address: Option<String>, gateway: Option<String>) -> Vec<Value> {
    let lines: Vec<String> = [("address", address), ("gateway", gateway)]
        .into_iter()
        .filter_map(|(key, value)| value.map(|value| format!("{key} {value}")))
        .collect();
    vec![json!({ "method": method, "lines": lines })]
}
