//! The network commands of a kickstart.

use crate::kickstart::model::host::{Bond, Host};
use crate::kickstart::model::site::{Site, SiteNetwork};
use crate::kickstart::template::quote::kickstart as quoted;
use crate::kickstart::value::address::{Address, Address6};

/// The `network` commands of a host: what carries its address last.
pub(in crate::kickstart) fn lines(site: &Site, host: &Host) -> Vec<String> {
    let network = &host.network;
    let known = site.network_of(host);
    let mut lines = vec![format!("network --hostname={}", host.full_name())];
    let base = network
        .interface
        .as_ref()
        .map(|interface| interface.value.clone())
        .or_else(|| host.macs.first().map(ToString::to_string))
        .unwrap_or_else(|| "link".to_owned());
    let mtu = network.mtu.as_ref();
    let mtu = mtu.map_or(String::new(), |mtu| format!(" --mtu={mtu}"));
    let address = address(host, known);
    let mut device = base;
    let mut options = String::new();
    if let Some(bond) = &network.bond {
        device.clone_from(&bond.name);
        options = bonded(bond);
    }
    // What carries something else has no address of its own.
    let bare = " --bootproto=dhcp --noipv4 --noipv6 --onboot=yes --activate";
    if let Some(vlan) = &network.vlan {
        // A bond and its VLAN are one command; a device that is named by its address gives its
        // VLAN no name.
        let named = match network.bridge.is_some() || device.contains(':') {
            true => format!("vlan{vlan}"),
            false => format!("{device}.{vlan}"),
        };
        options.extend([format!(" --vlanid={vlan} --interfacename={named}")]);
        if network.bridge.is_some() {
            lines.push(format!("network --device={device}{options}{bare}{mtu}"));
            options.clear();
            device = named;
        }
    }
    if let Some(bridge) = &network.bridge {
        if !options.is_empty() {
            lines.push(format!("network --device={device}{options}{bare}{mtu}"));
        }
        options = format!(" --bridgeslaves={device}");
        device.clone_from(&bridge.value);
    }
    lines.push(format!(
        "network --device={device}{options}{address}{mtu} --onboot=yes --activate"
    ));
    lines
}

fn bonded(bond: &Bond) -> String {
    let slaves: Vec<&str> = bond
        .interfaces
        .iter()
        .map(|one| one.value.as_str())
        .collect();
    let mode = std::iter::once(format!("mode={}", bond.mode));
    let others = bond
        .options
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    let options: Vec<String> = mode.chain(others).collect();
    // Anaconda takes `;` between options where a value has commas itself.
    let between = match options.iter().any(|option| option.contains(',')) {
        true => ";",
        false => ",",
    };
    format!(
        " --bondslaves={} --bondopts={}",
        slaves.join(","),
        quoted(&options.join(between))
    )
}

/// The options that give an address.
fn address(host: &Host, known: Option<&SiteNetwork>) -> String {
    let mut out = String::new();
    match host.network.address.value {
        Address::Dhcp => out.push_str(" --bootproto=dhcp"),
        Address::Off => out.push_str(" --bootproto=dhcp --noipv4"),
        Address::Fixed(own) => {
            let prefix = known.and_then(|known| known.address.as_ref());
            let mask = prefix.map(|prefix| prefix.netmask());
            out.extend([format!(" --bootproto=static --ip={own}")]);
            out.extend(mask.map(|mask| format!(" --netmask={mask}")));
            let gateway = known.and_then(|known| known.gateway.as_ref());
            out.extend(gateway.map(|gateway| format!(" --gateway={gateway}")));
        }
    }
    match host.network.ipv6.value {
        Address6::Auto => out.push_str(" --ipv6=auto"),
        Address6::Dhcp => out.push_str(" --ipv6=dhcp"),
        Address6::Off => out.push_str(" --noipv6"),
        Address6::Fixed(own) => {
            let prefix = known.and_then(|known| known.ipv6.as_ref());
            let length = prefix.map_or(64, |prefix| prefix.length);
            out.extend([format!(" --ipv6={own}/{length}")]);
            let gateway = known.and_then(|known| known.ipv6_gateway.as_ref());
            out.extend(gateway.map(|gateway| format!(" --ipv6gateway={gateway}")));
        }
    }
    let dns = known.map_or_else(Vec::new, SiteNetwork::name_servers);
    if !dns.is_empty() {
        out.extend([format!(" --nameserver={}", dns.join(","))]);
    }
    out
}
