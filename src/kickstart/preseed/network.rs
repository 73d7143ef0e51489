//! The addresses of hosts that debian-installer installs.
//!
//! A preseed that is fetched over the network comes after the network is set up, so its answers come
//! too late. What netcfg needs for a stated IPv4 address therefore stands on the kernel's command
//! line, and late.sh writes /etc/network/interfaces where netcfg cannot: it sets up one family.

use core::net::IpAddr;

use serde_json::{Value, json};

use crate::kickstart::model::connection::Connection;
use crate::kickstart::model::host::Host;
use crate::kickstart::model::site::Site;
use crate::kickstart::value::address::{Address, Address6};

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
    let stanzas = stanzas(&Connection::of(host, known)).into_iter();
    let stanzas = stanzas.map(|(method, lines)| json!({ "method": method, "lines": lines }));
    json!({
        "interface": network.interface.as_ref().map(|interface| &interface.value),
        "stanzas": stanzas.collect::<Vec<_>>(),
        "without_ipv6": six == Address6::Off,
        "search": domain,
        "dns": dns,
    })
}

/// The stanzas of interfaces(5) for both families: what follows `iface` and the name, and the lines below
/// it.
#[must_use]
pub fn stanzas(connection: &Connection) -> Vec<(&'static str, Vec<String>)> {
    let mut stanzas = Vec::new();
    let of_four = connection.gateways().find(IpAddr::is_ipv4);
    let of_six = connection.gateways().find(IpAddr::is_ipv6);
    stanzas.extend(match connection.address {
        Address::Dhcp => Some(("inet dhcp", Vec::new())),
        Address::Off => None,
        Address::Fixed(_) => Some(("inet static", lines(connection.stated(), of_four))),
    });
    stanzas.extend(match connection.ipv6 {
        Address6::Auto => Some(("inet6 auto", Vec::new())),
        Address6::Dhcp => Some(("inet6 dhcp", Vec::new())),
        Address6::Off => None,
        Address6::Fixed(_) => Some(("inet6 static", lines(connection.ipv6_stated(), of_six))),
    });
    stanzas
}

fn lines(address: Option<String>, gateway: Option<IpAddr>) -> Vec<String> {
    let address = address.map(|address| format!("address {address}"));
    let gateway = gateway.map(|gateway| format!("gateway {gateway}"));
    address.into_iter().chain(gateway).collect()
}
